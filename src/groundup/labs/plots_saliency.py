"""Where a network looks: heat over a picture, several methods in a row, several pictures in rows.

    (1)  s = |h| / q          strength in [0, 1]; q is the 99th percentile of |h|, and what is above counts as 1
    (2)  p = 0.55 + 0.45 g    the picture in pale grey, g in [0, 1]
    (3)  out = (1 - s) p + s c

The one hue c is darker than the palest and the darkest p: where there is heat, it is dark in grey print too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from groundup.core import Array
from groundup.labs import figures
from groundup.labs.lab import Figure, percent
from groundup.labs.mosaic import mosaic


def overlay(image: Array, heat: Array) -> Array:
    """An image (H, W), (1, H, W) or (3, H, W) in [0, 1] under heat (H, W), as colour (3, H, W), Eqs. 1 to 3."""
    from matplotlib.colors import to_rgb

    grey = image.reshape(-1, *image.shape[-2:]).mean(axis=0)
    if grey.shape != heat.shape:
        raise ValueError(f"overlay: expected heat {grey.shape}, got {heat.shape}; scale it up to the picture first")
    strength = np.abs(heat)
    full = float(np.quantile(strength, 0.99)) or float(strength.max()) or 1.0
    s = np.minimum(strength / full, 1.0)
    hue = np.array(to_rgb(figures.COLOURS[0]))[:, None, None]
    out: Array = (1 - s) * (0.55 + 0.45 * grey) + s * hue  # (H, W) and (3, 1, 1)
    return out


def saliency(images: Array, heats: Mapping[str, Array], stem: Path, *, captions: Sequence[str] = ()) -> Figure:
    """Pictures (N, C, H, W) in [0, 1] in rows, and beside each the heat (N, H, W) of every method over it.

    ``captions`` names the rows. The title says which method is narrowest, and how narrow that is.
    """
    n, methods = len(images), ["picture", *heats]
    plain = np.broadcast_to(images, (n, 3, *images.shape[-2:]))  # (N, C, H, W): grey is three equal channels
    columns = [
        plain,
        *(np.stack([overlay(*pair) for pair in zip(images, heat, strict=True)]) for heat in heats.values()),
    ]
    gap = max(2, images.shape[-1] // 14)
    sheet = mosaic(np.stack(columns, axis=1), gap=gap)  # (N, methods, 3, H, W)
    wide = figures.WIDTH - 0.1 - 0.07 * max(map(len, captions), default=0)  # inches beside the captions
    height = min(6.5, wide * sheet.shape[0] / sheet.shape[1])
    fig, axes = figures.figure(height=height + 0.55)
    figures.picture(axes, sheet)
    pitch = np.array(images.shape[-2:]) + gap
    axes.set_xticks(pitch[1] * np.arange(len(methods)) + images.shape[-1] / 2, methods)
    axes.set_yticks(pitch[0] * np.arange(len(captions)) + images.shape[-2] / 2, captions)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    figures.headline(fig, _narrowest(heats))
    figures.save(fig, stem)
    return Figure(stem.name, "Pictures, and what counted in them by each method: the darker the blue, the more.")


def concentration(heat: Array) -> float:
    """The share of all strength on the strongest tenth of the pixels: 0.1 where all count alike, at most 1."""
    strength = np.sort(np.abs(heat), axis=None)[::-1]
    total = float(strength.sum())
    return float(strength[: max(1, round(strength.size / 10))].sum()) / total if total else 0.1


def _narrowest(heats: Mapping[str, Array]) -> str:
    share = {name: float(np.mean([concentration(heat) for heat in maps])) for name, maps in heats.items()}
    name = max(share, key=lambda method: share[method])
    which = f"Narrowest is {name}: it" if len(share) > 1 else name
    return f"{which} puts {percent(share[name])} of its strength on a tenth of the pixels"

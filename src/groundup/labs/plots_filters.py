"""What a convolution holds and sees: its filters, and the maps that it makes of a picture."""

from pathlib import Path

import numpy as np

from groundup.core import Array
from groundup.labs import figures
from groundup.labs.lab import Figure
from groundup.labs.mosaic import in_rows, mosaic


def filters(weight: Array, stem: Path, *, name: str = "the first layer") -> Figure:
    """Filters (K, C, h, w), each on a scale of its own with zero as mid-grey; three channels are shown as colour.

    Of other numbers of channels the first is shown. The title says how unlike in size the filters are.
    """
    shown = weight if weight.shape[1] == 3 else weight[:, :1]
    reach = np.abs(shown).max(axis=(1, 2, 3), keepdims=True)
    tiles = 0.5 + shown / np.where(reach > 0, 2 * reach, 1)
    columns = _columns(len(tiles))
    image = mosaic(in_rows(tiles, columns), gap=1)
    fig, axes = figures.figure(height=_height(image) + 0.5)
    figures.picture(axes, image)
    size = np.sqrt((weight.astype(float) ** 2).sum(axis=(1, 2, 3)))
    dead = int((size < 0.01 * size.max()).sum())
    unlike = f"All but zero: {dead} of {len(size)} filters of {name}"
    times = (
        f"The largest of {len(size)} filters of {name} is {size.max() / max(size.min(), 1e-30):.1f} times the smallest"
    )
    figures.headline(fig, unlike if dead else times)
    figures.save(fig, stem)
    part = "" if weight.shape[1] in (1, 3) else f", the first of {weight.shape[1]} channels"
    return Figure(stem.name, f"The filters of {name}{part}, each on its own scale: mid-grey is zero, bright is above.")


def feature_maps(image: Array, maps: Array, stem: Path, *, name: str = "the first layer") -> Figure:
    """The input (H, W), (1, H, W) or (3, H, W) in [0, 1], and beside it the maps (K, H', W') made of it.

    All maps are on one scale, so that a map that is pale is weak. The title counts those that are silent.
    """
    strength = np.abs(maps).max(axis=(1, 2))
    columns = _columns(len(maps))
    ink = 1 - np.abs(maps) / (strength.max() or 1)
    sheet = mosaic(in_rows(ink, columns), gap=max(1, maps.shape[-1] // 10))
    fig, (left, right) = figures.figure(columns=2, height=_height(sheet, 0.8) + 0.6, width_ratios=(1, 4))
    whole = image.reshape(1, 1, -1, *image.shape[-2:])
    figures.picture(left, mosaic(whole), "input")
    figures.picture(right, sheet, f"{len(maps)} maps")
    silent = int((strength <= 0.01 * strength.max()).sum()) if strength.any() else len(maps)
    said = f"Silent to this picture: {silent} of {len(maps)} maps of {name}"
    figures.headline(fig, said if silent else f"All {len(maps)} maps of {name} answer to this picture")
    figures.save(fig, stem)
    return Figure(stem.name, f"A picture and what {name} makes of it, all maps on one scale: the darker, the stronger.")


def _columns(count: int) -> int:
    """Tiles in a row: about twice as many as rows, at most 16."""
    return min(count, 16, max(4, int(np.ceil(np.sqrt(2 * count)))))


def _height(image: Array, share: float = 1.0) -> float:
    """Inches of an image that fills this share of the width, at most 4."""
    return min(4.0, share * figures.WIDTH * image.shape[0] / image.shape[1])

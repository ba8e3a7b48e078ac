"""What one number deep in a network sees of a picture: its squares layer by layer, and how much each pixel counts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import Array
from groundup.labs import figures
from groundup.labs.lab import Figure, percent
from groundup.labs.mosaic import mosaic

Span = tuple[int, int]  # first and last pixel along an axis; either may lie outside
Box = tuple[Span, Span]  # rows, columns


def receptive_fields(image: Array, boxes: Mapping[str, Box], stem: Path) -> Figure:
    """The squares that one number of each layer sees, over the picture (H, W), (1, H, W) or (3, H, W), in grey.

    ``boxes`` goes from the first layer to the last. The title says how much of the picture the last one sees.
    """
    height, width = image.shape[-2:]
    fig, axes = figures.figure(width=4.6, height=3.2)
    figures.picture(axes, mosaic(0.5 + 0.5 * image.reshape(1, 1, -1, height, width).mean(axis=2)))
    for i, (name, box) in enumerate(boxes.items()):
        _square(axes, box, figures.COLOURS[i % 6], figures.LINES[i % 6], f"{name}: {_side(box[0])} × {_side(box[1])}")
    fig.legend(loc="outside right upper")
    last, box = list(boxes.items())[-1]
    seen = _within(box[0], height) * _within(box[1], width) / (height * width)
    figures.headline(fig, f"A number of {last} sees {percent(seen)} of the picture")
    figures.save(fig, stem)
    return Figure(stem.name, "The pixels that one number in the middle of each layer can see.")


def effective_field(weight: Array, stem: Path, *, box: Box | None = None) -> Figure:
    """How much each pixel counts (H, W), as heat, and the square that can count at all.

    The title says on how few of the pixels that can count half of the influence lies.
    """
    strength = np.abs(weight)
    fig, axes = figures.figure(width=4.6, height=3.6)
    figures.heat(axes, strength, ("0", f"{strength.max():.2g}"), aspect="equal", vmin=0)
    height, width = weight.shape
    limits = axes.get_xlim(), axes.get_ylim()
    whole = box or ((0, height - 1), (0, width - 1))
    _square(axes, whole, figures.INK, "-", "")
    axes.set(xlim=limits[0], ylim=limits[1])
    figures.bare(axes)
    ordered = np.sort(strength, axis=None)[::-1]
    half = int(np.searchsorted(np.cumsum(ordered), 0.5 * ordered.sum())) + 1
    share = half / (_within(whole[0], height) * _within(whole[1], width))
    figures.headline(fig, f"Half of the influence lies on {percent(share)} of the pixels in reach")
    figures.save(fig, stem)
    return Figure(stem.name, "How much each pixel counts; the frame is what the number can see at all.")


def _square(axes: Any, box: Box, colour: str, line: Any, name: str) -> None:
    (top, bottom), (left, right) = box
    x, y = [left - 0.5, right + 0.5], [top - 0.5, bottom + 0.5]
    corners = [x[0], x[1], x[1], x[0], x[0]], [y[0], y[0], y[1], y[1], y[0]]
    axes.plot(*corners, color=colour, linestyle=line, label=name or None, clip_on=False)


def _side(span: Span) -> int:
    return span[1] - span[0] + 1


def _within(span: Span, size: int) -> int:
    """Pixels of the span that lie in the picture."""
    return max(0, min(span[1], size - 1) - max(span[0], 0) + 1)

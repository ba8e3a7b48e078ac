"""Receptive field: the pixels that one number deep in a network can see, found without running it.

Each layer looks at the one before through windows of K numbers, D apart, a window every S numbers, the first of them P
numbers before the start. Along one axis number i of the last layer then sees a stretch of the input:

    (1)  R  <-  R + (K - 1) D J                         its length; R = 1 before the first layer
    (2)  P' <-  P' + P J                                how far the first one reaches out of the image; P' = 0
    (3)  J  <-  J S                                     pixels from the stretch of i to that of i + 1; J = 1
    (4)  number i sees the pixels  iJ - P', ..., iJ - P' + R - 1
    (5)  the number of paths from a pixel to the output:  one layer back, each number spreads over its window

Derivation: lesson.md, "Derive".  Source: Araujo, Norris, Sim, Computing Receptive Fields of Convolutional Neural
Networks, Distill (2019); Luo, Li, Urtasun, Zemel, Understanding the Effective Receptive Field (2016) for Eq. 5.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.core.expect import expect_in, expect_positive
from groundup.core.layer import Layer, Sequential
from groundup.core.types import Array


@dataclass(frozen=True)
class Window:
    """How a layer looks at the one before it, along one axis. Raises TypeError and ValueError for what is no size."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        expect_positive("Window", kernel=self.kernel, stride=self.stride, dilation=self.dilation)
        expect_in("Window", "padding", self.padding, low=0)


@dataclass(frozen=True)
class Field:
    """What a number sees of the input along one axis: R, J and P' of Eqs. 1 to 3."""

    size: int = 1
    stride: int = 1
    padding: int = 0

    def then(self, window: Window) -> "Field":
        """The field behind one more layer, Eqs. 1 to 3."""
        size = self.size + (window.kernel - 1) * window.dilation * self.stride
        padding = self.padding + window.padding * self.stride
        return Field(size, self.stride * window.stride, padding)

    def pixels(self, i: int) -> tuple[int, int]:
        """The first and the last pixel that number i sees, Eq. 4; either may lie outside the image."""
        first = i * self.stride - self.padding
        return first, first + self.size - 1

    def beside(self, other: "Field") -> "Field":
        """What both see together, where two ways lead to the same number. Raises ValueError for unequal strides."""
        if self.stride != other.stride:
            raise ValueError(
                f"Field.beside: expected two ways of one stride, got {self.stride} and {other.stride}; "
                "their outputs cannot have the same size"
            )
        padding = max(self.padding, other.padding)
        last = max(field.size - field.padding for field in (self, other))
        return Field(last + padding, self.stride, padding)


def through(windows: Iterable[Window]) -> Field:
    """The field behind several layers, the first of them at the input."""
    field = Field()
    for window in windows:
        field = field.then(window)
    return field


def paths(windows: Sequence[Window]) -> Array:
    """(R,): how many ways lead from each pixel of the field to the number that sees it, Eq. 5."""
    count = np.ones(1)  # real numbers: 40 layers of 3 have more paths than an integer can count
    for window in reversed(windows):  # from the output back to the input
        span = (len(count) - 1) * window.stride + 1
        below = np.zeros(span + (window.kernel - 1) * window.dilation)
        for k in range(window.kernel):
            start = k * window.dilation
            below[start : start + span : window.stride] += count
        count = below
    return count


def field_of(layers: Layer | Iterable[Any]) -> tuple[Field, ...]:
    """What one number behind these layers sees: a Field for each axis of space.

    ``layers`` is a Sequential, or several layers in order. A layer with ``kernel_size`` looks through windows; two ways
    that meet, ``body`` and ``shortcut``, count together; what works number by number changes nothing. Statistics that a
    normalisation takes over a batch are left out. Raises ValueError for a layer that sees everything, or whose way of
    looking is not known.
    """
    ways = [layers] if isinstance(layers, Layer) else list(layers)
    return tuple(_behind(Field(), ways, axis) for axis in range(_axes(ways)))


def _behind(field: Field, layers: Iterable[Any], axis: int) -> Field:
    """The field behind layers in order, along one axis."""
    for layer in layers:
        if isinstance(layer, Sequential):
            field = _behind(field, layer, axis)
        elif hasattr(layer, "body") and hasattr(layer, "shortcut"):
            past = [] if layer.shortcut is None else [layer.shortcut]
            field = _behind(field, [layer.body], axis).beside(_behind(field, past, axis))
        else:
            _expect_known(layer)
            field = field.then(_window(layer, axis)) if hasattr(layer, "kernel_size") else field
    return field


def _window(layer: Any, axis: int) -> Window:
    """The window of a layer along one axis."""
    found = {}
    for name in ("kernel_size", "stride", "padding", "dilation"):
        value = getattr(layer, name, 1)  # torch's average pooling has no dilation
        found[name] = value[axis] if isinstance(value, tuple) else value
    kernel, stride, padding, dilation = found.values()
    if isinstance(padding, str):
        padding = dilation * (kernel - 1) // 2 if padding == "same" else 0
    return Window(kernel, stride, padding, dilation)


def _axes(layers: Iterable[Any]) -> int:
    """Axes of space, by the layers that have windows. Raises ValueError where they disagree."""
    found = {len(k) for k in _kernels(layers) if isinstance(k, tuple)}  # one number is for every axis
    if len(found) > 1:
        raise ValueError(f"field_of: expected layers of one kind, got some of {sorted(found)} axes; 1d and 2d mixed?")
    return found.pop() if found else 1


def _kernels(layers: Iterable[Any]) -> Iterator[Any]:
    for layer in layers:
        if isinstance(layer, Sequential):
            yield from _kernels(layer)
        elif hasattr(layer, "body") and hasattr(layer, "shortcut"):
            yield from _kernels([layer.body, layer.shortcut])
        elif hasattr(layer, "kernel_size"):
            yield layer.kernel_size


# Attributes by which a layer shows that it is no window and not number by number.
SEES_ALL = ("in_features", "output_size", "start_dim", "unflattened_size", "normalized_shape", "num_groups", "dim")


def _expect_known(layer: Any) -> None:
    """Raises ValueError for a layer that sees everything, looks the other way, or has layers of its own."""
    kind = type(layer).__name__
    if any(hasattr(layer, name) for name in SEES_ALL):
        raise ValueError(
            f"field_of: expected layers that look through windows, got {kind}, which sees everything "
            "there is; give the layers in front of it"
        )
    if getattr(layer, "transposed", hasattr(layer, "output_padding")):
        raise ValueError(
            f"field_of: expected layers that look through windows, got {kind}, which spreads each number "
            "over one; its field depends on the place"
        )
    if isinstance(layer, Layer) and any(True for _ in layer.children()):
        raise ValueError(f"field_of: expected to know how the layers within {kind} are connected; give them in order")

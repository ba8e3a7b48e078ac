"""What people write instead of a convolution."""

from math import prod
from typing import Any

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.conv import conv
from groundup.nn.conv.conv import Convolution
from groundup.nn.conv.misconceptions_of_kinds import *  # noqa: F403

Sizes = tuple[int, ...]


@misconception(
    "output_size",
    "The place where the window begins is not counted: your division says how often it can move on.",
    see="The size of the output",
)
def first_place_forgotten(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return conv.output_size(size, kernel, stride, padding, dilation) - 1


@misconception(
    "output_size",
    "Padding stands at both ends of the axis; you count one end.",
    see="The size of the output",
)
def padding_on_one_side(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1


@misconception(
    "output_size",
    "You round up: the last window of yours hangs over the end of the image.",
    see="The size of the output",
)
def rounded_up(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return -(-(size + 2 * padding - dilation * (kernel - 1) - 1) // stride) + 1


@misconception(
    "output_size",
    "A dilated kernel spans more pixels than it has weights: yours is too short, so too many places fit.",
    see="The size of the output",
)
def dilation_forgotten(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return conv.output_size(size, kernel, stride, padding)


@misconception(
    "to_rows",
    "You reshape without moving axes. The numbers stay in the order of memory, so a row mixes what several places see.",
    see="One product for all places",
)
def reshaped_only(windows: Array, groups: int) -> Array:
    return windows.reshape(conv.to_rows(windows, groups).shape)


@misconception(
    "to_rows",
    "In your rows the channel runs fastest. The weight is (O, C, KH, KW): in its rows the channel runs slowest.",
    see="One product for all places",
)
def channels_last_in_a_row(windows: Array, groups: int) -> Array:
    rows = conv.to_rows(windows, groups)
    axes = windows.ndim // 2 - 1
    seen = prod(windows.shape[2 + axes :])
    return rows.reshape(*rows.shape[:2], -1, seen).swapaxes(2, 3).reshape(rows.shape)


@misconception(
    "to_rows",
    "Your groups take every G-th channel. Groups are runs of neighbours: the first C/G channels, then the next.",
    see="Groups",
)
def groups_interleaved(windows: Array, groups: int) -> Array:
    n, channels, *rest = windows.shape
    mixed = windows.reshape(n, channels // groups, groups, *rest).swapaxes(1, 2)
    return conv.to_rows(mixed.reshape(windows.shape), groups)


@misconception(
    "to_rows",
    "Your rows go through the places column by column; forward lays them out again row by row.",
    see="One product for all places",
)
def places_column_by_column(windows: Array, groups: int) -> Array:
    if windows.ndim < 6:
        return conv.to_rows(windows, groups)
    return conv.to_rows(windows.swapaxes(2, 3), groups)


@misconception(
    "Convolution.forward",
    "You turn the kernel round. That is the convolution of mathematics; networks learn their kernel and leave it as it "
    "is.",
    see="Is that a convolution?",
)
def kernel_turned_round(self: Convolution, x: Array) -> Array:
    axes = tuple(range(2, 2 + self.axes))
    stored = self.weight.value
    self.weight.value = np.flip(stored, axes)
    try:
        return _right(self, x)
    finally:
        self.weight.value = stored


@misconception(
    "Convolution.forward",
    "The bias is missing: every channel of your output is off by a number of its own.",
    see="Build",
)
def bias_forgotten(self: Convolution, x: Array) -> Array:
    y = _right(self, x)
    return y if self.bias is None else y - self.bias.value.reshape(-1, *(1,) * self.axes)


@misconception(
    "Convolution.forward",
    "The product has the channels last. You gave it the shape of an image without moving them, so channels and places "
    "are mixed up.",
    see="One product for all places",
)
def channels_not_moved(self: Convolution, x: Array) -> Array:
    y = _right(self, x)
    last = np.moveaxis(y, 1, -1)
    return np.ascontiguousarray(last).reshape(y.shape)


@misconception(
    "Convolution.forward",
    "You reshape the weight to (C·KH·KW, O) where it has to be transposed: its filters are cut into pieces.",
    see="One product for all places",
)
def weight_reshaped(self: Convolution, x: Array) -> Array:
    stored, filters = self.weight.value, self.filters()
    groups, out, seen = filters.shape
    self.weight.value = filters.reshape(groups, seen, out).swapaxes(1, 2).reshape(stored.shape)
    try:
        return _right(self, x)
    finally:
        self.weight.value = stored


@misconception(
    "Convolution.forward",
    "All of your padding stands before the image, none behind it: the picture is moved.",
    see="The size of the output",
)
def padded_in_front(self: Convolution, x: Array) -> Array:
    stored = self.pads
    self.pads = tuple((a + b, 0) for a, b in stored)
    try:
        return _right(self, x)
    finally:
        self.pads = stored


@misconception(
    "scatter",
    "Where windows overlap, the last one wins: you assign, and a pixel has to collect from every window it was in.",
    see="Backward",
)
def assigned(columns: Array, image: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    axes = len(image)
    places, kernel = columns.shape[2 : 2 + axes], columns.shape[2 + axes :]
    x = np.zeros((*columns.shape[:2], *image), columns.dtype)
    for offset in np.ndindex(*kernel):
        steps = zip(offset, dilation, places, stride, strict=True)
        seen: Any = (..., *(slice(o * d, o * d + (n - 1) * s + 1, s) for o, d, n, s in steps))
        x[seen] = columns[(..., *offset)]
    return x


@misconception(
    "scatter",
    "You divide each pixel by the number of windows that it was in. That restores an image; a gradient is a sum.",
    see="Backward",
)
def averaged(columns: Array, image: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    count = conv.scatter(np.ones_like(columns), image, stride, dilation)
    return conv.scatter(columns, image, stride, dilation) / np.maximum(count, 1)


@misconception(
    "scatter",
    "Neighbouring windows begin one pixel apart in yours, whatever the stride.",
    see="Backward",
)
def stride_ignored(columns: Array, image: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    return conv.scatter(columns, image, (1,) * len(image), dilation)


@misconception(
    "scatter",
    "The pixels of a window stand side by side in yours: with dilation there are gaps between them.",
    see="Backward",
)
def dilation_ignored(columns: Array, image: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    return conv.scatter(columns, image, stride, (1,) * len(image))


@misconception(
    "Convolution.backward",
    "Your gradients replace what was in grad instead of adding to it.",
    see="Backward",
)
def gradient_replaced(self: Convolution, dy: Array) -> Any:
    self.zero_grad()
    return _back(self, dy)


@misconception(
    "Convolution.backward",
    "You reshape dy to rows without moving its channels to the end: gradients of places and channels are mixed up.",
    see="Backward",
)
def gradient_not_moved(self: Convolution, dy: Array) -> Any:
    before = None if self.bias is None else self.bias.grad.copy()
    moved = np.moveaxis(dy.reshape(np.moveaxis(dy, 1, -1).shape), -1, 1)
    dx = _back(self, moved)
    if self.bias is not None and before is not None:
        self.bias.grad[...] = before + dy.sum(axis=(0, *range(2, dy.ndim)))  # this one comes out right
    return dx


@misconception(
    "Convolution.backward",
    "You cut the gradient to the size of the image from its top left corner: the image begins where the padding ends.",
    see="Backward",
)
def padding_left_in(self: Convolution, dy: Array) -> Any:
    stored = self.pads
    self.pads = tuple((0, a + b) for a, b in stored)
    try:
        return _back(self, dy)
    finally:
        self.pads = stored


@misconception(
    "Convolution.backward",
    "The bias gradient is a mean over images and places. One bias served them all, so its gradient is their sum.",
    see="Backward",
)
def bias_gradient_averaged(self: Convolution, dy: Array) -> Any:
    before = None if self.bias is None else self.bias.grad.copy()
    dx = _back(self, dy)
    if self.bias is not None and before is not None:
        self.bias.grad[...] = before + dy.mean(axis=(0, *range(2, dy.ndim)))
    return dx


@misconception(
    "Convolution.backward",
    "The weight gradient is a mean over the places. Every place used the same weights: what they ask for adds up.",
    see="Backward",
)
def weight_gradient_averaged(self: Convolution, dy: Array) -> Any:
    before = self.weight.grad.copy()
    dx = _back(self, dy)
    self.weight.grad[...] = before + (self.weight.grad - before) / (dy.size / dy.shape[1])
    return dx


_right, _back = Convolution.forward, Convolution.backward  # before any of the above takes their place

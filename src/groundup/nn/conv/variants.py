"""Convolution written another way, and just as right."""

from math import prod
from typing import Any

import numpy as np

from groundup.core import Array, variant
from groundup.nn.conv.conv import Convolution, from_rows, patches, scatter, to_rows

Sizes = tuple[int, ...]


@variant("output_size", "list the places where a window may begin and count them")
def counted_starts(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    last = size + padding - dilation * (kernel - 1)  # a window that begins here would hang over by one
    return len(range(-padding, last, stride))


@variant("output_size", "move a window until it hangs over the end")
def moved_window(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    places, end = 0, dilation * (kernel - 1)
    while end < size + 2 * padding:
        places, end = places + 1, end + stride
    return places


@variant("to_rows", "one group at a time, stacked")
def group_by_group(windows: Array, groups: int) -> Array:
    axes = (windows.ndim - 2) // 2
    places = len(windows) * prod(windows.shape[2 : 2 + axes])
    last = [np.moveaxis(part, 1, 1 + axes) for part in np.split(windows, groups, axis=1)]  # N, places, C/G, kernel
    return np.stack([part.reshape(places, -1) for part in last])


@variant("to_rows", "a loop over groups, images and places that fills one row after the other")
def row_by_row(windows: Array, groups: int) -> Array:
    n, channels = windows.shape[0], windows.shape[1] // groups
    axes = (windows.ndim - 2) // 2
    places, kernel = windows.shape[2 : 2 + axes], windows.shape[2 + axes :]
    rows = np.empty((groups, n * prod(places), channels * prod(kernel)), windows.dtype)
    for g in range(groups):
        for r, (image, *place) in enumerate(np.ndindex(n, *places)):
            rows[g, r] = windows[(image, slice(g * channels, (g + 1) * channels), *place)].ravel()
    return rows


def _looked_through(layer: Convolution, x: Array) -> Array:
    """Pad and look through windows, (N, C, OH, OW, KH, KW), and keep what backward takes back."""
    padded = np.pad(layer.image(x), ((0, 0), (0, 0), *layer.pads))
    windows = patches(padded, layer.kernel_size, layer.stride, layer.dilation)
    layer.keep(to_rows(windows, layer.groups), len(x), windows.shape[2 : 2 + layer.axes], padded.shape[2:])
    return windows


@variant("Convolution.forward", "a contraction of windows and filters for each group, without rows")
def contracted_windows(self: Convolution, x: Array) -> Array:
    windows = _looked_through(self, x)
    seen = (1, *range(2 + self.axes, 2 + 2 * self.axes))  # channels and kernel
    parts = zip(np.split(windows, self.groups, axis=1), np.split(self.weight.value, self.groups, axis=0), strict=True)
    products = [np.tensordot(part, w, (seen, tuple(range(1, w.ndim)))) for part, w in parts]  # (N, OH, OW, O/G)
    y = np.concatenate(products, axis=-1)
    return np.moveaxis(y if self.bias is None else y + self.bias.value, -1, 1)


@variant("Convolution.forward", "a sum over the pixels of the kernel, one channel out after the other")
def pixel_of_the_kernel_by_pixel(self: Convolution, x: Array) -> Array:
    windows = _looked_through(self, x)
    share, outputs = self.in_channels // self.groups, self.out_channels // self.groups
    y = np.zeros((len(x), self.out_channels, *windows.shape[2 : 2 + self.axes]), windows.dtype)
    for o in range(self.out_channels):
        first = o // outputs * share  # the first channel of the group of o
        for c, *offset in np.ndindex(*self.weight.value.shape[1:]):
            y[:, o] += self.weight.value[(o, c, *offset)] * windows[(slice(None), first + c, ..., *offset)]
        if self.bias is not None:
            y[:, o] += self.bias.value[o]
    return y


@variant("scatter", "window by window instead of pixel of the kernel by pixel")
def window_by_window(columns: Array, image: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    axes = len(image)
    places, kernel = columns.shape[2 : 2 + axes], columns.shape[2 + axes :]
    x = np.zeros((*columns.shape[:2], *image), columns.dtype)
    for place in np.ndindex(*places):
        steps = zip(place, stride, kernel, dilation, strict=True)
        window: Any = (..., *(slice(i * s, i * s + d * (k - 1) + 1, d) for i, s, k, d in steps))
        x[window] += columns[(slice(None), slice(None), *place)]
    return x


@variant("scatter", "the pixel that each number came from, and np.add.at")
def added_at_places(columns: Array, image: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    axes = len(image)
    at = np.indices(columns.shape[2:])  # i, j, a, e at every place of every window
    pixels = tuple(at[k] * stride[k] + at[axes + k] * dilation[k] for k in range(axes))
    x = np.zeros((*columns.shape[:2], *image), columns.dtype)
    everywhere: Any = (slice(None), slice(None), *pixels)
    np.add.at(x, everywhere, columns)
    return x


@variant("Convolution.backward", "contractions over whole images for each group, written in place")
def contracted_by_group(self: Convolution, dy: Array) -> Any:
    rows, n, places, padded = self.kept_all()
    space = (0, *range(2, dy.ndim))
    if self.bias is not None:
        self.bias.grad += np.moveaxis(dy, 1, 0).reshape(self.out_channels, -1).sum(axis=1)
    windows = np.split(from_rows(rows, n, places, self.kernel_size), self.groups, axis=1)
    weights, gradients = (np.split(a, self.groups) for a in (self.weight.value, self.weight.grad))
    columns = []
    for part, w, dw, seen in zip(np.split(dy, self.groups, axis=1), weights, gradients, windows, strict=True):
        dw += np.tensordot(part, seen, (space, space[: self.axes + 1]))  # a view: adds to weight.grad
        columns.append(np.moveaxis(np.tensordot(part, w, (1, 0)), 1 + self.axes, 1))  # (N, C/G, OH, OW, KH, KW)
    return self.without_padding(scatter(np.concatenate(columns, axis=1), padded, self.stride, self.dilation))


@variant("Convolution.backward", "loops over channels and pixels of the kernel, no columns")
def loops_over_the_kernel(self: Convolution, dy: Array) -> Any:
    rows, n, places, padded = self.kept_all()
    windows = from_rows(rows, n, places, self.kernel_size)
    dx = np.zeros((n, self.in_channels, *padded), dy.dtype)
    share, outputs = self.in_channels // self.groups, self.out_channels // self.groups
    for o in range(self.out_channels):
        if self.bias is not None:
            self.bias.grad[o] += dy[:, o].sum()
        for c, *offset in np.ndindex(*self.weight.value.shape[1:]):
            channel = o // outputs * share + c
            self.weight.grad[(o, c, *offset)] += (dy[:, o] * windows[(slice(None), channel, ..., *offset)]).sum()
            steps = zip(offset, places, self.stride, self.dilation, strict=True)
            seen: Any = tuple(slice(a * d, a * d + (m - 1) * s + 1, s) for a, m, s, d in steps)
            dx[(slice(None), channel, *seen)] += self.weight.value[(o, c, *offset)] * dy[:, o]
    return self.without_padding(dx)

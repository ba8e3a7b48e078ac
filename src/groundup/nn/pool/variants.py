"""Pooling written another way, and just as right."""

from math import ceil, floor

import numpy as np

from groundup.core import Array, IntArray, variant
from groundup.nn.pool.base import Pair
from groundup.nn.pool.pool import AvgPool2d, MaxPool2d, places, windows


@variant("output_size", "list the places where a window begins, and drop the last if it begins behind the image")
def listed_starts(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    span = dilation * (kernel - 1) + 1
    starts = list(range(-padding, size + padding - span + 1, stride))
    following = starts[-1] + stride
    hangs_over = starts[-1] + span < size + padding
    return len(starts) + (ceil_mode and hangs_over and following < size)


@variant("output_size", "real numbers, rounded")
def rounded_numbers(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    exact = (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1
    if not ceil_mode:
        return floor(exact)
    return min(ceil(exact), ceil((size + padding) / stride))  # as many as begin in the image or before it


@variant("windows", "slices of the image, one for each pixel of the kernel, stacked")
def stacked_slices(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    sizes = zip(x.shape[2:], kernel, stride, dilation, strict=True)
    down, across = ((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in sizes)
    seen = [
        x[:, :, a * dilation[0] :: stride[0], b * dilation[1] :: stride[1]][:, :, :down, :across]
        for a, b in np.ndindex(*kernel)
    ]
    return np.stack(seen, axis=-1).reshape(*x.shape[:2], down, across, *kernel)


@variant("windows", "row and column of every pixel of every window, fancy indexing")
def rows_and_columns(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    (h, w), (high, wide) = x.shape[2:], kernel
    tops = np.arange(0, h - dilation[0] * (high - 1), stride[0])
    lefts = np.arange(0, w - dilation[1] * (wide - 1), stride[1])
    rows = tops[:, None] + np.arange(high) * dilation[0]  # (OH, KH)
    columns = lefts[:, None] + np.arange(wide) * dilation[1]  # (OW, KW)
    return x[:, :, rows[:, None, :, None], columns[None, :, None, :]]


@variant("windows", "strides of memory")
def strides_of_memory(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    sizes = zip(x.shape[2:], kernel, stride, dilation, strict=True)
    out = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in sizes]
    n, c, row, column = x.strides
    steps = (n, c, row * stride[0], column * stride[1], row * dilation[0], column * dilation[1])
    return np.lib.stride_tricks.as_strided(x, (*x.shape[:2], *out, *kernel), steps, writeable=False)


@variant("MaxPool2d.forward", "the best so far, over the pixels of the kernel")
def best_so_far(self: MaxPool2d, x: Array) -> Array:
    x = self.image("forward", x)
    around, out = self.padded(x, -np.inf)
    pixels = places(around, out, *self.grid())
    best = np.array(next(pixels))
    winner = np.zeros(best.shape, int)
    for k, pixel in enumerate(pixels, 1):
        larger = pixel > best  # not >=: the first of equals stays
        best[larger] = pixel[larger]
        winner[larger] = k
    self.keep(winner, around.shape, x.shape[2:])
    return self.shaped(best)


@variant("MaxPool2d.forward", "take the maxima at the places that were found")
def taken_at_the_winner(self: MaxPool2d, x: Array) -> Array:
    x = self.image("forward", x)
    around, out = self.padded(x, -np.inf)
    pixels = np.array(list(places(around, out, *self.grid())))  # (KH·KW, N, C, OH, OW)
    winner = np.argmax(pixels, axis=0)
    self.keep(winner, around.shape, x.shape[2:])
    return self.shaped(np.take_along_axis(pixels, winner[None], axis=0)[0])


@variant("MaxPool2d.forward", "loops over the windows")
def window_by_window(self: MaxPool2d, x: Array) -> Array:
    x = self.image("forward", x)
    around, out = self.padded(x, -np.inf)
    seen = windows(around, *self.grid())
    y, winner = np.empty((*x.shape[:2], *out), x.dtype), np.empty((*x.shape[:2], *out), int)
    for place in np.ndindex(*y.shape):
        window = seen[place].ravel().tolist()
        y[place] = max(window)
        winner[place] = window.index(max(window))
    self.keep(winner, around.shape, x.shape[2:])
    return self.shaped(y)


@variant("MaxPool2d.backward", "row and column of each winner, and np.add.at")
def added_at_the_winners(self: MaxPool2d, dy: Array) -> Array:
    winner, shape, sizes = self.kept_all()
    dy = self.gradient(dy, winner.shape)
    (_, wide), stride, dilation = self.grid()
    n, c, i, j = np.indices(winner.shape)
    rows = i * stride[0] + winner // wide * dilation[0]
    columns = j * stride[1] + winner % wide * dilation[1]
    around = np.zeros(shape, dy.dtype)
    np.add.at(around, (n, c, rows, columns), dy)
    return self.shaped(self.inner(around, sizes))


@variant("MaxPool2d.backward", "counts of flat places, weighted by dy")
def weighted_counts(self: MaxPool2d, dy: Array) -> Array:
    winner, shape, sizes = self.kept_all()
    dy = self.gradient(dy, winner.shape)
    number = np.arange(np.prod(shape)).reshape(shape)  # of each pixel
    seen = windows(number, *self.grid()).reshape(*winner.shape, -1)
    won = np.take_along_axis(seen, winner[..., None], axis=-1)
    around = np.bincount(won.ravel(), dy.ravel(), number.size).astype(dy.dtype).reshape(shape)
    return self.shaped(self.inner(around, sizes))


@variant("MaxPool2d.backward", "loops over the windows")
def loop_over_windows(self: MaxPool2d, dy: Array) -> Array:
    winner, shape, sizes = self.kept_all()
    dy = self.gradient(dy, winner.shape)
    kernel, (down, across), (below, beside) = self.grid()
    around = np.zeros(shape, dtype=dy.dtype)
    for n, c, i, j in np.ndindex(*winner.shape):
        a, b = np.unravel_index(winner[n, c, i, j], kernel)
        around[n, c, i * down + a * below, j * across + b * beside] += dy[n, c, i, j]
    return self.shaped(self.inner(around, sizes))


@variant("divisors", "mark the pixels that count and sum the marks of each window")
def summed_marks(size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool) -> IntArray:
    marks = np.zeros(max(size + 2 * padding, (out - 1) * stride + kernel), int)
    marks[padding : padding + size] = 1
    if include_pad:
        marks[: size + 2 * padding] = 1
    return np.array([marks[i * stride : i * stride + kernel].sum() for i in range(out)])


@variant("divisors", "lengths of ranges that are cut at both ends")
def lengths_of_ranges(size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool) -> IntArray:
    low, high = (-padding, size + padding) if include_pad else (0, size)
    begins = [i * stride - padding for i in range(out)]
    return np.array([len(range(max(b, low), min(b + kernel, high))) for b in begins])


@variant("AvgPool2d.backward", "window by window: a share for each of its pixels")
def shares_window_by_window(self: AvgPool2d, dy: Array) -> Array:
    m, shape, x_shape = self.kept_all()
    dy = self.gradient(dy, (*x_shape[:2], *m.shape))
    (high, wide), (down, across), _ = self.grid()
    around = np.zeros(shape, dy.dtype)
    for i, j in np.ndindex(*m.shape):
        top, left = i * down, j * across
        around[:, :, top : top + high, left : left + wide] += (dy[:, :, i, j] / m[i, j])[:, :, None, None]
    return self.shaped(self.inner(around, x_shape[2:]))


@variant("AvgPool2d.backward", "two products with 0 and 1: which rows and which columns a window covers")
def products_with_marks(self: AvgPool2d, dy: Array) -> Array:
    m, shape, x_shape = self.kept_all()
    share = self.gradient(dy, (*x_shape[:2], *m.shape)) / m.astype(dy.dtype)
    kernel, stride, _ = self.grid()
    covers = []
    for pixels, out, k, s in zip(shape[2:], m.shape, kernel, stride, strict=True):
        ahead = np.arange(pixels)[:, None] - s * np.arange(out)  # (pixels, windows)
        covers.append(((ahead >= 0) & (ahead < k)).astype(dy.dtype))
    around = covers[0] @ share @ covers[1].T  # (H, OH) @ (N, C, OH, OW) @ (OW, W)
    return self.shaped(self.inner(around, x_shape[2:]))


@variant("cells", "a remainder in place of rounding up by a negative")
def with_remainders(size: int, out: int) -> list[slice]:
    parts = []
    for i in range(out):
        end, rest = divmod((i + 1) * size, out)
        parts.append(slice((i * size) // out, end + (rest > 0)))
    return parts


@variant("cells", "the pixels that a window touches when pixels could be cut")
def touched_pixels(size: int, out: int) -> list[slice]:
    parts = []
    for i in range(out):  # out times finer: window i is [i size, (i + 1) size), pixel p is [p out, (p + 1) out)
        touched = [p for p in range(size) if p * out < (i + 1) * size and (p + 1) * out > i * size]
        parts.append(slice(min(touched), max(touched) + 1))
    return parts

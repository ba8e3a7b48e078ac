"""What people write instead of pooling."""

from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from groundup.core import Array, IntArray, misconception
from groundup.nn.pool import pool
from groundup.nn.pool.base import Pair
from groundup.nn.pool.pool import AvgPool2d, MaxPool2d


@misconception(
    "output_size",
    "The first window is not counted: your division says how often a window can move on, one less than there are.",
    see="How many windows",
)
def first_window_forgotten(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    return pool.output_size(size, kernel, stride, padding, dilation, ceil_mode) - 1


@misconception(
    "output_size",
    "Padding stands on both sides of the axis; you count one side.",
    see="How many windows",
)
def padding_on_one_side(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    return pool.output_size(size + padding, kernel, stride, 0, dilation, ceil_mode)


@misconception(
    "output_size",
    "With dilation a window spans more pixels than it holds: your windows are too short, so too many fit.",
    see="How many windows",
)
def dilation_forgotten(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    return pool.output_size(size, kernel, stride, padding, 1, ceil_mode)


@misconception(
    "output_size",
    "You round up whatever ceil_mode says: the last window of yours reaches over the edge of the image.",
    see="How many windows",
)
def always_rounded_up(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    return pool.output_size(size, kernel, stride, padding, dilation, True)


@misconception(
    "output_size",
    "You keep a last window that begins beyond the image: all that it sees is padding.",
    see="How many windows",
)
def window_without_image(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return (-(-room // stride) if ceil_mode else room // stride) + 1


@misconception(
    "windows",
    "You step from window to window by the kernel and not by the stride: windows that should overlap do not.",
    see="Build",
)
def stride_is_the_kernel(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    return pool.windows(x, kernel, kernel, dilation)


@misconception(
    "windows",
    "Stride and dilation have changed places: one leads from window to window, the other from pixel to pixel in it.",
    see="Build",
)
def stride_inside_the_window(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    return pool.windows(x, kernel, dilation, stride)


@misconception(
    "windows",
    "Your windows are as long as they span and take every pixel: with dilation they should leave pixels out.",
    see="Build",
)
def dilation_only_spans(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    return sliding_window_view(x, spans, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]


@misconception(
    "MaxPool2d.forward",
    "Your border is zero, and zero wins where every pixel is negative: the padding of a maximum must never win.",
    see="Padding that wins",
)
def padded_with_zeros(self: MaxPool2d, x: Array) -> Array:
    x = self.image("forward", x)
    around, _ = self.padded(x, 0)
    seen = pool.windows(around, *self.grid())
    seen = seen.reshape(*seen.shape[:4], prod(seen.shape[4:]))
    self.keep(seen.argmax(axis=-1), around.shape, x.shape[2:])
    return self.shaped(seen.max(axis=-1))


@misconception(
    "MaxPool2d.forward",
    "You keep the last of equal pixels. Any rule would do; torch keeps the first, row by row, and so do we.",
    see="Backward: the winner",
)
def last_of_equals(self: MaxPool2d, x: Array) -> Array:
    x = self.image("forward", x)
    around, _ = self.padded(x, -np.inf)
    seen = pool.windows(around, *self.grid())
    seen = seen.reshape(*seen.shape[:4], prod(seen.shape[4:]))
    winner = seen.shape[-1] - 1 - seen[..., ::-1].argmax(axis=-1)
    self.keep(winner, around.shape, x.shape[2:])
    return self.shaped(seen.max(axis=-1))


@misconception(
    "MaxPool2d.forward",
    "You return where the maximum lies and not what it is.",
    see="Build",
)
def places_instead_of_values(self: MaxPool2d, x: Array) -> Array:
    x = self.image("forward", x)
    around, _ = self.padded(x, -np.inf)
    seen = pool.windows(around, *self.grid())
    winner = seen.reshape(*seen.shape[:4], prod(seen.shape[4:])).argmax(axis=-1)
    self.keep(winner, around.shape, x.shape[2:])
    return self.shaped(winner.astype(x.dtype))


@misconception(
    "MaxPool2d.backward",
    "Every pixel of a window receives the gradient. The output does not move with a pixel that lost: it gets none.",
    see="Backward: the winner",
)
def everyone_gets_it(self: MaxPool2d, dy: Array) -> Array:
    winner, shape, sizes = self.kept_all()
    dy = self.gradient(dy, winner.shape)
    around = np.zeros(shape, dy.dtype)
    for place in pool.places(around, winner.shape[2:], *self.grid()):
        place += dy
    return self.shaped(self.inner(around, sizes))


@misconception(
    "MaxPool2d.backward",
    "A pixel that won in several windows keeps the gradient of one of them: you assign where you should add.",
    see="Backward: the winner",
)
def gradient_assigned(self: MaxPool2d, dy: Array) -> Array:
    winner, shape, sizes = self.kept_all()
    dy = self.gradient(dy, winner.shape)
    around = np.zeros(shape, dy.dtype)
    for k, place in enumerate(pool.places(around, winner.shape[2:], *self.grid())):
        place[...] = np.where(winner == k, dy, place)
    return self.shaped(self.inner(around, sizes))


@misconception(
    "MaxPool2d.backward",
    "You return the gradient of the top left corner of the padded image: the image begins where the padding ends.",
    see="Backward: the winner",
)
def padding_left_in(self: MaxPool2d, dy: Array) -> Array:
    winner, shape, sizes = self.kept_all()
    dy = self.gradient(dy, winner.shape)
    around = np.zeros(shape, dy.dtype)
    for k, place in enumerate(pool.places(around, winner.shape[2:], *self.grid())):
        place += np.where(winner == k, dy, 0)
    return self.shaped(around[:, :, : sizes[0], : sizes[1]])


@misconception(
    "divisors",
    "You divide by the whole kernel everywhere: windows at the edge cover fewer pixels than that.",
    see="Backward: a share for everyone",
)
def whole_kernel(size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool) -> IntArray:
    return np.full(out, kernel)


@misconception(
    "divisors",
    "You cut a window where it leaves the image at the end, and forget that the first one begins before it.",
    see="Backward: a share for everyone",
)
def cut_at_the_end_only(size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool) -> IntArray:
    first = np.arange(out) * stride - padding
    return np.minimum(first + kernel, size + padding * include_pad) - first


@misconception(
    "divisors",
    "Where the padding counts, you count also what ceil_mode adds beyond it: torch leaves that out.",
    see="Backward: a share for everyone",
)
def beyond_the_padding(size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool) -> IntArray:
    return np.full(out, kernel) if include_pad else pool.divisors(size, out, kernel, stride, padding, False)


@misconception(
    "AvgPool2d.backward",
    "Each pixel receives the whole gradient of its window. It stands in the mean with a factor below one: divide.",
    see="Backward: a share for everyone",
)
def nothing_shared(self: AvgPool2d, dy: Array) -> Array:
    m, shape, x_shape = self.kept_all()
    dy = self.gradient(dy, (*x_shape[:2], *m.shape))
    around = np.zeros(shape, dy.dtype)
    for place in pool.places(around, m.shape, *self.grid()):
        place += dy
    return self.shaped(self.inner(around, x_shape[2:]))


@misconception(
    "AvgPool2d.backward",
    "You divide by the size of the kernel, and forward did not: windows at the edge, or a divisor that was set, have "
    "another M.",
    see="Backward: a share for everyone",
)
def kernel_instead_of_m(self: AvgPool2d, dy: Array) -> Array:
    m, shape, x_shape = self.kept_all()
    share = self.gradient(dy, (*x_shape[:2], *m.shape)) / prod(self.kernel_size)
    around = np.zeros(shape, share.dtype)
    for place in pool.places(around, m.shape, *self.grid()):
        place += share
    return self.shaped(self.inner(around, x_shape[2:]))


@misconception(
    "cells",
    "Your windows have one length, rounded down, so what is left over at the end is seen by nobody.",
    see="Windows made to measure",
)
def rounded_down(size: int, out: int) -> list[slice]:
    length = max(size // out, 1)
    return [slice(min(i * length, size - 1), min(i * length, size - 1) + length) for i in range(out)]


@misconception(
    "cells",
    "You round the end of a window down as well as its beginning: windows that should share a pixel do not.",
    see="Windows made to measure",
)
def nothing_is_shared(size: int, out: int) -> list[slice]:
    return [slice(i * size // out, max((i + 1) * size // out, i * size // out + 1)) for i in range(out)]

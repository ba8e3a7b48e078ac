"""Pooling: each channel of an image is summed up window by window.

    (1)  O = ⌊(H + 2P - D(K - 1) - 1) / S⌋ + 1                        windows along an axis of H pixels
    (2)  y[i, j] = max over a, b of x[iS + aD - P, jS + bD - P]       maximum; padding counts as -∞
    (3)  dx[place of the maximum] += dy[i, j]                         the first of equals, row by row
    (4)  y[i, j] = (1/M) Σ over a, b of x[iS + a - P, jS + b - P]     average; padding counts as 0
    (5)  dx[every place of the window] += dy[i, j] / M
    (6)  window i of O begins at ⌊iH / O⌋ and ends before ⌈(i + 1)H / O⌉          adaptive

Axes: N batch, C channels, (H, W) pixels, O outputs; kernel K, stride S, padding P, dilation D; M pixels in a window.
With ``ceil_mode`` Eq. 1 rounds up, so a last window may reach over the edge; one that would begin in the padding after
the image is left out. Signals (N, C, L) are images of height 1. Names and defaults are those of torch.nn.
Derivation: lesson.md, "Derive".  Sources: there, "Where it comes from".
"""

from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from groundup.core import Array, IntArray, expect_positive
from groundup.nn.pool.base import Pair, Pool, expect_flag, expect_padding, expect_windows, per_axis

Sizes = int | tuple[int, ...]


def output_size(
    size: int, kernel: int, stride: int, padding: int = 0, dilation: int = 1, ceil_mode: bool = False
) -> int:
    """Windows along one axis, Eq. 1."""
    room = size + 2 * padding - dilation * (kernel - 1) - 1  # how far the first window can move
    if not ceil_mode:
        return room // stride + 1
    windows = -(-room // stride) + 1  # ⌈room / S⌉ + 1
    return windows - 1 if (windows - 1) * stride >= size + padding else windows


def windows(x: Array, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Array:
    """(N, C, H, W) -> (N, C, OH, OW, KH, KW): every window as a view of x; nothing is copied."""
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    view = sliding_window_view(x, spans, axis=(2, 3))  # a window at every pixel, every pixel in it
    return view[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def places(x: Array, out: Pair, kernel: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Iterator[Array]:
    """For each (a, b) of the kernel, row by row, the pixels that it touches: a view (N, C, OH, OW) of x."""
    for a, b in np.ndindex(*kernel):
        top, left = a * dilation[0], b * dilation[1]
        yield x[:, :, top : top + out[0] * stride[0] : stride[0], left : left + out[1] * stride[1] : stride[1]]


class Windowed(Pool):
    """Windows of one size, a fixed step apart."""

    def __init__(
        self, kernel_size: Sizes, stride: Sizes | None, padding: Sizes, dilation: Sizes, ceil_mode: bool
    ) -> None:
        who = type(self).__name__
        self.kernel_size = per_axis(who, "kernel_size", kernel_size, self.axes)
        self.stride = per_axis(who, "stride", self.kernel_size if stride is None else stride, self.axes)
        self.padding = per_axis(who, "padding", padding, self.axes, least=0)
        self.dilation = per_axis(who, "dilation", dilation, self.axes)
        expect_padding(who, self.padding, self.kernel_size, self.dilation)
        expect_flag(who, ceil_mode=ceil_mode)
        self.ceil_mode = bool(ceil_mode)

    def grid(self) -> tuple[Pair, Pair, Pair]:
        """Kernel, stride and dilation, each (rows, columns)."""
        return self.pair(self.kernel_size), self.pair(self.stride), self.pair(self.dilation)

    def padded(self, x: Array, fill: float) -> tuple[Array, Pair]:
        """x with ``fill`` around it, as far as windows reach, and how many windows there are along each axis."""
        kernel, stride, dilation = self.grid()
        padding, sizes = self.pair(self.padding, above=0), x.shape[2:]
        axes = list(zip(sizes, kernel, stride, padding, dilation, strict=True))
        spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        down, across = (output_size(*axis, ceil_mode=self.ceil_mode) for axis in axes)
        expect_windows(f"{type(self).__name__}.forward", sizes, (down, across), (spans[0], spans[1]))
        reach = [(o - 1) * s + span for o, s, span in zip((down, across), stride, spans, strict=True)]
        height, width = (max(n + 2 * p, r) for n, p, r in zip(sizes, padding, reach, strict=True))
        if (height, width) == sizes:
            return x, (down, across)
        around = np.full_like(x, fill, shape=(*x.shape[:2], height, width))
        self.inner(around, sizes)[...] = x
        return around, (down, across)

    def inner(self, around: Array, sizes: tuple[int, ...]) -> Array:
        """The image inside its padding, a view."""
        top, left = self.pair(self.padding, above=0)
        return around[:, :, top : top + sizes[0], left : left + sizes[1]]


class MaxPool2d(Windowed):
    """The largest pixel of each window, Eqs. 1 to 3. ``stride`` is ``kernel_size`` unless given.

    Raises TypeError and ValueError for sizes that are no sizes, ShapeError in ``forward`` and ``backward``.
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, OH, OW), Eq. 2; keeps which place of each window won."""
        x = self.image("forward", x)
        around, _ = self.padded(x, -np.inf)
        seen = windows(around, *self.grid())  # (N, C, OH, OW, KH, KW)
        seen = seen.reshape(*seen.shape[:4], prod(seen.shape[4:]))  # a window's pixels row by row; this is a copy
        winner = seen.argmax(axis=-1)  # (N, C, OH, OW), the first of equals
        self.keep(winner, around.shape, x.shape[2:])
        return self.shaped(seen.max(axis=-1))

    def backward(self, dy: Array) -> Array:
        """(N, C, OH, OW) -> (N, C, H, W), Eq. 3. A pixel that won in several windows collects from each."""
        winner, shape, sizes = self.kept_all()
        dy = self.gradient(dy, winner.shape)
        around = np.zeros_like(dy, shape=shape)
        for k, place in enumerate(places(around, winner.shape[2:], *self.grid())):
            place += np.where(winner == k, dy, 0)
        return self.shaped(self.inner(around, sizes))


class MaxPool1d(MaxPool2d):
    """MaxPool2d along (N, C, L)."""

    axes = 1


def divisors(size: int, out: int, kernel: int, stride: int, padding: int, include_pad: bool) -> IntArray:
    """(O,): how many pixels each window covers along one axis; where ``include_pad``, those of the padding count."""
    first = np.arange(out) * stride - padding
    if include_pad:
        return np.minimum(first + kernel, size + padding) - first  # what ceil_mode adds beyond the padding never counts
    return np.minimum(first + kernel, size) - np.maximum(first, 0)


class AvgPool2d(Windowed):
    """The mean of each window, Eqs. 4 and 5; padding counts as zeros that are pixels, unless told otherwise.

    ``divisor_override`` takes the place of M. Raises TypeError and ValueError for sizes that are no sizes, ShapeError
    in ``forward`` and ``backward``.
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, 1, ceil_mode)
        expect_flag(type(self).__name__, count_include_pad=count_include_pad)
        if divisor_override is not None:
            expect_positive(type(self).__name__, divisor_override=divisor_override)
        self.count_include_pad, self.divisor_override = bool(count_include_pad), divisor_override

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, OH, OW), Eq. 4."""
        x = self.image("forward", x)
        around, out = self.padded(x, 0)
        m = self.divisor(x.shape[2:], out).astype(x.dtype)  # (OH, OW)
        self.keep(m, around.shape, x.shape)
        return self.shaped(windows(around, *self.grid()).sum(axis=(-2, -1)) / m)

    def backward(self, dy: Array) -> Array:
        """(N, C, OH, OW) -> (N, C, H, W), Eq. 5."""
        m, shape, x_shape = self.kept_all()
        share = self.gradient(dy, (*x_shape[:2], *m.shape)) / m.astype(dy.dtype)  # the same for each pixel of a window
        around = np.zeros_like(share, shape=shape)
        for place in places(around, m.shape, *self.grid()):
            place += share
        return self.shaped(self.inner(around, x_shape[2:]))

    def divisor(self, sizes: tuple[int, ...], out: Pair) -> IntArray:
        """(OH, OW): M of each window."""
        if self.divisor_override is not None:
            return np.full(out, self.divisor_override)
        kernel, stride, _ = self.grid()
        axes = zip(sizes, out, kernel, stride, self.pair(self.padding, above=0), strict=True)
        down, across = (divisors(*axis, include_pad=self.count_include_pad) for axis in axes)
        return np.multiply.outer(down, across)


class AvgPool1d(AvgPool2d):
    """AvgPool2d along (N, C, L)."""

    axes = 1

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)


def cells(size: int, out: int) -> list[slice]:
    """The windows that divide an axis into ``out`` parts as even as can be, Eq. 6; neighbours may share pixels."""
    return [slice(i * size // out, -(-(i + 1) * size // out)) for i in range(out)]


class Adaptive(Pool):
    """Windows made to measure: the output has the size that is asked for, whatever comes in."""

    def __init__(self, output_size: int | tuple[int | None, ...] | None) -> None:
        given = output_size if isinstance(output_size, tuple | list) else (output_size,) * self.axes
        per_axis(type(self).__name__, "output_size", tuple(1 if n is None else n for n in given), self.axes)
        self.output_size = tuple(given)  # None: as many as come in

    def grid(self, x: Array) -> list[list[slice]]:
        """The windows along the rows and along the columns of an image."""
        expect_windows(f"{type(self).__name__}.forward", x.shape[2:], (x.shape[2], x.shape[3]), (1, 1))
        wanted = self.output_size if self.axes == 2 else (1, *self.output_size)
        return [cells(size, size if n is None else n) for size, n in zip(x.shape[2:], wanted, strict=True)]


class AdaptiveAvgPool2d(Adaptive):
    """The mean of each window of Eq. 6. ``output_size=1`` is global average pooling: one number a channel.

    Raises TypeError and ValueError for sizes that are no sizes, ShapeError in ``forward`` and ``backward``.
    """

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, OH, OW), Eqs. 4 and 6."""
        x = self.image("forward", x)
        down, across = self.grid(x)
        y = np.empty_like(x, shape=(*x.shape[:2], len(down), len(across)))
        for i, j in np.ndindex(y.shape[2:]):
            y[:, :, i, j] = x[:, :, down[i], across[j]].mean(axis=(2, 3))
        self.keep(x, y.shape)
        return self.shaped(y)

    def backward(self, dy: Array) -> Array:
        """(N, C, OH, OW) -> (N, C, H, W), Eq. 5, each window with its own M."""
        x, shape = self.kept_all()
        dy, (down, across) = self.gradient(dy, shape), self.grid(x)
        dx = np.zeros_like(x, dtype=dy.dtype)
        for i, j in np.ndindex(shape[2:]):
            window = dx[:, :, down[i], across[j]]
            window += dy[:, :, i : i + 1, j : j + 1] / (window.shape[2] * window.shape[3])
        return self.shaped(dx)


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    """AdaptiveAvgPool2d along (N, C, L)."""

    axes = 1


class AdaptiveMaxPool2d(Adaptive):
    """The largest pixel of each window of Eq. 6. Raises what AdaptiveAvgPool2d raises."""

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, OH, OW), Eqs. 2 and 6; keeps which place of each window won."""
        x = self.image("forward", x)
        down, across = self.grid(x)
        y = np.empty_like(x, shape=(*x.shape[:2], len(down), len(across)))
        winner = np.empty(y.shape, int)
        for i, j in np.ndindex(y.shape[2:]):
            seen = x[:, :, down[i], across[j]]
            seen = seen.reshape(*x.shape[:2], prod(seen.shape[2:]))  # a window's pixels row by row
            winner[:, :, i, j], y[:, :, i, j] = seen.argmax(axis=-1), seen.max(axis=-1)
        self.keep(x, winner)
        return self.shaped(y)

    def backward(self, dy: Array) -> Array:
        """(N, C, OH, OW) -> (N, C, H, W), Eq. 3."""
        x, winner = self.kept_all()
        dy, (down, across) = self.gradient(dy, winner.shape), self.grid(x)
        dx = np.zeros_like(x, dtype=dy.dtype)
        n, c = np.indices(x.shape[:2])
        for i, j in np.ndindex(winner.shape[2:]):
            window = dx[:, :, down[i], across[j]]
            a, b = np.divmod(winner[:, :, i, j], window.shape[3])  # row and column within the window
            window[n, c, a, b] += dy[:, :, i, j]
        return self.shaped(dx)


class AdaptiveMaxPool1d(AdaptiveMaxPool2d):
    """AdaptiveMaxPool2d along (N, C, L)."""

    axes = 1

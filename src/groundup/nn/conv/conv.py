"""Convolution: one small matrix of weights, applied at every place of an image.

    (1)  O = ⌊(H + 2P - D(K - 1) - 1) / S⌋ + 1                                  places along an axis of H pixels
    (2)  y[n, o, i, j] = b[o] + Σ c, a, e  w[o, c, a, e] x[n, c, iS + aD - P, jS + eD - P]
    (3)  Y = X̃ W̃ᵀ + b          a row of X̃ is what the kernel sees at one place (im2col), a row of W̃ one filter
    (4)  dW̃ = dYᵀ X̃        db = Σ dY        dX̃ = dY W̃
    (5)  dx[what place (i, j) saw] += dX̃[(i, j)]                                pixels seen twice collect twice (col2im)

Axes: N batch, C channels in, O channels out, (H, W) pixels; kernel K, stride S, padding P, dilation D. With G groups
the channels are divided into G parts that do not see each other: w is (O, C/G, K, K).
Source: LeCun, Bottou, Bengio, Haffner, Proceedings of the IEEE 86 (1998); Dumoulin and Visin (2016) for Eq. 1.
Derivation: lesson.md, "Derive".
"""

from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from groundup.core import (
    Array,
    Layer,
    Parameter,
    Rng,
    ShapeError,
    convolution_flops,
    expect_positive,
    expect_rank,
    expect_shape,
    generator,
)

Sizes = int | tuple[int, ...]


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Places along one axis, Eq. 1; both sides have ``padding``."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def patches(x: Array, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Array:
    """(N, C, H, W) -> (N, C, OH, OW, KH, KW): what the kernel sees at each place, as a view; nothing is copied."""
    axes = tuple(range(2, x.ndim))
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    view = sliding_window_view(x, spans, axis=axes)  # a window at every pixel, every pixel in it
    steps: Any = (..., *(slice(None, None, step) for step in (*stride, *dilation)))
    windows: Array = view[steps]
    return windows


def scatter(columns: Array, image: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Array:
    """(N, C, OH, OW, KH, KW) -> (N, C, H, W), Eq. 5: the other way, adding up where windows overlap."""
    axes = len(image)
    places, kernel = columns.shape[2 : 2 + axes], columns.shape[2 + axes :]
    x = np.zeros((*columns.shape[:2], *image), columns.dtype)
    for offset in np.ndindex(*kernel):  # (a, e): this pixel of every window at once; no two of them are the same
        starts = [o * d for o, d in zip(offset, dilation, strict=True)]
        steps = zip(starts, places, stride, strict=True)
        seen: Any = (..., *(slice(a, a + (n - 1) * s + 1, s) for a, n, s in steps))
        x[seen] += columns[(..., *offset)]
    return x


def to_rows(windows: Array, groups: int) -> Array:
    """(N, C, OH, OW, KH, KW) -> (G, N·OH·OW, C/G·KH·KW), the X̃ of Eq. 3 for each group; this copies."""
    n, channels, *rest = windows.shape
    axes = len(rest) // 2
    split = windows.reshape(n, groups, channels // groups, *rest)
    places = range(3, 3 + axes)
    moved = split.transpose(1, 0, *places, 2, *range(3 + axes, 3 + 2 * axes))  # G, N, places, C/G, kernel
    return moved.reshape(groups, n * prod(rest[:axes]), channels // groups * prod(rest[axes:]))


def from_rows(rows: Array, n: int, places: tuple[int, ...], kernel: tuple[int, ...]) -> Array:
    """(G, N·OH·OW, C/G·KH·KW) -> (N, C, OH, OW, KH, KW), the other way."""
    groups, axes = len(rows), len(places)
    channels = rows.shape[2] // prod(kernel)
    split = rows.reshape(groups, n, *places, channels, *kernel)
    at = 2 + axes  # where the channels stand
    moved = split.transpose(1, 0, at, *range(2, at), *range(at + 1, at + 1 + axes))
    return moved.reshape(n, groups * channels, *places, *kernel)


class Convolution(Layer):
    """What Conv1d and Conv2d share: all but the number of axes."""

    axes: int

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        rng: Rng | None = None,
    ) -> None:
        who = type(self).__name__
        expect_channels(who, in_channels, out_channels, groups)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(who, "kernel_size", kernel_size, self.axes)
        self.stride = per_axis(who, "stride", stride, self.axes)
        self.dilation = per_axis(who, "dilation", dilation, self.axes)
        self.padding = padding if isinstance(padding, str) else per_axis(who, "padding", padding, self.axes, least=0)
        self.pads = _pads(who, self.padding, self.kernel_size, self.stride, self.dilation)
        if padding_mode != "zeros":
            raise ValueError(f"{who}: expected padding_mode 'zeros', got {padding_mode!r}; pad the image first")
        draw, shape = generator(who, rng), (out_channels, in_channels // groups, *self.kernel_size)
        bound = prod(shape[1:]) ** -0.5  # as torch: uniform in ±1/√(what one output sees)
        self.weight = Parameter(draw.uniform(-bound, bound, shape).astype("float32"))
        self.bias = Parameter(draw.uniform(-bound, bound, out_channels).astype("float32")) if bias else None

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, O, OH, OW), Eqs. 2 and 3."""
        padded = np.pad(self.image(x), ((0, 0), (0, 0), *self.pads))
        windows = patches(padded, self.kernel_size, self.stride, self.dilation)
        places = windows.shape[2 : 2 + self.axes]
        rows = to_rows(windows, self.groups)  # (G, P, R)
        self.keep(rows, len(x), places, padded.shape[2:])
        y = rows @ self.filters().swapaxes(1, 2)  # (G, P, R) @ (G, R, O/G)
        y = y.reshape(self.groups, len(x), *places, self.out_channels // self.groups)
        y = np.moveaxis(y, (0, -1), (1, 2)).reshape(len(x), self.out_channels, *places)
        return y if self.bias is None else y + self.bias.value.reshape(-1, *(1,) * self.axes)

    def backward(self, dy: Array) -> Any:
        """(N, O, OH, OW) -> (N, C, H, W), Eqs. 4 and 5; adds to the gradients of weight and bias."""
        rows, n, places, padded = self.kept_all()
        expect_shape(f"{type(self).__name__}.backward", dy, (n, self.out_channels, *places), like="y")
        if self.bias is not None:
            self.bias.grad += dy.sum(axis=(0, *range(2, dy.ndim)))
        dy = to_rows(dy.reshape(*dy.shape, *(1,) * self.axes), self.groups)  # (G, P, O/G)
        self.weight.grad += (dy.swapaxes(1, 2) @ rows).reshape(self.weight.shape)  # (G, O/G, P) @ (G, P, R)
        columns = from_rows(dy @ self.filters(), n, places, self.kernel_size)
        return self.without_padding(scatter(columns, padded, self.stride, self.dilation))

    def filters(self) -> Array:
        """W̃ for each group: (G, O/G, C/G·KH·KW)."""
        return self.weight.value.reshape(self.groups, self.out_channels // self.groups, -1)

    def without_padding(self, x: Array) -> Array:
        """(N, C, H, W) out of its padded image, a view."""
        inside: Any = (..., *(slice(a, n - b) for (a, b), n in zip(self.pads, x.shape[2:], strict=True)))
        image: Array = x[inside]
        return image

    def image(self, x: Any) -> Array:
        """A float image with the channels of this layer, large enough for one window. Raises ShapeError, DtypeError."""
        who, letters = f"{type(self).__name__}.forward", "NCHW" if self.axes == 2 else "NCL"
        checked = expect_rank(who, x, letters)
        if checked.shape[1] != self.in_channels:
            raise ShapeError(
                f"{who}: expected {self.in_channels} channels in ({', '.join(letters)}), got {checked.shape[1]} in "
                f"{checked.shape}; add channels or set in_channels={checked.shape[1]}"
            )
        spans = tuple(d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))
        sizes = tuple(n + a + b for n, (a, b) in zip(checked.shape[2:], self.pads, strict=True))
        if any(n < span for n, span in zip(sizes, spans, strict=True)):
            raise ShapeError(f"{who}: expected an image of at least {spans}, padding included, got {sizes}; pad it")
        return checked

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Eq. 3's product."""
        return convolution_flops(y_shape, self.kernel_size, self.in_channels, self.groups)


class Conv1d(Convolution):
    """Filters along a sequence: (N, C, L) -> (N, O, OL), Eq. 2 with one axis. State keys and defaults are torch's.

    Raises ValueError and TypeError for settings that do not fit, ShapeError and DtypeError in ``forward``.
    """

    axes = 1


class Conv2d(Convolution):
    """Filters over an image: (N, C, H, W) -> (N, O, OH, OW), Eq. 2.

    ``padding`` is a number, one for each axis, "valid" (none) or "same" (as much as keeps the size; stride 1). State
    keys: ``weight`` (O, C/G, KH, KW), ``bias`` (O,). Weights start uniform in ±1/√(C/G·KH·KW), as in torch.nn.Conv2d.

    Raises ValueError and TypeError for settings that do not fit, ShapeError and DtypeError in ``forward``.
    """

    axes = 2


def per_axis(who: str, name: str, value: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """``value`` for each of ``axes`` axes. Raises TypeError or ValueError naming the argument."""
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * axes
    if len(values) != axes:
        raise ValueError(f"{who}: expected {name} for {axes} axes of space, got {value!r}; is it the 1d or 2d layer?")
    if not all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in values):
        raise TypeError(f"{who}: expected {name} to be a whole number or {axes} of them, got {value!r}; round it first")
    if min(values) < least:
        raise ValueError(f"{who}: expected {name} of at least {least}, got {value!r}; sizes count pixels")
    return tuple(int(v) for v in values)


def expect_channels(who: str, in_channels: int, out_channels: int, groups: int) -> None:
    """Sizes of at least 1 and channels that groups divide. Raises ValueError, TypeError."""
    expect_positive(who, in_channels=in_channels, out_channels=out_channels, groups=groups)
    for name, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
        if channels % groups:
            raise ValueError(
                f"{who}: expected {name} to be divisible by groups={groups}, got {channels}; every group gets as many"
            )


def _pads(who: str, padding: Any, kernel: Any, stride: Any, dilation: Any) -> tuple[tuple[int, int], ...]:
    """Padding before and after, for each axis."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in padding)
    if padding not in ("same", "valid"):
        raise ValueError(f"{who}: expected padding to be numbers, 'same' or 'valid', got {padding!r}")
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if any(s != 1 for s in stride):
        raise ValueError(f"{who}: expected stride 1 with padding='same', got {stride}; no padding keeps the size then")
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple((t // 2, t - t // 2) for t in totals)  # an odd total has more after, as torch

"""Conv2d, as the library uses it: channels last in memory, columns made while they are needed, a few images at a time.

The plain form copies windows of an image whose channels lie far apart, and keeps K² times the image for backward. Here
an image lies (N, H, W, C) in memory, so that a row of a window is one run of KW·C numbers; what comes out is the
(N, O, OH, OW) *view* of such an image, which the next layer takes as it is (torch calls this channels_last). Images of
few channels have short runs; they lie (N, C, H, W), and a column of X̃ is a run instead. X̃ is made for as many images
as stay in the cache and multiplied while it is warm; backward makes it again, which cost less than to fetch what was
kept. A column of ones in it adds the bias and finds its gradient:

    (6)  Y = [X̃ 1] [W̃ b]ᵀ        [dW̃ db] = dYᵀ [X̃ 1]

It covers one group without dilation, the rest goes the plain way. With a kernel of 3, forward and backward on one
thread took 1.6 times as long in the plain form at 64 x 32 x 13 x 13 to 64 channels, where matrix products are more
than four fifths of what is left, and six times as long at 64 x 1 x 28 x 28 to 32, where nobody asks for dx.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import DTypeLike

from groundup.core import Array, expect_shape
from groundup.nn.conv import conv

FEW = 4  # channels that are few
CACHE = {True: 2**19, False: 2**21}  # bytes of columns and output at a time, few channels or more


class Conv2d(conv.Conv2d):
    __doc__ = conv.Conv2d.__doc__

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, O, OH, OW), Eqs. 3 and 6: a view of (N, OH, OW, O)."""
        if not self._covered():
            return super().forward(x)
        image = self._laid_out(self.image(x))  # (N, C, H, W), padded
        windows = self._windows(image)
        y = np.empty((*windows.shape[:3], self.out_channels), np.result_type(x, self.weight.value))
        weight = self._weight(y.dtype)  # (R + 1, O)
        for part in self._parts(y):
            rows = y[part].reshape(-1, self.out_channels)  # (P, O)
            np.matmul(self._columns(windows[part], y.dtype), weight, out=rows)
        self.keep(image)
        return y.transpose(0, 3, 1, 2)

    def backward(self, dy: Array) -> Any:
        """(N, O, OH, OW) -> (N, C, H, W), Eqs. 4 to 6; None when ``needs_input_grad(False)`` was called."""
        if not self._covered():
            return super().backward(dy)
        image = self.kept()
        windows = self._windows(image)
        n, oh, ow = windows.shape[:3]
        expect_shape("Conv2d.backward", dy, (n, self.out_channels, oh, ow), like="y")
        last = np.ascontiguousarray(dy.transpose(0, 2, 3, 1))  # (N, OH, OW, O)
        dtype = np.result_type(image, last, self.weight.value)
        weight = self._weight(dtype)
        dw = np.zeros_like(weight)
        dx = np.zeros_like(image, dtype=dtype) if self.input_grad else None
        for part in self._parts(last):
            rows = last[part].reshape(-1, self.out_channels)  # (P, O)
            dw += self._columns(windows[part], dtype).T @ rows  # (R + 1, P) @ (P, O)
            if dx is not None:
                self._add_back(dx[part], (rows @ weight[:-1].T).reshape(-1, *windows.shape[1:]))  # (P, O) @ (O, R)
        self._add_gradients(dw)
        return None if dx is None else self.without_padding(dx)

    def _covered(self) -> bool:
        return self.groups == 1 and max(self.dilation) == 1

    def _few(self) -> bool:
        return self.in_channels <= FEW

    def _parts(self, y: Array) -> Iterator[slice]:
        """Runs of images whose columns stay in the cache; y is (N, OH, OW, O)."""
        each = y.itemsize * y[:1, :, :, 0].size * (self.weight.value[0].size + self.out_channels)
        step = max(1, CACHE[self._few()] // max(1, each))
        return (slice(start, start + step) for start in range(0, len(y), step))

    def _laid_out(self, x: Array) -> Array:
        """(N, C, H, W) padded, in memory (N, H, W, C), or (N, C, H, W) if C is small; no copy where x is that."""
        order, back = ((0, 1, 2, 3),) * 2 if self._few() else ((0, 2, 3, 1), (0, 3, 1, 2))
        if not any(map(any, self.pads)):
            return np.ascontiguousarray(x.transpose(order)).transpose(back)
        size = [n + a + b for n, (a, b) in zip(x.shape, ((0, 0), (0, 0), *self.pads), strict=True)]
        padded = np.zeros([size[axis] for axis in order], x.dtype).transpose(back)
        self.without_padding(padded)[...] = x
        return padded

    def _windows(self, image: Array) -> Array:
        """(N, C, H, W) -> (N, OH, OW, KH, KW, C), a view; (N, OH, OW, C, KH, KW) if C is small."""
        order = (0, 2, 3, 1, 4, 5) if self._few() else (0, 2, 3, 4, 5, 1)
        return conv.patches(image, self.kernel_size, self.stride, self.dilation).transpose(order)

    def _columns(self, windows: Array, dtype: DTypeLike) -> Array:
        """[X̃ 1] of Eq. 6: (P, R + 1). If C is small, what lies in memory is its transpose."""
        size, seen = prod(windows.shape[:3]), prod(windows.shape[3:])
        if self._few():
            turned = np.empty((seen + 1, size), dtype)
            turned[:seen].reshape(*windows.shape[3:], *windows.shape[:3])[...] = windows.transpose(3, 4, 5, 0, 1, 2)
            columns = turned.T
        else:
            columns = np.empty((size, seen + 1), dtype)
            columns[:, :seen].reshape(windows.shape)[...] = windows
        columns[:, seen] = 1
        return columns

    def _weight(self, dtype: DTypeLike) -> Array:
        """[W̃ b]ᵀ of Eq. 6: (R + 1, O), contiguous, in the order of the columns."""
        order = (1, 2, 3, 0) if self._few() else (2, 3, 1, 0)
        weight = np.zeros((self.weight.value[0].size + 1, self.out_channels), dtype)
        weight[:-1] = self.weight.value.transpose(order).reshape(-1, self.out_channels)
        if self.bias is not None:
            weight[-1] = self.bias.value
        return weight

    def _add_gradients(self, dw: Array) -> None:
        """(R + 1, O) to the gradients of weight and bias."""
        (o, c, kh, kw), few = self.weight.shape, self._few()
        split = dw[:-1].reshape((c, kh, kw, o) if few else (kh, kw, c, o))
        self.weight.grad += split.transpose((3, 0, 1, 2) if few else (3, 2, 0, 1))
        if self.bias is not None:
            self.bias.grad += dw[-1]

    def _add_back(self, dx: Array, columns: Array) -> None:
        """Eq. 5: dX̃ in the shape of its windows to the padded images (N, C, H, W) that they came from."""
        if self._few():
            dx += conv.scatter(columns.transpose(0, 3, 1, 2, 4, 5), dx.shape[2:], self.stride, self.dilation)
            return
        n, oh, ow, kh, kw, c = columns.shape
        down, across = self.stride
        lines = dx.transpose(0, 2, 3, 1).reshape(n, dx.shape[2], -1)  # (N, H, W·C), a view
        runs = sliding_window_view(lines, kw * c, axis=2, writeable=True)[:, :, :: across * c][:, :, :ow]
        apart = -(-kw // across)  # every so many windows, two do not overlap
        for a, first in np.ndindex(kh, apart):
            seen = runs[:, a : a + (oh - 1) * down + 1 : down, first::apart]  # (N, OH, OW / apart, KW·C)
            seen += columns[:, :, first::apart, a].reshape(seen.shape)

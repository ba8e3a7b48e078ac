"""Conv2d, as the library uses it: channels last in memory, columns in chunks that stay in cache.

The plain form copies windows of an image whose channels lie far apart. Here the image lies (N, H, W, C) in memory, so
that a window's row is one run of KW·C numbers; the output is the (N, O, OH, OW) *view* of such an image, which the next
layer takes as it is (torch calls this channels_last). Columns are made for some samples at a time and multiplied while
they are warm; their array is used again from batch to batch. It covers one group; others go the plain way. Beside
PyTorch eager on one thread: benchmarks/results.
"""

from math import prod
from typing import Any

import numpy as np

from groundup.core import Array, expect_shape
from groundup.nn.conv import conv

CHUNK = 16  # samples whose columns are made at a time


class Conv2d(conv.Conv2d):
    __doc__ = conv.Conv2d.__doc__

    _columns: Array | None = None

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, O, OH, OW), Eq. 3: a view of (N, OH, OW, O)."""
        if self.groups > 1:
            return super().forward(x)
        image = self._channels_last(self.image(x))  # (N, H, W, C), padded
        views = conv.patches(image.transpose(0, 3, 1, 2), self.kernel_size, self.stride, self.dilation)
        windows = views.transpose(0, 2, 3, 4, 5, 1)  # (N, OH, OW, KH, KW, C)
        columns = self._columns_for(windows)
        n, oh, ow = windows.shape[:3]
        y = np.empty((n, oh, ow, self.out_channels), x.dtype)
        weight = self._weight_by_columns().astype(x.dtype, copy=False)  # (KH·KW·C, O)
        for start in range(0, n, CHUNK):
            part = slice(start, start + CHUNK)
            columns[part] = windows[part]
            rows = y[part].reshape(-1, self.out_channels)
            np.matmul(columns[part].reshape(len(rows), len(weight)), weight, out=rows)
            if self.bias is not None:
                rows += self.bias.value
        self.keep(columns, image.shape)
        return y.transpose(0, 3, 1, 2)

    def backward(self, dy: Array) -> Any:
        """(N, O, OH, OW) -> (N, C, H, W), Eqs. 4 and 5; None when ``needs_input_grad(False)`` was called."""
        if self.groups > 1:
            return super().backward(dy)
        columns, padded = self.kept_all()
        n, oh, ow = columns.shape[:3]
        expect_shape("Conv2d.backward", dy, (n, self.out_channels, oh, ow), like="y")
        rows = np.ascontiguousarray(dy.transpose(0, 2, 3, 1)).reshape(-1, self.out_channels)  # (P, O)
        if self.bias is not None:
            self.bias.grad += np.ones(len(rows), rows.dtype) @ rows
        flat = columns.reshape(len(rows), prod(columns.shape[3:]))
        dw = (flat.T @ rows).reshape(*self.kernel_size, self.in_channels, self.out_channels)
        self.weight.grad += dw.transpose(3, 2, 0, 1)
        if not self.input_grad:
            return None
        return self.without_padding(self._to_image(rows, columns.shape, padded).transpose(0, 3, 1, 2))

    def _to_image(self, rows: Array, shape: tuple[int, ...], padded: tuple[int, ...]) -> Array:
        """(P, O) -> (N, H, W, C): Eq. 5 in chunks."""
        n, oh, ow = shape[:3]
        dx = np.zeros(padded, rows.dtype)
        weight = self._weight_by_columns().astype(rows.dtype, copy=False).T  # (O, KH·KW·C)
        (sh, sw), (dh, dw) = self.stride, self.dilation
        for start in range(0, n, CHUNK):
            part = dx[start : start + CHUNK]
            seen = rows[start * oh * ow : (start + len(part)) * oh * ow] @ weight
            seen = seen.reshape(len(part), *shape[1:])
            for a, b in np.ndindex(*self.kernel_size):
                top, left = a * dh, b * dw
                part[:, top : top + (oh - 1) * sh + 1 : sh, left : left + (ow - 1) * sw + 1 : sw] += seen[:, :, :, a, b]
        return dx

    def _weight_by_columns(self) -> Array:
        """(O, C, KH, KW) -> (KH·KW·C, O), in the order of a window that lies channels last."""
        return np.ascontiguousarray(self.weight.value.transpose(2, 3, 1, 0)).reshape(-1, self.out_channels)

    def _channels_last(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, H, W, C), contiguous and padded; no copy where x is the view of such an image."""
        last = x.transpose(0, 2, 3, 1)
        if not any(map(any, self.pads)):
            return np.ascontiguousarray(last)
        (top, bottom), (left, right) = self.pads
        n, h, w, c = last.shape
        padded = np.zeros((n, h + top + bottom, w + left + right, c), x.dtype)
        padded[:, top : top + h, left : left + w] = last
        return padded

    def _columns_for(self, windows: Array) -> Array:
        """An array for the columns, the same as last time where it fits: what an earlier forward kept is replaced."""
        if self._columns is None or self._columns.shape != windows.shape or self._columns.dtype != windows.dtype:
            self._columns = np.empty(windows.shape, windows.dtype)
        return self._columns

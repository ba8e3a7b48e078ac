"""Fast and wrong: what people write when a whole convolution has to be one product."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from groundup.core import Array, misconception


def _contracted(x: Array, w: Array) -> Array:
    """(N, OH, OW, O): the right numbers, the channels last."""
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.tensordot(windows, w, axes=((1, 4, 5), (1, 2, 3)))


@misconception(
    "convolve",
    "The product has the channels last. You gave it the shape of the output without moving them.",
    see="One product for all places",
)
def product_reshaped(x: Array, w: Array) -> Array:
    y = _contracted(x, w)
    n, down, across, out = y.shape
    return y.reshape(n, out, down, across)


@misconception(
    "convolve",
    "You reshape the windows to rows as they lie. What one place sees is spread over them: move the places together, "
    "and channels and kernel together, before you reshape.",
    see="One product for all places",
)
def windows_reshaped(x: Array, w: Array) -> Array:
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    n, _, down, across = windows.shape[:4]
    rows = windows.reshape(n * down * across, w[0].size)
    return np.moveaxis((rows @ w.reshape(len(w), -1).T).reshape(n, down, across, len(w)), -1, 1)


@misconception(
    "convolve",
    "Your kernel is turned round. In a network it lies on the image as it is.",
    see="Is that a convolution?",
)
def turned_round(x: Array, w: Array) -> Array:
    return np.moveaxis(_contracted(x, w[:, :, ::-1, ::-1]), -1, 1)


@misconception(
    "convolve",
    "Rows and columns of the kernel have changed places.",
    see="One product for all places",
)
def kernel_transposed(x: Array, w: Array) -> Array:
    return np.moveaxis(_contracted(x, w.swapaxes(2, 3)), -1, 1)

"""Pooling, as the library uses it: no window is ever copied out, and the order of memory is kept.

An image that is channels-last in memory, a view (N, C, H, W) of (N, H, W, C), gives an output and a gradient that are
channels-last too; then all of this runs along channels that lie side by side.

Windows of 2 x 2, side by side, are four views of the image: even and odd rows, even and odd columns. A knock-out of
three comparisons finds the maximum, and their outcomes lead the gradient back. It is led as whole numbers, which have
the bits of dy: a product with 0 or 1 is then exact for infinity and NaN too, and faster than one of real numbers.
Forward and backward of 64 x 32 x 26 x 26 on one thread took an eighth of the time of the plain form, less than half of
torch's on (N, C, H, W), and up to twice torch's on channels-last; on 64 x 64 x 11 x 11 they were level there.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from groundup.core import Array
from groundup.nn.pool import pool
from groundup.nn.pool.base import Pair
from groundup.nn.pool.pool import places


def quarters(x: Array) -> tuple[Array, Array, Array, Array]:
    """The four pixels of each window of 2 x 2, row by row: views (N, C, H // 2, W // 2); an odd edge is left out."""
    h, w = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    top, bottom = x[:, :, 0:h:2], x[:, :, 1:h:2]
    return top[..., 0:w:2], top[..., 1:w:2], bottom[..., 0:w:2], bottom[..., 1:w:2]


class MaxPool2d(pool.MaxPool2d):
    __doc__ = pool.MaxPool2d.__doc__

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, OH, OW), Eq. 2."""
        image = self.image("forward", x)
        around, out = self.padded(image, -np.inf)
        if self._in_quarters(around.shape, out):
            y, outcome = _knock_out(around)
        else:
            y, outcome = _one_by_one(places(around, out, *self.grid()), prod(self.kernel_size))
        self.keep(outcome, around.shape, image.shape[2:])
        return self.shaped(y)

    def backward(self, dy: Array) -> Array:
        """(N, C, OH, OW) -> (N, C, H, W), Eq. 3."""
        outcome, shape, sizes = self.kept_all()
        dy = self.gradient(dy, outcome[0].shape)
        bits: Any = dy.view(f"i{dy.itemsize}")
        if len(outcome) == 3:
            around = np.empty_like(outcome[0], dtype=dy.dtype, shape=shape)
            _lead_back(bits, outcome, around.view(bits.dtype))
        else:
            around = np.zeros_like(outcome[0], dtype=dy.dtype, shape=shape)
            for k, place in enumerate(places(around, (dy.shape[2], dy.shape[3]), *self.grid())):
                place += (bits * (outcome[0] == k)).view(dy.dtype)
        return self.shaped(self.inner(around, sizes))

    def _in_quarters(self, shape: tuple[int, ...], out: Pair) -> bool:
        """Whether every window is 2 x 2, side by side."""
        twos = self.grid() == ((2, 2), (2, 2), (1, 1))
        return twos and (shape[2] // 2, shape[3] // 2) == out


def _knock_out(x: Array) -> tuple[Array, tuple[Any, ...]]:
    """The maximum of each window of 2 x 2; left won above, left won below, above won."""
    a, b, c, d = quarters(x)
    y, low = np.maximum(a, b), np.maximum(c, d)
    outcome = a >= b, c >= d, y >= low
    return np.maximum(y, low, out=y), outcome


def _lead_back(dy: Any, outcome: tuple[Any, ...], dx: Any) -> None:
    """Send the bits of each number of dy to the pixel that won: above or below, then left or right."""
    left_above, left_below, above = outcome
    a, b, c, d = quarters(dx)
    up = dy * above
    down = dy - up
    np.subtract(up, np.multiply(up, left_above, out=a), out=b)
    np.subtract(down, np.multiply(down, left_below, out=c), out=d)
    dx[:, :, 2 * dy.shape[2] :] = 0  # an odd edge, which no window sees
    dx[:, :, :, 2 * dy.shape[3] :] = 0


def _one_by_one(pixels: Iterator[Array], count: int) -> tuple[Array, tuple[Any, ...]]:
    """The maximum over ``count`` pixels of every window, and which was the first of equals.

    Where a pixel is NaN, so is the maximum, and the winner is some pixel of the window.
    """
    y = next(pixels).copy(order="K")
    winner: Any = np.zeros_like(y, dtype=np.min_scalar_type(count - 1))
    for k, pixel in enumerate(pixels, 1):
        np.maximum(winner, (pixel > y) * winner.dtype.type(k), out=winner)  # k grows: the last to be larger won
        np.maximum(y, pixel, out=y)
    return y, (winner,)


class MaxPool1d(MaxPool2d, pool.MaxPool1d):
    __doc__ = pool.MaxPool1d.__doc__


class AvgPool2d(pool.AvgPool2d):
    __doc__ = pool.AvgPool2d.__doc__

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, OH, OW), Eq. 4: one sum over all windows for each place of the kernel."""
        image = self.image("forward", x)
        around, out = self.padded(image, 0)
        m = self.divisor(image.shape[2:], out).astype(image.dtype)
        first, *rest = places(around, out, *self.grid())
        total = first.copy(order="K")
        for place in rest:
            total += place
        self.keep(m, around.shape, image.shape)
        return self.shaped(np.divide(total, m, out=total))


class AvgPool1d(AvgPool2d, pool.AvgPool1d):
    __doc__ = pool.AvgPool1d.__doc__

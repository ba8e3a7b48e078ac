"""Dropout written another way, and just as right."""

import numpy as np
from numpy.typing import DTypeLike

from groundup.core import Array, expect_shape, variant
from groundup.nn.dropout.dropout import Dropout, Dropout2d, inverted_mask


@variant("inverted_mask", "a choice of two numbers")
def choice_of_two(u: Array, p: float, dtype: DTypeLike) -> Array:
    stays = 1 / (1 - p) if p != 1 else 0
    return np.where(u < p, 0, stays).astype(dtype)


@variant("inverted_mask", "zeros, and those that stay divided by their share")
def divided_by_the_share(u: Array, p: float, dtype: DTypeLike) -> Array:
    mask = np.zeros(u.shape, dtype)
    mask[u >= p] = 1
    if p < 1:
        mask /= 1 - p
    return mask


@variant("Dropout.forward", "a mask of ones where nothing is dropped")
def mask_of_ones(self: Dropout, x: Array) -> Array:
    x = self.expect(x)
    mask = np.ones_like(x)
    if self.training and self.p > 0:
        mask = mask * inverted_mask(self.uniform(x.shape), self.p, x.dtype)
    self.keep(mask, x.shape)
    return np.multiply(x, mask)


@variant("Dropout.forward", "a copy in which numbers are set to zero")
def set_to_zero(self: Dropout, x: Array) -> Array:
    y = np.array(self.expect(x))
    if not self.training or not self.p:
        self.keep(None, y.shape)
        return y
    u = self.uniform(y.shape)
    y[np.broadcast_to(u < self.p, y.shape)] = 0
    self.keep(inverted_mask(u, self.p, y.dtype), y.shape)
    return y if self.p == 1 else y / (1 - self.p)


@variant("Dropout.backward", "zero and scale, one after the other")
def zero_then_scale(self: Dropout, dy: Array) -> Array:
    mask, shape = self.kept_all()
    expect_shape(f"{type(self).__name__}.backward", dy, shape, like="y")
    dx = dy.copy()
    if mask is not None:
        dx[np.broadcast_to(mask == 0, shape)] = 0
        dx /= (1 - self.p) or 1
    return dx


@variant("Dropout.backward", "a mask of ones for evaluation")
def ones_for_evaluation(self: Dropout, dy: Array) -> Array:
    mask, shape = self.kept_all()
    expect_shape(f"{type(self).__name__}.backward", dy, shape, like="y")
    factors = np.ones((), dy.dtype) if mask is None else mask
    return np.array(factors * dy)


@variant("Dropout2d.uniform", "axes put behind by an index")
def axes_by_an_index(self: Dropout2d, shape: tuple[int, ...]) -> Array:
    return self.rng.random(shape[:2])[:, :, None, None]


@variant("Dropout2d.uniform", "one long line, then reshaped")
def one_long_line(self: Dropout2d, shape: tuple[int, ...]) -> Array:
    n, c = shape[0], shape[1]
    return self.rng.uniform(0.0, 1.0, n * c).reshape(n, c, 1, 1)

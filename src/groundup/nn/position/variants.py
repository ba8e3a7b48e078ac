"""Positions written another way, and just as right."""

from math import cos, log, sin

import numpy as np

from groundup.core import Array, expect_shape, variant
from groundup.nn.position.position import LearnedPositionalEmbedding, expect_sequence


@variant("frequencies", "the exponential of a logarithm")
def exponential_of_a_logarithm(width: int, base: float = 10000.0) -> Array:
    found: Array = np.exp(np.arange((width + 1) // 2) * (-2 * log(base) / width))
    return found


@variant("frequencies", "each is the one before times the same number")
def times_the_same_number(width: int, base: float = 10000.0) -> Array:
    found, ratio = np.ones((width + 1) // 2), base ** (-2 / width)
    found[1:] = np.cumprod(np.full(len(found) - 1, ratio))
    return found


@variant("sinusoidal", "number by number")
def number_by_number(positions: int, width: int, base: float = 10000.0) -> Array:
    table = np.zeros((positions, width))
    for t in range(positions):
        for column in range(width):
            angle = t / base ** (2 * (column // 2) / width)
            table[t, column] = cos(angle) if column % 2 else sin(angle)
    return table


@variant("sinusoidal", "sine and cosine stacked side by side, laid out in one row")
def stacked_side_by_side(positions: int, width: int, base: float = 10000.0) -> Array:
    angles = np.outer(np.arange(positions), base ** (-np.arange(0, width, 2) / width))
    pairs = np.stack([np.sin(angles), np.cos(angles)], axis=2)  # (T, D/2, 2)
    return pairs.reshape(positions, -1)[:, :width]


@variant("rotate", "complex numbers")
def complex_numbers(x: Array, angles: Array, interleaved: bool) -> Array:
    half = x.shape[-1] // 2
    pairs = x.reshape(*x.shape[:-1], half, 2) if interleaved else np.stack([x[..., :half], x[..., half:]], axis=-1)
    turned = (pairs[..., 0] + 1j * pairs[..., 1]) * np.exp(1j * angles)
    parts = np.stack([turned.real, turned.imag], axis=-1 if interleaved else -2)  # (..., D/2, 2) or (..., 2, D/2)
    y: Array = parts.reshape(x.shape).astype(x.dtype)
    return y


@variant("rotate", "x times the cosine, and its partner with a sign times the sine")
def partners_with_a_sign(x: Array, angles: Array, interleaved: bool) -> Array:
    width = x.shape[-1]
    columns = np.arange(width)
    if interleaved:
        partner, sign, wide = columns ^ 1, np.where(columns % 2, 1, -1), np.repeat(angles, 2, axis=-1)
    else:
        partner, sign = (columns + width // 2) % width, np.where(columns < width // 2, -1, 1)
        wide = np.tile(angles, 2)
    y: Array = x * np.cos(wide).astype(x.dtype) + x[..., partner] * (sign * np.sin(wide)).astype(x.dtype)
    return y


@variant("rotate", "a matrix of two rows for each pair, by einsum")
def matrices_of_two_rows(x: Array, angles: Array, interleaved: bool) -> Array:
    c, s = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    turn = np.array([[c, -s], [s, c]])  # (2, 2, T, D/2)
    if interleaved:
        y = np.einsum("ijtk,...tkj->...tki", turn, x.reshape(*x.shape[:-1], -1, 2))
    else:
        y = np.einsum("ijtk,...tjk->...tik", turn, x.reshape(*x.shape[:-1], 2, -1))
    found: Array = y.reshape(x.shape)
    return found


@variant("LearnedPositionalEmbedding.forward", "rows looked up by their numbers")
def rows_looked_up(self: LearnedPositionalEmbedding, x: Array, offset: int = 0) -> Array:
    x = expect_sequence("LearnedPositionalEmbedding.forward", x, self.d_model, self.max_len, offset)
    self.keep(x.shape, offset)
    numbers = offset + np.arange(x.shape[-2])
    return np.add(x, np.take(self.weight.value, numbers, axis=0))


@variant("LearnedPositionalEmbedding.backward", "all sequences as one batch, then a sum over it")
def one_batch(self: LearnedPositionalEmbedding, dy: Array) -> Array:
    shape, offset = self.kept_all()
    expect_shape("LearnedPositionalEmbedding.backward", dy, shape, like="y")
    for rows in dy.reshape(-1, *shape[-2:]):  # (T, D)
        self.weight.grad[offset : offset + len(rows)] += rows
    return np.array(dy)


@variant("LearnedPositionalEmbedding.backward", "np.add.at, once for each step of each sequence")
def added_at_rows(self: LearnedPositionalEmbedding, dy: Array) -> Array:
    shape, offset = self.kept_all()
    expect_shape("LearnedPositionalEmbedding.backward", dy, shape, like="y")
    numbers = np.broadcast_to(offset + np.arange(shape[-2]), shape[:-1])
    np.add.at(self.weight.grad, numbers, dy)
    return dy * 1

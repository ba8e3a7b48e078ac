"""What people really write when they say where a token stands."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.position.position import LearnedPositionalEmbedding, frequencies, rotate, sinusoidal


@misconception(
    "frequencies",
    "Your exponent runs by one from pair to pair where it should run by two: the slowest wave is far too slow.",
    see="Derive",
)
def exponent_by_pairs(width: int, base: float = 10000.0) -> Array:
    return base ** (-np.arange((width + 1) // 2) / width)


@misconception("frequencies", "The sign of your exponent is turned: waves get faster from pair to pair.", see="Derive")
def faster_and_faster(width: int, base: float = 10000.0) -> Array:
    return base ** (np.arange(0, width, 2) / width)


@misconception(
    "sinusoidal", "Sines fill the left half and cosines the right. The paper lets them alternate.", see="Derive"
)
def in_halves(positions: int, width: int, base: float = 10000.0) -> Array:
    angles = np.arange(positions)[:, None] * frequencies(width, base)
    table: Array = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :width]
    return table


@misconception(
    "sinusoidal", "Your first position is one. It is zero: there all sines are 0 and cosines 1.", see="Derive"
)
def counted_from_one(positions: int, width: int, base: float = 10000.0) -> Array:
    return sinusoidal(positions + 1, width, base)[1:]


@misconception(
    "sinusoidal",
    "Sine and cosine have changed places: at position zero your even columns are 1.",
    see="Derive",
)
def cosine_first(positions: int, width: int, base: float = 10000.0) -> Array:
    angles = np.arange(positions)[:, None] * frequencies(width, base)
    table = np.empty((positions, width))
    table[:, 0::2], table[:, 1::2] = np.cos(angles), np.sin(angles[:, : width // 2])
    return table


@misconception("rotate", "You turn the other way round: the sign of the sine is wrong in both members.", see="Derive")
def turned_back(x: Array, angles: Array, interleaved: bool) -> Array:
    return rotate(x, -angles, interleaved)


@misconception(
    "rotate", "You always pair neighbours. Half of the models pair the first half with the second.", see="Break"
)
def always_neighbours(x: Array, angles: Array, interleaved: bool) -> Array:
    return rotate(x, angles, True)


@misconception(
    "rotate",
    "The second member is computed from the first one's new value: you write into what you still have to read.",
    see="Break",
)
def second_from_the_new_first(x: Array, angles: Array, interleaved: bool) -> Array:
    y, half = x.copy(), x.shape[-1] // 2
    first, second = (slice(0, None, 2), slice(1, None, 2)) if interleaved else (slice(0, half), slice(half, None))
    y[..., first] = x[..., first] * np.cos(angles) - x[..., second] * np.sin(angles)
    y[..., second] = y[..., first] * np.sin(angles) + x[..., second] * np.cos(angles)
    return y


@misconception(
    "rotate", "You scale each number by its own cosine and let its partner go: nothing is turned.", see="Derive"
)
def partner_forgotten(x: Array, angles: Array, interleaved: bool) -> Array:
    return rotate(x, angles, interleaved) / 2 + rotate(x, -angles, interleaved) / 2


@misconception(
    "LearnedPositionalEmbedding.forward",
    "You always add the rows from the first on: a text that goes on at an offset is told that it begins again.",
    see="In practice",
)
def offset_ignored(self: LearnedPositionalEmbedding, x: Array, offset: int = 0) -> Array:
    self.keep(x.shape, offset)
    return x + self.weight.value[: x.shape[-2]]


@misconception(
    "LearnedPositionalEmbedding.backward",
    "You average over the sequences. Each of them used the row, so their gradients add up.",
    see="Derive",
)
def averaged_over_sequences(self: LearnedPositionalEmbedding, dy: Array) -> Array:
    shape, offset = self.kept_all()
    self.weight.grad[offset : offset + shape[-2]] += dy.mean(axis=tuple(range(dy.ndim - 2)))
    return dy.copy()


@misconception(
    "LearnedPositionalEmbedding.backward",
    "The gradient is set and not added: a second batch before the step wipes out the first.",
    see="Derive",
)
def gradient_replaced(self: LearnedPositionalEmbedding, dy: Array) -> Array:
    shape, offset = self.kept_all()
    self.weight.grad[offset : offset + shape[-2]] = dy.sum(axis=tuple(range(dy.ndim - 2)))
    return dy.copy()

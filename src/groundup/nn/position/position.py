"""Position: attention sees a set; these say where in the sequence each of its members stands.

    (1)  sinusoidal   PE[t, 2k] = sin(t ωₖ)    PE[t, 2k+1] = cos(t ωₖ)    ωₖ = 10000^(-2k/D)        added to x
    (2)  learned      x + P[t], with a row of P learned for each position
    (3)  rotary       each pair (a, b) of a query or key turned by the angle t ωₖ:
                      (a, b) → (a cos - b sin, a sin + b cos)

A shift by s is a rotation by s ωₖ of each pair of (1), the same at every t. In (3) the product of a query at t with a
key at u depends on t - u alone; its backward is the rotation by the opposite angle.
Pairs in (3): neighbours (2k, 2k+1) when ``interleaved``, as in the paper, or halves (k, k + D/2), as Llama has it.
Axes: T positions, D width, everything in front is batch.
Derivation: lesson.md, "Derive".  Sources: Vaswani et al. (2017), section 3.5; Su et al., RoFormer (2021), section 3.2.
"""

from typing import Any

import numpy as np

from groundup.core import (
    Array,
    Layer,
    Parameter,
    Rng,
    ShapeError,
    expect_features,
    expect_positive,
    expect_shape,
    generator,
)


def frequencies(width: int, base: float = 10000.0) -> Array:
    """(D/2,): ωₖ of Eq. 1, from 1 down to nearly 1/base."""
    return base ** (-np.arange(0, width, 2) / width)


def sinusoidal(positions: int, width: int, base: float = 10000.0) -> Array:
    """(T, D): the table of Eq. 1, in float64; sine in even columns, cosine in odd ones."""
    angles = np.arange(positions)[:, None] * frequencies(width, base)  # (T, ⌈D/2⌉)
    table = np.empty((positions, width))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : width // 2])  # an odd width has a sine more
    return table


def rotate(x: Array, angles: Array, interleaved: bool) -> Array:
    """(..., T, D), (T, D/2) -> (..., T, D), Eq. 3."""
    cos, sin = np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
    half = x.shape[-1] // 2
    first, second = (slice(0, None, 2), slice(1, None, 2)) if interleaved else (slice(0, half), slice(half, None))
    a, b = x[..., first], x[..., second]
    y = np.empty_like(x)
    y[..., first] = a * cos - b * sin
    y[..., second] = a * sin + b * cos
    return y


class SinusoidalPositionalEncoding(Layer):
    """Add Eq. 1 to (..., T, D); nothing is learned. ``offset`` is where the sequence begins, for writing step by step.

    Raises ValueError for sizes below 1, ShapeError for a sequence that is longer than ``max_len``.
    """

    def __init__(self, d_model: int, max_len: int = 5000) -> None:
        expect_positive("SinusoidalPositionalEncoding", d_model=d_model, max_len=max_len)
        self.d_model, self.max_len = d_model, max_len
        self.table = sinusoidal(max_len, d_model)

    def forward(self, x: Array, offset: int = 0) -> Array:
        """(..., T, D) -> (..., T, D)."""
        x = expect_sequence("SinusoidalPositionalEncoding.forward", x, self.d_model, self.max_len, offset)
        self.keep(x.shape)
        return x + self.table[offset : offset + x.shape[-2]].astype(x.dtype)

    def backward(self, dy: Array) -> Array:
        """What is added is a constant."""
        (shape,) = self.kept_all()
        return expect_shape("SinusoidalPositionalEncoding.backward", dy, shape, like="y").copy()


class LearnedPositionalEmbedding(Layer):
    """Add a learned row for each position to (..., T, D), Eq. 2. Key: ``weight`` (max_len, D), drawn from N(0, 0.02²).

    Raises ValueError for sizes below 1, TypeError without ``rng``, ShapeError for a sequence longer than ``max_len``.
    """

    def __init__(self, max_len: int, d_model: int, *, rng: Rng | None = None) -> None:
        expect_positive("LearnedPositionalEmbedding", max_len=max_len, d_model=d_model)
        self.max_len, self.d_model = max_len, d_model
        draw = generator("LearnedPositionalEmbedding", rng)
        self.weight = Parameter(draw.normal(0, 0.02, (max_len, d_model)).astype("float32"))

    def forward(self, x: Array, offset: int = 0) -> Array:
        """(..., T, D) -> (..., T, D)."""
        x = expect_sequence("LearnedPositionalEmbedding.forward", x, self.d_model, self.max_len, offset)
        self.keep(x.shape, offset)
        return x + self.weight.value[offset : offset + x.shape[-2]]

    def backward(self, dy: Array) -> Array:
        """Adds to the rows of the positions that were there, summed over all sequences."""
        shape, offset = self.kept_all()
        expect_shape("LearnedPositionalEmbedding.backward", dy, shape, like="y")
        self.weight.grad[offset : offset + shape[-2]] += dy.sum(axis=tuple(range(dy.ndim - 2)))
        return dy.copy()


class RotaryEmbedding(Layer):
    """Turn queries or keys (..., T, D) by Eq. 3; D is the width of a head and even. Nothing is learned.

    Raises ValueError for an odd width, ShapeError for a sequence longer than ``max_len``.
    """

    def __init__(self, dim: int, max_len: int = 5000, base: float = 10000.0, interleaved: bool = True) -> None:
        expect_positive("RotaryEmbedding", dim=dim, max_len=max_len)
        if dim % 2:
            raise ValueError(f"RotaryEmbedding: expected an even dim, got {dim}; it turns pairs")
        self.dim, self.max_len, self.interleaved = dim, max_len, interleaved
        self.angles = np.arange(max_len)[:, None] * frequencies(dim, base)  # (max_len, D/2)

    def forward(self, x: Array, offset: int = 0) -> Array:
        """(..., T, D) -> (..., T, D), Eq. 3."""
        x = expect_sequence("RotaryEmbedding.forward", x, self.dim, self.max_len, offset)
        self.keep(x.shape, offset)
        return rotate(x, self.angles[offset : offset + x.shape[-2]], self.interleaved)

    def backward(self, dy: Array) -> Array:
        """The other way round: a rotation is undone by its opposite, and that is its transpose."""
        shape, offset = self.kept_all()
        expect_shape("RotaryEmbedding.backward", dy, shape, like="y")
        return rotate(dy, -self.angles[offset : offset + shape[-2]], self.interleaved)


def expect_sequence(who: str, x: Any, width: int, max_len: int, offset: int) -> Array:
    """A float array (..., T, D) that ends before ``max_len``. Raises ShapeError, DtypeError."""
    array = expect_features(who, x, width)
    if array.ndim < 2 or offset < 0 or offset + array.shape[-2] > max_len:
        raise ShapeError(
            f"{who}: expected (..., T, {width}) within {max_len} positions, got {array.shape} from {offset} on"
        )
    return array

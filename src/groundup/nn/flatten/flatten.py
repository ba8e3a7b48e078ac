"""Flatten and Unflatten: the same numbers in the same order, counted along other axes.

    (1)  the number at (c, h, w) of an image (C, H, W) stands at place (c H + h) W + w of its row       row-major order
    (2)  Flatten      (d₀, ..., dₖ) -> (d₀, ..., d_s d_{s+1} ⋯ d_e, ..., dₖ)
    (3)  Unflatten    (d₀, ..., m, ..., dₖ) -> (d₀, ..., a, b, ..., dₖ)        with a b ⋯ = m; one of them may be -1
    (4)  dx = dy in the shape of x                                             for both

The last axis runs fastest, whatever order the numbers have in memory. ``columns_for_channels_last`` rearranges the
weight of a linear layer for rows that were read off as (H, W, C).
Derivation: lesson.md, "Derive".  Source: LeCun, Bottou, Bengio, Haffner, Proceedings of the IEEE 86 (1998), section II.
"""

from collections.abc import Sequence
from math import prod

import numpy as np

from groundup.core import Array, Layer, ShapeError, expect_float, expect_shape

Shape = tuple[int, ...]


def position(index: Sequence[int], shape: Sequence[int]) -> int:
    """Where the number at ``index`` of an array of this shape stands in its row, Eq. 1 for any number of axes."""
    place = 0
    for i, n in zip(index, shape, strict=True):
        place = place * n + i  # every axis that follows multiplies what stands before it
    return place


class Flatten(Layer):
    """Join the axes from ``start_dim`` to ``end_dim`` into one, Eq. 2. A negative axis counts from the end.

    The result shares memory with x where x is contiguous, as a reshape does. No state.

    Raises ShapeError in ``forward`` for an axis that x does not have, and for axes in the wrong order.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        for name, dim in (("start_dim", start_dim), ("end_dim", end_dim)):
            _expect_whole("Flatten", name, dim)
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C H W) by default, Eq. 2."""
        x = expect_float("Flatten.forward", x)
        self.keep(x.shape)
        return x.reshape(flat_shape(x.shape, self.start_dim, self.end_dim))

    def backward(self, dy: Array) -> Array:
        """(N, C H W) -> (N, C, H, W), Eq. 4."""
        (shape,) = self.kept_all()
        expect_shape("Flatten.backward", dy, flat_shape(shape, self.start_dim, self.end_dim), like="y")
        return dy.reshape(shape)  # each number goes back to where it came from


class Unflatten(Layer):
    """Split the axis ``dim`` into ``unflattened_size``, Eq. 3; one size may be -1: what is left over.

    The result shares memory with x where x is contiguous. No state.

    Raises TypeError and ValueError for sizes that are none, ShapeError in ``forward`` where they do not multiply up.
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        _expect_whole("Unflatten", "dim", dim)
        for size in unflattened_size:
            _expect_whole("Unflatten", "unflattened_size", size)
        sizes = tuple(int(size) for size in unflattened_size)
        if not sizes or sizes.count(-1) > 1 or min(sizes) < -1:
            raise ValueError(f"Unflatten: expected sizes of at least 0, one of them -1 at most, got {sizes}")
        self.dim, self.unflattened_size = dim, sizes

    def forward(self, x: Array) -> Array:
        """(N, C H W) -> (N, C, H, W) with dim=1 and unflattened_size=(C, H, W), Eq. 3."""
        x = expect_float("Unflatten.forward", x)
        self.keep(x.shape)
        return x.reshape(split_shape(x.shape, self.dim, self.unflattened_size))

    def backward(self, dy: Array) -> Array:
        """(N, C, H, W) -> (N, C H W), Eq. 4."""
        (shape,) = self.kept_all()
        expect_shape("Unflatten.backward", dy, split_shape(shape, self.dim, self.unflattened_size), like="y")
        return dy.reshape(shape)


def flat_shape(shape: Shape, start_dim: int, end_dim: int) -> Shape:
    """The shape of Eq. 2; a single number, which has no axis, becomes (1,).

    >>> flat_shape((8, 3, 5, 5), 1, -1)
    (8, 75)
    """
    start, end = (_axis("Flatten.forward", shape, dim) for dim in (start_dim, end_dim))
    if start > end:
        raise ShapeError(
            f"Flatten.forward: expected start_dim at or before end_dim, got axes {start} and {end} of shape {shape}; "
            "are they swapped?"
        )
    return (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])


def split_shape(shape: Shape, dim: int, sizes: Shape) -> Shape:
    """The shape of Eq. 3; a size of -1 is what is left of the axis.

    >>> split_shape((8, 75), 1, (3, -1, 5))
    (8, 3, 5, 5)
    """
    axis = _axis("Unflatten.forward", shape, dim)
    length = shape[axis] if shape else 1
    known = prod(size for size in sizes if size != -1)
    left = length // known if known else 0
    found = tuple(left if size == -1 else size for size in sizes)
    if prod(found) != length or (-1 in sizes and not known):
        raise ShapeError(
            f"Unflatten.forward: expected sizes whose product is {length}, the length of axis {axis} of {shape}, "
            f"got {sizes}; is it the shape of another input?"
        )
    return (*shape[:axis], *found, *shape[axis + 1 :])


def columns_for_channels_last(weight: Array, image: tuple[int, int, int]) -> Array:
    """(O, C H W) -> (O, H W C): the same weight for images that were read off as (H, W, C)."""
    return weight.reshape(len(weight), *image).transpose(0, 2, 3, 1).reshape(weight.shape)


def _axis(who: str, shape: Shape, dim: int) -> int:
    """An axis counted from the front. A single number counts as one axis, as in torch."""
    rank = max(len(shape), 1)
    if not -rank <= dim < rank:
        raise ShapeError(f"{who}: expected an axis from {-rank} to {rank - 1}, got {dim} for shape {shape}")
    return dim % rank


def _expect_whole(who: str, name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{who}: expected {name} to be a whole number, got {value!r}")

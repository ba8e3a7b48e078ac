"""Flattening written another way, and just as right."""

from collections.abc import Sequence
from math import prod

import numpy as np

from groundup.core import Array, ShapeError, expect_shape, variant
from groundup.nn.flatten.flatten import Flatten, Shape, flat_shape, position


@variant("position", "each index times what a step along its axis moves by")
def steps_of_each_axis(index: Sequence[int], shape: Sequence[int]) -> int:
    return sum(i * prod(shape[axis + 1 :]) for axis, i in enumerate(index))


@variant("position", "from the last axis to the first, with a step that grows")
def last_axis_first(index: Sequence[int], shape: Sequence[int]) -> int:
    place, step = 0, 1
    for i, n in zip(reversed(index), reversed(shape), strict=True):
        place += i * step
        step *= n
    return place


@variant("position", "number all places and look up the one")
def numbered_places(index: Sequence[int], shape: Sequence[int]) -> int:
    return int(np.arange(prod(shape)).reshape(tuple(shape))[tuple(index)])


def _from_the_front(shape: Shape, start_dim: int, end_dim: int) -> tuple[int, int]:
    rank = max(len(shape), 1)
    start, end = (dim + rank if dim < 0 else dim for dim in (start_dim, end_dim))
    if not 0 <= start <= end < rank:
        raise ShapeError(f"Flatten.forward: expected two axes of {shape} in order, got {start_dim} and {end_dim}")
    return start, end


@variant("flat_shape", "join two neighbours at a time")
def neighbours_joined(shape: Shape, start_dim: int, end_dim: int) -> Shape:
    start, end = _from_the_front(shape, start_dim, end_dim)
    sizes = list(shape) or [1]
    for _ in range(end - start):
        sizes[start] *= sizes.pop(start + 1)
    return tuple(sizes)


@variant("flat_shape", "one walk over all axes that multiplies or appends")
def one_walk(shape: Shape, start_dim: int, end_dim: int) -> Shape:
    start, end = _from_the_front(shape, start_dim, end_dim)
    sizes: list[int] = []
    for axis, n in enumerate(shape or (1,)):
        if start < axis <= end:
            sizes[-1] *= n
        else:
            sizes.append(n)
    return tuple(sizes)


@variant("Flatten.backward", "pour the numbers into an empty image, in order")
def poured_in_order(self: Flatten, dy: Array) -> Array:
    (shape,) = self.kept_all()
    expect_shape("Flatten.backward", dy, flat_shape(shape, self.start_dim, self.end_dim), like="y")
    dx = np.empty(shape, dy.dtype)
    dx.ravel()[:] = dy.ravel()  # a view: dx is new, and contiguous
    return dx


@variant("Flatten.backward", "take each number from its place in the row")
def each_from_its_place(self: Flatten, dy: Array) -> Array:
    (shape,) = self.kept_all()
    row = expect_shape("Flatten.backward", dy, flat_shape(shape, self.start_dim, self.end_dim), like="y").ravel()
    dx = np.zeros(shape, dy.dtype)
    for index in np.ndindex(*shape):
        dx[index] = row[position(index, shape)]
    return dx


@variant("columns_for_channels_last", "number the pixels, move the numbers, pick the columns")
def picked_columns(weight: Array, image: tuple[int, int, int]) -> Array:
    number = np.arange(prod(image)).reshape(image)
    return weight[:, np.moveaxis(number, 0, -1).ravel()]


@variant("columns_for_channels_last", "a block of columns for each channel, dealt in turn")
def dealt_channels(weight: Array, image: tuple[int, int, int]) -> Array:
    turned = np.empty_like(weight)
    for c, block in enumerate(np.split(weight, image[0], axis=1)):
        turned[:, c :: image[0]] = block
    return turned


@variant("columns_for_channels_last", "loops over channels, rows and columns")
def column_by_column(weight: Array, image: tuple[int, int, int]) -> Array:
    channels, height, width = image
    turned = np.zeros(weight.shape, weight.dtype)
    for c, h, w in np.ndindex(*image):
        turned[:, position((h, w, c), (height, width, channels))] = weight[:, position((c, h, w), image)]
    return turned

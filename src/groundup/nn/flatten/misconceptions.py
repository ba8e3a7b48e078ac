"""What people write instead of flattening."""

from collections.abc import Sequence
from math import prod

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.flatten import flatten
from groundup.nn.flatten.flatten import Flatten


@misconception(
    "position",
    "You count down the first axis first, as Fortran does: in row-major order the last axis runs fastest.",
    see="Row-major order",
)
def column_major(index: Sequence[int], shape: Sequence[int]) -> int:
    return flatten.position(index[::-1], shape[::-1])


@misconception(
    "position",
    "Each index is multiplied by the length of its own axis. A step along an axis jumps over what comes after it.",
    see="Row-major order",
)
def own_length(index: Sequence[int], shape: Sequence[int]) -> int:
    return sum(i * n for i, n in zip(index, shape, strict=True))


@misconception(
    "position",
    "You count from 1: the first number of a row stands at place 0.",
    see="Row-major order",
)
def counted_from_one(index: Sequence[int], shape: Sequence[int]) -> int:
    return flatten.position(index, shape) + 1


@misconception(
    "flat_shape",
    "Your end axis is left out: here, unlike in a slice, it is the last of those that become one.",
    see="One axis out of several",
)
def end_left_out(shape: tuple[int, ...], start_dim: int, end_dim: int) -> tuple[int, ...]:
    return (*shape[:start_dim], prod(shape[start_dim:end_dim]), *shape[end_dim:])


@misconception(
    "flat_shape",
    "The axes become one as long as their sum: every pair of indices needs a place of its own.",
    see="One axis out of several",
)
def lengths_added(shape: tuple[int, ...], start_dim: int, end_dim: int) -> tuple[int, ...]:
    return (*shape[:start_dim], sum(shape[start_dim : end_dim + 1]), *shape[end_dim + 1 :])


@misconception(
    "flat_shape",
    "You flatten all the axes behind the first, whatever start and end say.",
    see="One axis out of several",
)
def all_but_the_batch(shape: tuple[int, ...], start_dim: int, end_dim: int) -> tuple[int, ...]:
    return shape[0], prod(shape[1:])


@misconception(
    "Flatten.backward",
    "The gradient goes back with its numbers in another order: you fill the image with the first axis running fastest.",
    see="The way back",
)
def filled_column_major(self: Flatten, dy: Array) -> Array:
    (shape,) = self.kept_all()
    return dy.reshape(shape, order="F")


@misconception(
    "Flatten.backward",
    "The gradient goes out as flat as it came in: the layer below expects the shape of its own output.",
    see="The way back",
)
def still_flat(self: Flatten, dy: Array) -> Array:
    self.kept_all()
    return dy


@misconception(
    "Flatten.backward",
    "You divide by the number of pixels, as if flattening took a mean: every number goes through with the factor 1.",
    see="The way back",
)
def shared_out(self: Flatten, dy: Array) -> Array:
    (shape,) = self.kept_all()
    share: Array = dy.reshape(shape) / prod(shape[1:])
    return share


@misconception(
    "columns_for_channels_last",
    "You give the columns new axes and leave them where they are: reshaping alone moves no number.",
    see="A weight for another order",
)
def reshaped_only(weight: Array, image: tuple[int, int, int]) -> Array:
    c, h, w = image
    return weight.reshape(len(weight), h, w, c).reshape(weight.shape)


@misconception(
    "columns_for_channels_last",
    "You go the other way: your columns are taken for (H, W, C) and brought into (C, H, W).",
    see="A weight for another order",
)
def the_other_way(weight: Array, image: tuple[int, int, int]) -> Array:
    c, h, w = image
    return weight.reshape(len(weight), h, w, c).transpose(0, 3, 1, 2).reshape(weight.shape)


@misconception(
    "columns_for_channels_last",
    "Rows and columns of the image have changed places as well: you turn all the axes round instead of moving one.",
    see="A weight for another order",
)
def turned_round(weight: Array, image: tuple[int, int, int]) -> Array:
    return np.moveaxis(weight.reshape(len(weight), *image), 1, 3).swapaxes(1, 2).reshape(weight.shape)

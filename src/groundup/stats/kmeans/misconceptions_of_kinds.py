"""Fast and wrong: what people write when all distances have to come at once."""

import numpy as np

from groundup.core import Array, misconception


def _expanded(x: Array, centres: Array, times: int = 2) -> Array:
    squares: Array = (x**2).sum(axis=1)[:, None] - times * x @ centres.T + (centres**2).sum(axis=1)
    return np.maximum(squares, 0)


@misconception(
    "distances",
    "Far from zero your squares are large and nearly equal, and in float32 their difference has few digits left.",
    see="Derive",
)
def nothing_moved(x: Array, centres: Array) -> Array:
    return _expanded(x, centres)


@misconception(
    "distances",
    "You moved the points and left the centres where they were: distances stay as they are only if both move.",
    see="Derive",
)
def points_moved_alone(x: Array, centres: Array) -> Array:
    return _expanded(x - centres.mean(axis=0), centres)


@misconception(
    "distances",
    "Points and centres are each moved by a mean of their own. It has to be the same for both.",
    see="Derive",
)
def each_by_its_own_mean(x: Array, centres: Array) -> Array:
    return _expanded(x - x.mean(axis=0), centres - centres.mean(axis=0))


@misconception(
    "distances",
    "The product of point and centre comes in once where expanding the square brings it twice.",
    see="Derive",
)
def product_once(x: Array, centres: Array) -> Array:
    origin = centres.mean(axis=0)
    return _expanded(x - origin, centres - origin, times=1)

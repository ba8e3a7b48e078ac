"""Other fast ways to all distances."""

import numpy as np

from groundup.core import Array, variant


@variant("distances", "the squared lengths ride in the product, beside a column of ones")
def one_product(x: Array, centres: Array) -> Array:
    x, centres = x - x[0], centres - x[0]
    one = np.ones((1, 1), x.dtype)
    left = np.hstack([x, (x * x).sum(axis=1, keepdims=True), one.repeat(len(x), axis=0)])
    right = np.hstack([-2 * centres, one.repeat(len(centres), axis=0), (centres * centres).sum(axis=1, keepdims=True)])
    squares: Array = left @ right.T
    return squares.clip(min=0)


@variant("distances", "around the middle of the points, lengths by np.linalg.norm")
def around_the_points(x: Array, centres: Array) -> Array:
    middle = x.mean(axis=0)
    points, corners = x - middle, centres - middle
    lengths = np.square(np.linalg.norm(points, axis=1))[:, np.newaxis]
    squares: Array = lengths - points @ (2 * corners.T) + np.square(np.linalg.norm(corners, axis=1))
    return np.where(squares > 0, squares, np.zeros((), x.dtype))


@variant("distances", "in float64, which has digits enough")
def with_more_digits(x: Array, centres: Array) -> Array:
    points, corners = x.astype(np.float64), centres.astype(np.float64)
    squares = (points**2).sum(axis=1)[:, None] - 2 * points @ corners.T + (corners**2).sum(axis=1)
    narrow: Array = np.maximum(squares, 0).astype(x.dtype)
    return narrow

"""Other right answers to the exercise that tests softmax."""

import math
from collections.abc import Callable

import numpy as np

from groundup.core import Array, variant


@variant("check_values", "scores that are logarithms, so that the shares are known")
def known_shares(softmax: Callable[..., Array]) -> None:
    weights = np.array([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0], [6.0, 1.0, 3.0]])
    np.testing.assert_allclose(softmax(np.log(weights)), weights / [[8], [8], [10]])
    np.testing.assert_allclose(softmax(np.log(weights), 0), weights / [10, 6, 10])
    np.testing.assert_allclose(softmax(np.log([1.0, 3.0])), [0.25, 0.75])


@variant("check_values", "properties alone: sums, ratios, rows that do not see each other")
def properties(softmax: Callable[..., Array]) -> None:
    x = np.random.default_rng(3).standard_normal((4, 4))
    for axis in (0, 1):
        shares = softmax(x, axis)
        np.testing.assert_allclose(shares.sum(axis=axis), 1)
        np.testing.assert_allclose(np.diff(np.log(shares), axis=axis), np.diff(x, axis=axis))
        np.testing.assert_allclose(softmax(x + 2, axis), shares)
    np.testing.assert_allclose(softmax(x)[1], softmax(x[1:2])[0])


@variant("check_extremes", "shifted by much, in a batch of rows that are far apart")
def shifted_by_much(softmax: Callable[..., Array]) -> None:
    x = np.array([[0.0, 1.0, 3.0], [2.0, 2.0, 0.0]])
    want = softmax(x)
    with np.errstate(all="ignore"):
        got = softmax(x + np.array([[5000.0], [-5000.0]]))
    assert np.isfinite(got).all()
    assert np.abs(got - want).max() < 1e-9
    assert math.isclose(got.sum(), 2)

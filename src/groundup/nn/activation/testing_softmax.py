"""Checks for a softmax: what would you ask of one that a stranger wrote?

Each function below is given a function ``softmax(x, axis=-1)`` and raises AssertionError where something is wrong
with it. Some mistakes show in one row of numbers; others need several rows, an axis that is not the last, or scores
that no exponential survives.
"""

import math
from collections.abc import Callable

import numpy as np

from groundup.core import Array


def check_values(softmax: Callable[..., Array]) -> None:
    """Complain where the shares of small scores are wrong, along whichever axis they are asked for."""
    rng = np.random.default_rng(0)
    for shape, axis in (((1, 4), -1), ((3, 3), 0), ((3, 3), 1), ((2, 3, 4), 1), ((5,), 0)):
        x = rng.standard_normal(shape)
        shares = softmax(x.copy(), axis)
        assert shares.shape == shape
        rows, given = np.moveaxis(x, axis, -1), np.moveaxis(shares, axis, -1)
        for place in np.ndindex(rows.shape[:-1]):
            powers = [math.exp(score) for score in rows[place]]
            np.testing.assert_allclose(given[place], [power / sum(powers) for power in powers], rtol=1e-9)
    x = rng.standard_normal((2, 3))
    np.testing.assert_allclose(softmax(x), softmax(x, 1))


def check_extremes(softmax: Callable[..., Array]) -> None:
    """Complain where scores are large, far apart, or of another dtype, and the shares no longer make sense."""
    x = np.array([[1000.0, 999.0], [-1000.0, -1001.0], [3.0, 2.0]])
    before = x.copy()
    with np.errstate(all="ignore"):
        shares = softmax(x)
        np.testing.assert_allclose(shares, np.tile([math.e, 1.0], (3, 1)) / (math.e + 1))
    np.testing.assert_array_equal(x, before)
    assert softmax(x.astype(np.float32)).dtype == np.float32

"""Intervals: what the same measurement on other rows of the same kind would have given.

    (1)  AUCₖ - true ≈ Σᵢ uᵢₖ,   uᵢₖ = (share of the rest below sᵢ - AUCₖ) / n₁     for i in class k
                                 uᵢₖ = (share of class k above sᵢ - AUCₖ) / n₀       for i in the rest
    (2)  var AUC = Σᵢ uᵢ² with nₖ - 1 for one nₖ, uᵢ the mean of uᵢₖ over the classes       AUC ± z √var
    (3)  draw N rows with replacement, measure, B times; the quantiles α/2 and 1 - α/2      bootstrap, percentile
    (4)  p = min(1, 2 P(X <= min(b, c))),   X binomial(b + c, 1/2)                          McNemar, exact

In (4) b and c count the rows that one of two classifiers alone has right. Shares have wilson_interval in metrics.py.
Sources: (1), (2) DeLong, DeLong and Clarke-Pearson, Biometrics 1988, through ranks as Sun and Xu, 2014; (3) Efron 1979;
(4) McNemar 1947, Edwards 1948.
"""

from collections.abc import Callable
from itertools import accumulate
from math import sqrt
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, Rng, ShapeError, expect_in, expect_labels, expect_positive, generator
from groundup.train.metrics.metrics import expect_both, expect_rows, midranks, normal_quantile, roc_auc

Rows = np.ndarray[tuple[int, ...], np.dtype[Any]]


def auc_interval(y: IntArray, score: Array, level: float = 0.95) -> tuple[float, float]:
    """DeLong's interval of ``roc_auc``, Eq. 2, cut off at 0 and 1; scores (N,), or (N, K) against the rest.

    An AUC of exactly 1 gets no width: no pair of these rows says how one could be lost. Raises ShapeError, ValueError.
    """
    z, area = normal_quantile("auc_interval", level), roc_auc(y, score)
    if score.ndim == 1:
        moves = _moves(y, score)
    else:
        each = [_moves((y == k).astype(np.int64), column) for k, column in enumerate(score.T)]
        moves = np.mean(each, axis=0)
    half = z * sqrt(float((moves**2).sum()))
    return max(area - half, 0.0), min(area + half, 1.0)


def _moves(y: IntArray, score: Array) -> Array:
    """How far each row (N,) moves the AUC from the true one, Eq. 1, scaled for the n - 1 of Eq. 2."""
    labels, s = expect_both("auc_interval", y, score)
    ranks, moves = midranks(s), np.empty(len(s))
    for kind, others in ((labels == 1, labels == 0), (labels == 0, labels == 1)):
        n, m = int(kind.sum()), int(others.sum())
        if n < 2:
            raise ValueError("auc_interval: expected two rows or more of each kind, got one; one shows no spread")
        below = (ranks[kind] - midranks(s[kind])) / m  # share of the others that each beats
        moves[kind] = (below - below.mean()) / sqrt(n * (n - 1))
        if not labels[kind][0]:
            moves[kind] *= -1  # a high score is a gain in class 1, and a loss in the rest
    return moves


def bootstrap_interval(
    metric: Callable[..., float],
    *arrays: Rows,
    rng: Rng,
    resamples: int = 1000,
    level: float = 0.95,
    strata: IntArray | None = None,
) -> tuple[float, float]:
    """Percentile interval, Eq. 3, of ``metric(*arrays)`` over rows, which stay together across the arrays.

    ``strata`` (N,) keeps the number of rows of each label: for a metric that needs every class. Raises ShapeError for
    lengths that differ, ValueError for no rows.
    """
    who, draw = "bootstrap_interval", generator("bootstrap_interval", rng)
    expect_positive(who, resamples=resamples)
    tail = (1 - expect_in(who, "level", level, 0.01, 0.9999)) / 2
    groups = _groups(who, arrays, strata)
    values = np.empty(resamples)
    for i in range(resamples):
        rows = np.concatenate([draw.choice(group, len(group)) for group in groups])
        values[i] = metric(*(array[rows] for array in arrays))
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _groups(who: str, arrays: tuple[Rows, ...], strata: IntArray | None) -> list[IntArray]:
    """Row numbers, all together or by stratum."""
    lengths = [len(array) for array in (*arrays, *(() if strata is None else (strata,)))]
    if len(set(lengths)) != 1:
        raise ShapeError(f"{who}: expected arrays of one length, got {lengths}; a row has a place in each")
    expect_rows(who, lengths[0])
    return [np.arange(lengths[0])] if strata is None else [np.flatnonzero(strata == k) for k in np.unique(strata)]


def mcnemar(y: IntArray, first: IntArray, second: IntArray) -> tuple[int, int, float]:
    """Rows (N,) that only the first has right, that only the second has right, and the p-value of Eq. 4.

    A small p says that classifiers of equal skill would seldom differ so much on these rows. Raises ShapeError,
    ValueError.
    """
    expect_rows("mcnemar", len(y))
    classes = 1 + max(int(labels.max(initial=0)) for labels in (y, first, second))
    one, two = (expect_labels("mcnemar", labels, len(y), classes) == y for labels in (first, second))
    only_first, only_second = int((one & ~two).sum()), int((two & ~one).sum())
    n = only_first + only_second
    binomials = accumulate(range(min(only_first, only_second)), lambda c, k: c * (n - k) // (k + 1), initial=1)
    return only_first, only_second, min(1.0, 2 * sum(binomials) / 2**n)  # whole numbers: exact for any n

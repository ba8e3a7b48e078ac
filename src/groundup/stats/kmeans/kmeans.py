"""K-means: K points that stand for N, each for the rows that are nearest to it.

    (1)  J = Σₙ ‖xₙ - µ_c(n)‖²                          inertia: what is made small
    (2)  c(n) = argminₖ ‖xₙ - µₖ‖²                      given the centres, the best labels
    (3)  µₖ = mean of the xₙ with c(n) = k              given the labels, the best centres
    (4)  ‖x - µ‖² = ‖x‖² - 2 x·µ + ‖µ‖²                 one matrix product for all pairs
    (5)  P(next centre = xₙ) = Dₙ² / Σₘ Dₘ²             k-means++, Dₙ the distance to the nearest centre so far

Eqs. 2 and 3 in turn (Lloyd's algorithm) never raise J, and stop at a minimum that depends on where they began; Eq. 5 is
where to begin. N rows, F features, K centres.
Derivation: lesson.md, "Derive".  Sources: Lloyd, IEEE Trans. Information Theory 28 (1982); Arthur and Vassilvitskii,
SODA 2007.
"""

from dataclasses import dataclass

import numpy as np

from groundup.core import Array, IntArray


def squared_distances(x: Array, centres: Array) -> Array:
    """(N, F), (K, F) -> (N, K), Eq. 4; what rounding makes negative is zero."""
    cross = x @ centres.T  # (N, K)
    squares: Array = (x**2).sum(axis=1)[:, None] - 2 * cross + (centres**2).sum(axis=1)
    return np.maximum(squares, 0)


def nearest(x: Array, centres: Array) -> IntArray:
    """(N, F), (K, F) -> (N,), Eq. 2: the place of the nearest centre, the first of several."""
    labels: IntArray = squared_distances(x, centres).argmin(axis=1)
    return labels


def means(x: Array, labels: IntArray, centres: Array) -> Array:
    """(N, F), (N,), (K, F) -> (K, F), Eq. 3; a centre that nobody chose stays where it was."""
    moved = centres.copy()
    for k in range(len(centres)):
        mine = x[labels == k]
        if len(mine):
            moved[k] = mine.mean(axis=0)
    return moved


def inertia(x: Array, labels: IntArray, centres: Array) -> float:
    """J of Eq. 1."""
    return float(((x - centres[labels]) ** 2).sum())


def plus_plus(x: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    """(N, F) -> (K, F), Eq. 5: rows that are far from each other, drawn; the first from all alike."""
    chosen = [int(rng.integers(len(x)))]
    d2 = squared_distances(x, x[chosen])[:, 0]
    while len(chosen) < n_clusters:
        total = d2.sum()
        p = d2 / total if total > 0 else None  # every row is a centre already: any will do
        chosen.append(int(rng.choice(len(x), p=p)))
        d2 = np.minimum(d2, squared_distances(x, x[chosen[-1:]])[:, 0])
    return x[chosen].copy()


@dataclass(frozen=True)
class Fit:
    """Where Lloyd's algorithm came to rest."""

    centres: Array
    labels: IntArray
    inertia: float
    steps: int


def lloyd(x: Array, centres: Array, max_iter: int, tol: float) -> Fit:
    """Eqs. 2 and 3 in turn until the centres move by less than ``tol`` in all (squared), or ``max_iter`` times."""
    for step in range(1, max_iter + 1):  # noqa: B007  the count is part of the result
        moved = means(x, nearest(x, centres), centres)
        shift, centres = float(((moved - centres) ** 2).sum()), moved
        if shift <= tol:
            break
    labels = nearest(x, centres)
    return Fit(centres, labels, inertia(x, labels, centres), step)

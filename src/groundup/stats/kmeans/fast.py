"""Lloyd's algorithm, as the library uses it: both equations as matrix products over blocks that stay in cache.

The plain form makes an (N, K) array of distances, reads it again to find the nearest, and walks over the rows once for
each centre. Here a block of rows, one column each, goes through all of it before the next is touched: one product gives
what Eq. 4 has to compare (‖x‖² is the same for all centres and left out), the nearest are marked by ones, and the
product of the marks with the block is Eq. 3's sums. A line of ones carries ‖µ‖² into the first product and the counts
out of the second. Beside scikit-learn's compiled loop: about as fast in float64, faster in float32 (make bench).
"""

from collections.abc import Iterable

import numpy as np

from groundup.core import Array
from groundup.stats.kmeans.kmeans import Fit, inertia

BLOCK = 2048  # rows


def lloyd(x: Array, centres: Array, max_iter: int, tol: float) -> Fit:
    """As the plain ``lloyd``; equal to it up to rounding."""
    blocks = [_columns(x[start : start + BLOCK]) for start in range(0, len(x), BLOCK)]
    for step in range(1, max_iter + 1):  # noqa: B007  the count is part of the result
        sums = _sums(blocks, centres)
        if sums[:, -1].sum() != len(x):  # some row marked two centres that are equally near
            sums = _sums(blocks, centres, tied=True)
        moved = _means(sums, centres)
        shift, centres = float(((moved - centres) ** 2).sum()), moved
        if shift <= tol:
            break
    labels = np.concatenate([(_weights(centres) @ block).argmin(axis=0) for block in blocks])
    parts = (slice(start, start + BLOCK) for start in range(0, len(x), BLOCK))
    return Fit(centres, labels, sum(inertia(x[part], labels[part], centres) for part in parts), step)


def _columns(rows: Array) -> Array:
    """(B, F) -> (F + 1, B): the rows as columns over a line of ones."""
    return np.ascontiguousarray(np.vstack([rows.T, np.ones((1, len(rows)), rows.dtype)]))


def _weights(centres: Array) -> Array:
    """(K, F + 1): -2µ and ‖µ‖², so that a product with (x, 1) is ‖µ‖² - 2 x·µ."""
    return np.hstack([-2 * centres, (centres**2).sum(axis=1, keepdims=True)])


def _sums(blocks: Iterable[Array], centres: Array, *, tied: bool = False) -> Array:
    """(K, F + 1): for each centre the sum of its rows, and their number. ``tied`` counts a row once, for the first."""
    weights = _weights(centres)
    sums = np.zeros_like(weights)
    scores, marks = np.empty((2, len(centres), BLOCK), centres.dtype)
    for block in blocks:
        s, m = scores[:, : block.shape[1]], marks[:, : block.shape[1]]
        np.matmul(weights, block, out=s)  # (K, F + 1) @ (F + 1, B)
        np.equal(s, s.min(axis=0), out=m, casting="unsafe")
        if tied:
            m *= m.cumsum(axis=0) == 1
        sums += m @ block.T  # (K, B) @ (B, F + 1)
    return sums


def _means(sums: Array, centres: Array) -> Array:
    """Eq. 3; a centre that nobody chose stays where it was."""
    counts = sums[:, -1:]
    moved: Array = np.where(counts > 0, sums[:, :-1] / np.maximum(counts, 1), centres)
    return moved

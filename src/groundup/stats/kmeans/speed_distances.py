"""Make it fast: the squared distances of thousands of points to all centres, in float32 and far from zero.

    (1)  Dₙₖ = ‖xₙ - µₖ‖²          for each of N points and each of K centres

``pair_by_pair`` is right and slow: NumPy is called for each pair. An array of all N K F differences is right as well,
and spends its time on memory. Expanding the square needs far less of both; but where points lie far from zero it
subtracts large numbers from each other, and float32 has seven digits. Distances do not change when everything is moved.
"""

import numpy as np

from groundup.core import Array


def pair_by_pair(x: Array, centres: Array) -> Array:
    """(N, F), (K, F) -> (N, K), Eq. 1, one pair after another."""
    return np.array([[((row - centre) ** 2).sum() for centre in centres] for row in x], dtype=x.dtype)


def distances(x: Array, centres: Array) -> Array:
    """(N, F), (K, F) -> (N, K), Eq. 1, in the dtype of ``x``: the same as ``pair_by_pair``, many times faster."""
    origin = centres.mean(axis=0)
    x, centres = x - origin, centres - origin  # among the centres all numbers are as small as they can be
    squares: Array = np.einsum("nf,nf->n", x, x)[:, None] + np.einsum("kf,kf->k", centres, centres)
    squares -= 2 * (x @ centres.T)  # (N, F) @ (F, K)
    return np.maximum(squares, 0, out=squares)

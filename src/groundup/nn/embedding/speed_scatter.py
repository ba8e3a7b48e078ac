"""Make it fast: what a lookup sends back to the rows of its table, where most rows were read many times.

    (1)  dW[v] = Σ dY[n] over all n with ids[n] = v

``row_by_row`` is right and slow: Python adds one row after another. That an id comes up again and again is the rule in
a text, and the reason why ``dW[ids] += dY`` will not do.
"""

import numpy as np

from groundup.core import Array, IntArray


def row_by_row(ids: IntArray, dy: Array, rows: int) -> Array:
    """(N,), (N, D) -> (rows, D), Eq. 1, one id after another; zeros where an id never came up."""
    dw = np.zeros((rows, dy.shape[1]), dy.dtype)
    for v, d in zip(ids, dy, strict=True):
        dw[v] += d
    return dw


def scatter(ids: IntArray, dy: Array, rows: int) -> Array:
    """(N,), (N, D) -> (rows, D), Eq. 1, in the dtype of ``dy``: the same as ``row_by_row``, many times faster."""
    width = dy.shape[1]
    places = ids[:, None] * width + np.arange(width)  # (N, D): where each number goes in a flat table
    dw = np.zeros(rows * width, dy.dtype)
    np.add.at(dw, places.reshape(-1), dy.reshape(-1))
    return dw.reshape(rows, width)

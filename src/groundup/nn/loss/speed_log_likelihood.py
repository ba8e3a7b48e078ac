"""Make it fast: the log-likelihood of the labels, for a batch of a few thousand rows.

    (1)  lₙ = log Σₖ exp(zₙₖ) - zₙₜ    with t the label of row n; no overflow for any finite z

``row_by_row`` is right and slow: Python does the work of each number. NumPy can do a whole batch in a few calls.
"""

from math import exp, log

import numpy as np

from groundup.core import Array, IntArray


def row_by_row(pred: Array, target: IntArray) -> Array:
    """(N, K), (N,) -> (N,), Eq. 1, one number after another."""
    losses = []
    for row, label in zip(pred.tolist(), target.tolist(), strict=True):
        top = max(row)
        losses.append(top + log(sum(exp(z - top) for z in row)) - row[label])
    return np.array(losses, dtype=pred.dtype)


def log_likelihood(pred: Array, target: IntArray) -> Array:
    """(N, K), (N,) -> (N,), Eq. 1, in the dtype of ``pred``: the same as ``row_by_row``, many times faster."""
    z = pred - pred.max(axis=1, keepdims=True)
    wanted = z[np.arange(len(z)), target]
    losses: Array = np.log(np.exp(z).sum(axis=1)) - wanted
    return losses

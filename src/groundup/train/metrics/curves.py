"""Curves: what a model does at every threshold at once.

    (1)  at threshold t   TPR = #{y = 1, s >= t} / n₁     FPR = #{y = 0, s >= t} / n₀         the ROC curve
    (2)  AP = Σᵢ (Rᵢ - Rᵢ₋₁) Pᵢ                                                  over the thresholds, high to low

The area under (1) is Eq. 4 of metrics.py. Source: Fawcett, "An introduction to ROC analysis", 2006.
"""

import numpy as np

from groundup.core import Array, IntArray
from groundup.train.metrics.metrics import expect_both


def _cuts(y: IntArray, score: Array) -> tuple[IntArray, IntArray, Array]:
    """Rows of class 1 and of class 0 at or above each distinct score, and these scores, from the highest down."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(y) - 1)  # equal scores cannot be cut apart
    found = y[order].cumsum()[ends]
    return found, ends + 1 - found, score[order][ends]


def roc_curve(y: IntArray, score: Array) -> tuple[Array, Array, Array]:
    """FPR, TPR and threshold of each cut, Eq. 1, from the (0, 0) of an infinite threshold. Raises as roc_auc does."""
    labels, s = expect_both("roc_curve", y, score)
    found, alarms, thresholds = _cuts(labels, s)
    tpr, fpr = (np.append(0, counts) / counts[-1] for counts in (found, alarms))
    return fpr, tpr, np.append(np.inf, thresholds)


def average_precision(y: IntArray, score: Array) -> float:
    """The area under precision by recall as steps, Eq. 2; that of random scores is the share of class 1."""
    labels, s = expect_both("average_precision", y, score)
    found, alarms, _ = _cuts(labels, s)
    gained = np.diff(found, prepend=0) / found[-1]
    return float((gained * found / (found + alarms)).sum())

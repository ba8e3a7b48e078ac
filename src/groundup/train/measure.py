"""How good: accuracy and the confusion matrix."""

import numpy as np

from groundup.core import Array, IntArray, expect_labels


def class_accuracy(logits: Array, y: IntArray) -> float:
    """Share of rows (N, K) whose largest logit stands at the label (N,)."""
    return float((logits.argmax(axis=1) == y).mean())


def binary_accuracy(logits: Array, y: Array) -> float:
    """Share of logits (N, 1) whose sign agrees with the target 0 or 1, (N, 1)."""
    return float(((logits > 0) == (y > 0.5)).mean())


def confusion(y: IntArray, predicted: IntArray, classes: int) -> IntArray:
    """(K, K) counts: row the true class, column the predicted one."""
    y, predicted = (expect_labels("confusion", labels, len(y), classes) for labels in (y, predicted))
    counts = np.bincount(y * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)

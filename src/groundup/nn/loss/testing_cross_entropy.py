"""Checks for the cross-entropy of logits: what would you ask of one that a stranger wrote?

Each function below is given a class ``CrossEntropyLoss`` and raises AssertionError where something is wrong with it.
The right answers are easy to know without writing it: uniform logits, certain logits, finite differences.
"""

import numpy as np

from groundup.core import Array


def check_values(CrossEntropyLoss: type) -> None:
    """Complain where the loss itself is wrong: its values, its mean, its weights, its range, its shape."""
    rng = np.random.default_rng(0)
    pred, target = rng.standard_normal((5, 3)), np.array([0, 2, 1, 1, 0])
    shifted = pred - pred.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    each = -log_p[np.arange(5), target]
    np.testing.assert_allclose(CrossEntropyLoss()(pred, target), each.mean())
    np.testing.assert_allclose(CrossEntropyLoss(reduction="none")(pred, target), each)
    np.testing.assert_allclose(CrossEntropyLoss(reduction="sum")(pred, target), each.sum())
    np.testing.assert_allclose(CrossEntropyLoss()(1000 * pred, target), -(1000 * shifted)[np.arange(5), target].mean())
    weight = np.array([1.0, 2.0, 5.0])
    weighted = (weight[target] * each).sum() / weight[target].sum()
    np.testing.assert_allclose(CrossEntropyLoss(weight=weight)(pred, target), weighted)
    ignored = np.array([0, -100, 1, -100, 0])
    np.testing.assert_allclose(CrossEntropyLoss()(pred, ignored), _mean(log_p, ignored))
    soft = 0.9 * each - 0.1 * log_p.mean(axis=1)
    np.testing.assert_allclose(CrossEntropyLoss(label_smoothing=0.1)(pred, target), soft.mean())


def check_gradient(CrossEntropyLoss: type) -> None:
    """Complain where backward is not the slope of forward, for a mean and for weights with an upstream of its own."""
    rng = np.random.default_rng(1)
    pred, target = rng.standard_normal((4, 3)), np.array([2, 0, -100, 1])
    for options in ({}, {"reduction": "sum"}, {"weight": np.array([1.0, 3.0, 0.5])}, {"label_smoothing": 0.2}):
        loss = CrossEntropyLoss(**options)
        loss(pred, target)
        before = pred.copy()
        gradient = loss.backward(1.7)
        for place in np.ndindex(pred.shape):
            step = np.zeros_like(pred)
            step[place] = 1e-6
            slope = (loss(pred + step, target) - loss(pred - step, target)) / 2e-6
            np.testing.assert_allclose(gradient[place], 1.7 * slope, atol=1e-6)
        np.testing.assert_array_equal(pred, before)
    assert gradient.dtype == np.float64


def _mean(log_p: Array, target: Array) -> float:
    """The mean of -log p over the rows that count."""
    rows = np.flatnonzero(target >= 0)
    return float(-log_p[rows, target[rows]].mean())

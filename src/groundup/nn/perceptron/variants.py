"""The perceptron written another way, and just as right."""

import math

import numpy as np

from groundup.core import Array, IntArray, Rng, variant
from groundup.nn.perceptron.perceptron import Perceptron


@variant("Perceptron.decision", "a sum over the inputs in place of a product")
def summed_products(self: Perceptron, x: Array) -> Array:
    return np.asarray((x * self.weight).sum(axis=-1) + self.bias)


@variant("Perceptron.decision", "the bias as the weight of an input that is always 1")
def with_a_one(self: Perceptron, x: Array) -> Array:
    ones = np.ones((*x.shape[:-1], 1))
    scores: Array = np.einsum("...i,i->...", np.concatenate([x, ones], axis=-1), np.append(self.weight, self.bias))
    return scores


@variant("Perceptron.predict", "a truth value made a sign")
def doubled_truth(self: Perceptron, x: Array) -> IntArray:
    return 2 * (self.decision(x) > 0).astype(np.int64) - 1


@variant("Perceptron.predict", "all -1, and the positive side overwritten")
def overwritten(self: Perceptron, x: Array) -> IntArray:
    scores = self.decision(x)
    labels = -np.ones(scores.shape, dtype=np.int64)
    labels[scores > 0] = 1
    return labels


@variant("Perceptron.update", "in place, the case of a mistake first")
def changed_in_place(self: Perceptron, x: Array, y: float) -> bool:
    mistake = bool((float(x @ self.weight) + self.bias) * y <= 0)
    if mistake:
        self.weight += self.lr * y * x
        self.bias += self.lr * y
    return mistake


@variant("Perceptron.update", "a step that is nothing for a row on its right side")
def step_of_nothing(self: Perceptron, x: Array, y: float) -> bool:
    mistake = bool(np.sign(self.decision(x)) != np.sign(y))  # the sign of 0 is that of no label
    step = self.lr * float(y) * mistake
    self.weight, self.bias = self.weight + step * x, self.bias + step
    return mistake


@variant("Perceptron.fit", "a while loop over reordered rows, and a count")
def while_not_converged(self: Perceptron, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None) -> object:
    draw = None if rng is None else np.random.default_rng(rng)
    self.mistakes_per_epoch = []
    while self.epochs_run < epochs and not self.converged:
        order = np.arange(len(x)) if draw is None else draw.permutation(len(x))
        mistakes = 0
        for row, label in zip(x[order], y[order], strict=True):
            if self.update(row, label):
                mistakes += 1
        self.mistakes_per_epoch.append(mistakes)
    return self


@variant("Perceptron.fit", "the record made aside and handed over at the end; the rule written out")
def with_the_rule_inside(self: Perceptron, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None) -> object:
    draw = np.random.default_rng(rng)
    record: list[int] = []
    for _ in range(epochs):
        record.append(0)
        for n in range(len(x)) if rng is None else draw.permutation(len(x)):
            if y[n] * (self.weight @ x[n] + self.bias) <= 0:
                self.weight = self.weight + self.lr * y[n] * x[n]
                self.bias += self.lr * float(y[n])
                record[-1] += 1
        if record[-1] == 0:
            break
    self.mistakes_per_epoch = record
    return self


@variant("mistake_bound", "the bias as a weight, and Eq. 3 by its lengths")
def radius_and_margin(x: Array, y: IntArray, weight: Array, bias: float) -> float:
    rows, w = np.column_stack([x, np.ones(len(x))]), np.append(weight, bias)
    margin = (y * (rows @ w)).min() / np.linalg.norm(w)
    if margin <= 0:
        raise ValueError(f"mistake_bound: expected every row on its right side, got a margin of {margin:g}")
    return float((np.linalg.norm(rows, axis=1).max() / margin) ** 2)


@variant("mistake_bound", "loops over rows in plain numbers")
def row_by_row(x: Array, y: IntArray, weight: Array, bias: float) -> float:
    length = math.hypot(*weight.tolist(), bias)
    radius, margin = 0.0, math.inf
    for row, label in zip(x.tolist(), y.tolist(), strict=True):
        radius = max(radius, math.hypot(*row, 1.0))
        score = sum(w * number for w, number in zip(weight.tolist(), row, strict=True))
        margin = min(margin, label * (score + bias) / length)
    if margin <= 0:
        raise ValueError(f"mistake_bound: expected every row on its right side, got a margin of {margin:g}")
    return (radius / margin) ** 2

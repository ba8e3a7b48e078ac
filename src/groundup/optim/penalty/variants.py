"""Penalties written another way, and just as right."""

import numpy as np

from groundup.core import Array, variant
from groundup.optim.penalty.penalty import Penalty, soft_threshold


@variant("Penalty.__call__", "one long vector and NumPy's norms")
def norms_of_one_vector(self: Penalty) -> float:
    w = np.concatenate([p.value.ravel() for p in self.parameters])
    return float(self.l1 * np.linalg.norm(w, 1) + self.l2 / 2 * np.linalg.norm(w) ** 2)


@variant("Penalty.__call__", "entry by entry")
def price_of_each_entry(self: Penalty) -> float:
    total = 0.0
    for parameter in self.parameters:
        for w in parameter.value.flat:
            total += self.l1 * abs(float(w)) + 0.5 * self.l2 * float(w) ** 2
    return total


@variant("Penalty.__call__", "dot products: with the sign, and with itself")
def dot_products(self: Penalty) -> float:
    each = [
        self.l1 * np.vdot(np.sign(p.value), p.value) + self.l2 * np.vdot(p.value, p.value) / 2 for p in self.parameters
    ]
    return float(np.sum(each))


@variant("Penalty.backward", "the sign by two comparisons")
def sign_by_comparisons(self: Penalty) -> None:
    for parameter in self.parameters:
        w = parameter.value
        parameter.grad += self.l2 * w
        parameter.grad[w > 0] += self.l1
        parameter.grad[w < 0] -= self.l1


@variant("Penalty.backward", "the value over its size, written back")
def value_over_size(self: Penalty) -> None:
    for parameter in self.parameters:
        size = np.abs(parameter.value)
        sign = parameter.value / np.where(size == 0, 1, size)
        parameter.grad[...] = parameter.grad + (self.l1 * sign + self.l2 * parameter.value)


@variant("soft_threshold", "what is cut off is taken away")
def less_what_is_cut_off(w: Array, threshold: float) -> Array:
    return w - np.clip(w, -threshold, threshold)


@variant("soft_threshold", "two ramps")
def two_ramps(w: Array, threshold: float) -> Array:
    return np.array(np.maximum(w - threshold, 0) - np.maximum(-w - threshold, 0))


@variant("soft_threshold", "three pieces")
def three_pieces(w: Array, threshold: float) -> Array:
    return np.where(w > threshold, w - threshold, np.where(w < -threshold, w + threshold, 0))


@variant("Penalty.shrink", "the division first")
def divided_first(self: Penalty, lr: float) -> None:
    share = 1 / (1 + lr * self.l2)
    for parameter in self.parameters:
        parameter.value[...] = soft_threshold(parameter.value * share, lr * self.l1 * share)


@variant("Penalty.shrink", "in place, with masks")
def in_place_with_masks(self: Penalty, lr: float) -> None:
    for parameter in self.parameters:
        w = parameter.value
        w[np.abs(w) <= lr * self.l1] = 0
        w -= lr * self.l1 * np.sign(w)
        w /= 1 + lr * self.l2

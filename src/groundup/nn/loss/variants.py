"""Losses written another way, and just as right."""

import math
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, variant
from groundup.nn.activation import sigmoid, softmax
from groundup.nn.loss.checks import expect_targets
from groundup.nn.loss.loss import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    Loss,
    MSELoss,
    at_labels,
    minus_truth,
    pick,
)


@variant("typical_probability", "one over e to the loss")
def one_over_the_power(loss: Array | float) -> float:
    return 1 / math.exp(loss)


@variant("typical_probability", "a power of 1/e")
def power_of_one_over_e(loss: Array | float) -> float:
    return float(np.power(1 / np.e, loss))


@variant("Loss.reduce", "the sum, and a division where it is a mean")
def sum_and_division(self: Loss, losses: Array) -> Array:
    self._expect_some(losses)
    if self.reduction == "none":
        return losses
    total = np.einsum("i->", losses.ravel())
    if self.reduction == "mean":
        total = total / losses.dtype.type(losses.size)
    return np.array(total, dtype=losses.dtype)


@variant("Loss.reduce", "the reductions in a table of functions")
def table_of_functions(self: Loss, losses: Array) -> Array:
    self._expect_some(losses)
    table: dict[str, Any] = {"mean": np.mean, "sum": np.sum, "none": np.asarray}
    return np.asarray(table[self.reduction](losses))


@variant("Loss.share", "a factor, and an array of ones")
def factor_of_ones(self: Loss, dloss: Array | float, losses: Array) -> Array:
    self._expect_upstream(dloss, losses)
    factor = 1 / losses.size if self.reduction == "mean" else 1.0
    share: Array = (np.ones(losses.shape) * factor * dloss).astype(losses.dtype)
    return share


@variant("Loss.share", "an empty array filled, then divided in place")
def filled_and_divided(self: Loss, dloss: Array | float, losses: Array) -> Array:
    self._expect_upstream(dloss, losses)
    share = np.empty_like(losses)
    share[...] = dloss
    if self.reduction == "mean":
        share /= losses.size
    return share


@variant("MSELoss.forward", "a product in place of a power; the sign of the error turned, and turned back")
def target_minus_prediction(self: MSELoss, pred: Array, target: Array) -> Array:
    gap = expect_targets("MSELoss.forward", pred, target) - pred
    self.keep(-gap)
    return self.reduce(gap * gap)


@variant("MSELoss.forward", "the square multiplied out")
def square_multiplied_out(self: MSELoss, pred: Array, target: Array) -> Array:
    t = expect_targets("MSELoss.forward", pred, target)
    self.keep(pred - t)
    return self.reduce(pred * (pred - t) - t * (pred - t))


@variant("MSELoss.backward", "the two equal terms of the product rule")
def two_equal_terms(self: MSELoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    slope = error + error
    return np.multiply(slope, self.share(dloss, slope))


@variant("MSELoss.backward", "the division written out")
def division_written_out(self: MSELoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return 2.0 * dloss * error / (error.size if self.reduction == "mean" else 1)


@variant("BCEWithLogitsLoss.amounts", "Eq. 8 as it stands, with 1 for a weight that is not given")
def equation_as_it_stands(self: BCEWithLogitsLoss, target: Array) -> tuple[Array | float, Array]:
    one = np.ones((), target.dtype)
    w = one if self.weight is None else self._fit("weight", self.weight, target)
    p = one if self.pos_weight is None else self._fit("pos_weight", self.pos_weight, target)
    return w * (1 - target + p * target), w * p * target


@variant("BCEWithLogitsLoss.amounts", "the parts for class 0 and class 1, added up")
def two_parts(self: BCEWithLogitsLoss, target: Array) -> tuple[Array | float, Array]:
    parts = np.stack([1 - target, target])
    if self.pos_weight is not None:
        parts[1] *= self._fit("pos_weight", self.pos_weight, target)
    if self.weight is not None:
        parts *= self._fit("weight", self.weight, target)
    return parts.sum(axis=0), parts[1]


@variant("BCEWithLogitsLoss.forward", "two logarithms of sigmoids, each by logaddexp")
def two_logarithms(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    target = expect_targets("BCEWithLogitsLoss.forward", pred, target, within=(0, 1))
    counts, ones = self.amounts(target)
    self.keep(pred, counts, ones)
    zero = pred.dtype.type(0)
    return self.reduce(ones * np.logaddexp(zero, -pred) + (counts - ones) * np.logaddexp(zero, pred))


@variant("BCEWithLogitsLoss.forward", "one form for each sign of the logit")
def one_form_for_each_sign(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    target = expect_targets("BCEWithLogitsLoss.forward", pred, target, within=(0, 1))
    counts, ones = self.amounts(target)
    self.keep(pred, counts, ones)
    rest = np.log1p(np.exp(np.where(pred > 0, -pred, pred)))
    return self.reduce(np.where(pred > 0, (counts - ones) * pred, -ones * pred) + counts * rest)


@variant("BCEWithLogitsLoss.backward", "what a zero pulls down, less what a one pulls up")
def two_pulls(self: BCEWithLogitsLoss, dloss: Array | float = 1.0) -> Array:
    pred, counts, ones = self.kept_all()
    slope: Array = (counts - ones) * sigmoid(pred) - ones * sigmoid(-pred)
    return slope * self.share(dloss, slope)


@variant("BCEWithLogitsLoss.backward", "the sigmoid by tanh")
def sigmoid_by_tanh(self: BCEWithLogitsLoss, dloss: Array | float = 1.0) -> Array:
    pred, counts, ones = self.kept_all()
    p = (np.tanh(pred / 2) + 1) / 2
    dpred: Array = (counts * p - ones) * self.share(dloss, pred)
    return dpred


def _one_hot(labels: Array | IntArray, like: Array) -> Array:
    """Labels (N, ...) as shares (N, K, ...): 1 where the number of the class is the label."""
    classes = np.arange(like.shape[1]).reshape(-1, *[1] * (like.ndim - 2))
    shares: Array = (classes == np.expand_dims(labels, 1)).astype(like.dtype)
    return shares


@variant("pick", "labels made shares, and one sum for both")
def labels_made_shares(log_p: Array, wanted: Array | IntArray) -> Array:
    shares = wanted if wanted.ndim == log_p.ndim else _one_hot(wanted, log_p)
    picked: Array = np.einsum("nk...,nk...->n...", shares, log_p)
    return picked


@variant("pick", "take_along_axis for labels; class after class for shares")
def along_the_axis(log_p: Array, wanted: Array | IntArray) -> Array:
    if wanted.ndim < log_p.ndim:
        picked: Array = np.take_along_axis(log_p, np.expand_dims(wanted, 1), axis=1)[:, 0]
        return picked
    total: Array = np.zeros_like(log_p[:, 0])
    for k in range(log_p.shape[1]):
        total += wanted[:, k] * log_p[:, k]
    return total


@variant("smooth", "a step of ε from the shares to even ones")
def step_to_even(shares: Array, label_smoothing: float) -> Array:
    return shares + label_smoothing * (1 / shares.shape[1] - shares)


@variant("smooth", "a weighted average of the shares and of even ones")
def average_with_even(shares: Array, label_smoothing: float) -> Array:
    even = np.full_like(shares, 1 / shares.shape[1])
    both: Array = np.average([shares, even], axis=0, weights=[1 - label_smoothing, label_smoothing])
    return both.astype(shares.dtype)


@variant("CrossEntropyLoss.row_weights", "zeros, filled where the row counts")
def filled_where_counted(self: CrossEntropyLoss, target: IntArray, weight: Array) -> Array:
    counts = np.zeros(target.shape, dtype=weight.dtype)
    counted = target != self.ignore_index
    counts[counted] = weight[target[counted]]
    return counts


@variant("CrossEntropyLoss.row_weights", "class after class, each times its weight")
def class_after_class(self: CrossEntropyLoss, target: IntArray, weight: Array) -> Array:
    counts = np.zeros(target.shape, dtype=weight.dtype)
    for k in range(len(weight)):
        if k != self.ignore_index:
            counts += weight[k] * (target == k)
    return counts


@variant("CrossEntropyLoss.scale", "the sum over the number of rows")
def sum_over_rows(self: CrossEntropyLoss, counts: Array) -> Any:
    self._expect_some(counts)
    if self.reduction != "mean":
        return np.ones((), counts.dtype)
    total = float(counts.sum())
    if total == 0:
        raise ValueError(f"CrossEntropyLoss.forward: expected at least one row that counts, got {counts.size} ignored")
    return counts.dtype.type(total / counts.size)


@variant("CrossEntropyLoss.forward", "the log of a sum of exponentials, less the logit of the label")
def logits_not_shifted(self: CrossEntropyLoss, pred: Array, target: Array | IntArray) -> Array:
    wanted, counts = self.read(pred, target)
    whole = np.logaddexp.reduce(pred, axis=1)
    self.keep(pred - np.expand_dims(whole, 1), wanted, counts)
    if wanted.ndim == pred.ndim:
        return self.reduce(counts * (whole * wanted.sum(axis=1) - (wanted * pred).sum(axis=1)))
    return self.reduce(counts * (whole - pred[at_labels(wanted)]))


@variant("CrossEntropyLoss.forward", "Eq. 4 written out: the largest logit first")
def written_out(self: CrossEntropyLoss, pred: Array, target: Array | IntArray) -> Array:
    wanted, counts = self.read(pred, target)
    log_p = pred - pred.max(axis=1, keepdims=True)
    log_p -= np.log(np.sum(np.exp(log_p), axis=1, keepdims=True))
    self.keep(log_p, wanted, counts)
    return self.reduce(np.negative(counts) * pick(log_p, wanted))


@variant("minus_truth", "labels made shares, and one formula for both")
def one_formula(p: Array, wanted: Array | IntArray) -> Array:
    shares = wanted if wanted.ndim == p.ndim else _one_hot(wanted, p)
    slope: Array = p * shares.sum(axis=1)[:, None] - shares
    return slope


@variant("minus_truth", "row by row")
def row_by_row(p: Array, wanted: Array | IntArray) -> Array:
    slope = np.array(p)
    for n, row in enumerate(slope):
        if wanted.ndim == p.ndim:
            row *= wanted[n].sum(axis=0)
            row -= wanted[n]
        else:
            for place in np.ndindex(wanted[n].shape):
                row[(wanted[n][place], *place)] -= 1
    return slope


@variant("CrossEntropyLoss.backward", "the probabilities by a softmax of what was kept; the axis of classes last")
def classes_last(self: CrossEntropyLoss, dloss: Array | float = 1.0) -> Array:
    log_p, wanted, counts = self.kept_all()
    slope = minus_truth(softmax(log_p, axis=1), wanted)
    share = self.share(dloss, counts) * counts
    return np.moveaxis(np.moveaxis(slope, 1, -1) * share[..., None], -1, 1)


@variant("CrossEntropyLoss.backward", "einsum, one number a row")
def einsum_over_rows(self: CrossEntropyLoss, dloss: Array | float = 1.0) -> Array:
    log_p, wanted, counts = self.kept_all()
    slope = minus_truth(np.exp(log_p), wanted)
    dpred: Array = np.einsum("nk...,n...,n...->nk...", slope, counts, self.share(dloss, counts))
    return dpred

"""What people write for precision, AUC and confusion; calibration, perplexity and intervals are in the other file."""

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.train.metrics.metrics import confusion, midranks, per_class
from groundup.train.metrics.misconceptions_of_probability import *  # noqa: F403


@misconception(
    "confusion",
    "The table is transposed: your rows are what the model says. By the convention here a row is the true class.",
    see="Four kinds of row",
)
def transposed(y: IntArray, predicted: IntArray, classes: int) -> IntArray:
    return confusion(predicted, y, classes)


@misconception(
    "confusion",
    "No entry is above 1. Adding 1 at places given by arrays adds once to a place, however often it is named.",
    see="Build",
)
def added_once(y: IntArray, predicted: IntArray, classes: int) -> IntArray:
    counts = np.zeros((classes, classes), np.int64)
    counts[y, predicted] += 1
    return counts


@misconception(
    "confusion",
    "The table has as many classes as occur in these rows. A class that happens to be absent has a row and a "
    "column, too.",
    see="Build",
)
def only_classes_that_occur(y: IntArray, predicted: IntArray, classes: int) -> IntArray:
    return confusion(y, predicted, 1 + max(int(y.max()), int(predicted.max())))


@misconception(
    "confusion",
    "Your rows add up to 1: they are shares. Counts are asked for; shares can be had from them, and not the other way.",
    see="Four kinds of row",
)
def shares(y: IntArray, predicted: IntArray, classes: int) -> Array:
    counts = confusion(y, predicted, classes)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


@misconception(
    "per_class",
    "Precision and recall have changed places. Precision looks down a column, at all that is called this class.",
    see="Four kinds of row",
)
def exchanged(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    precision, recall, f1 = per_class(counts, zero_division)
    return recall, precision, f1


@misconception(
    "per_class",
    "F1 is the plain mean of precision and recall. Then a model that calls everything ill has at least one half.",
    see="One number of two",
)
def plain_mean(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    precision, recall, _ = per_class(counts, zero_division)
    return precision, recall, (precision + recall) / 2


@misconception(
    "per_class",
    "0/0 is always 0 with you. The caller says what it is to be.",
    see="Nothing over nothing",
)
def always_zero(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    return per_class(counts, 0.0)


@misconception(
    "per_class",
    "F1 is 0/0 with you wherever nothing of the class is hit. It is 0 there, if the class occurs or is "
    "predicted at all.",
    see="Nothing over nothing",
)
def f1_of_quotients(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    precision, recall, _ = per_class(counts, zero_division)
    hit = counts.diagonal() > 0
    f1 = np.full(len(counts), zero_division, np.float64)
    f1[hit] = 2 * precision[hit] * recall[hit] / (precision + recall)[hit]
    return precision, recall, f1


@misconception(
    "per_class",
    "The rows that are neither of the class nor called so count as hits. Healthy people then make a test look "
    "good that finds nobody.",
    see="Four kinds of row",
)
def one_against_the_rest_accuracy(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    share = 1 - wrong / counts.sum()
    return share, share, share


@misconception(
    "averaged",
    "F1 is made of the two averages. The F1 of each class comes first, and then the mean of these.",
    see="One number of two",
)
def f1_of_averages(counts: IntArray, average: str, zero_division: float = 0.0) -> tuple[float, float, float]:
    if average == "micro":
        share = float(counts.trace() / counts.sum())
        return share, share, share
    weights = counts.sum(axis=1) if average == "weighted" else np.ones(len(counts))
    p, r, _ = (float(np.average(v, weights=weights)) for v in per_class(counts, zero_division))
    return p, r, 2 * p * r / (p + r)


@misconception(
    "averaged",
    "A class weighs as much as it is predicted. It is to weigh as much as it occurs.",
    see="One number of two",
)
def weighted_by_predictions(counts: IntArray, average: str, zero_division: float = 0.0) -> tuple[float, float, float]:
    if average == "micro":
        share = float(counts.trace() / counts.sum())
        return share, share, share
    weights = counts.sum(axis=0) if average == "weighted" else np.ones(len(counts))
    p, r, f = (float(np.average(v, weights=weights)) for v in per_class(counts, zero_division))
    return p, r, f


@misconception(
    "averaged",
    "Every average is the macro one: each class weighs the same, whichever is asked for.",
    see="One number of two",
)
def always_macro(counts: IntArray, average: str, zero_division: float = 0.0) -> tuple[float, float, float]:
    p, r, f = (float(v.mean()) for v in per_class(counts, zero_division))
    return p, r, f


@misconception(
    "midranks",
    "Equal scores get different ranks, by their place in the array. They share the mean of their ranks; else "
    "the order of the rows decides your AUC.",
    see="Ties",
)
def by_place(score: Array) -> Array:
    return np.asarray(np.argsort(np.argsort(score, kind="stable")) + 1.0)


@misconception(
    "midranks",
    "Your ranks number the distinct scores. A group of three equal scores takes up three ranks, and those above "
    "it come after.",
    see="Ties",
)
def dense(score: Array) -> Array:
    return np.asarray(np.unique(score, return_inverse=True)[1] + 1.0)


@misconception(
    "midranks",
    "Equal scores get the lowest of their ranks. They share the mean, so that a tie is half a pair.",
    see="Ties",
)
def lowest(score: Array) -> Array:
    return np.asarray(np.searchsorted(np.sort(score), score) + 1.0)


@misconception(
    "midranks",
    "Ranks begin at 0 with you. Eq. 4 counts from 1, the smallest score.",
    see="A probability of pairs",
)
def from_zero(score: Array) -> Array:
    return midranks(score) - 1


@misconception(
    "midranks",
    "Your first rank is the largest score. Then a good model has an AUC near 0.",
    see="A probability of pairs",
)
def from_the_top(score: Array) -> Array:
    return midranks(-score)


@misconception(
    "auc_by_ranks",
    "The ranks of class 1 count rows of class 1, too: each beats those of its own below it. These are no pairs.",
    see="A probability of pairs",
)
def own_class_counted(y: IntArray, score: Array) -> float:
    ones = int(y.sum())
    return float(midranks(score)[y == 1].sum() / (ones * (len(y) - ones)))


@misconception(
    "auc_by_ranks",
    "This is one minus the AUC: you count the pairs in which the rest has the higher score.",
    see="A probability of pairs",
)
def other_way_round(y: IntArray, score: Array) -> float:
    ones = int(y.sum())
    below = midranks(score)[y == 0].sum() - (len(y) - ones) * (len(y) - ones + 1) / 2
    return float(below / (ones * (len(y) - ones)))


@misconception(
    "auc_by_ranks",
    "You divide by all pairs of rows. Only those of one row in the class and one in the rest are counted.",
    see="A probability of pairs",
)
def of_all_pairs(y: IntArray, score: Array) -> float:
    ones, n = int(y.sum()), len(y)
    return float((midranks(score)[y == 1].sum() - ones * (ones + 1) / 2) / (n * (n - 1) / 2))


@misconception(
    "auc_by_ranks",
    "A tie is a pair lost with you. A model that gives all rows one score then has 0, and not the one half of a coin.",
    see="Ties",
)
def ties_lost(y: IntArray, score: Array) -> float:
    return float((score[y == 1][:, None] > score[y == 0]).mean())

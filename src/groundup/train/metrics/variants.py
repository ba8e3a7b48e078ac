"""Metrics written another way, and just as right."""

from math import sqrt
from statistics import NormalDist

import numpy as np

from groundup.core import Array, IntArray, expect_labels, variant
from groundup.train.metrics.metrics import midranks, per_class, reliability


@variant("confusion", "one row after the other")
def counted_row_by_row(y: IntArray, predicted: IntArray, classes: int) -> IntArray:
    counts = np.zeros((classes, classes), np.int64)
    for true, said in zip(y, predicted, strict=True):
        counts[true, said] += 1
    return counts


@variant("confusion", "a product of one-hot tables")
def product_of_one_hot(y: IntArray, predicted: IntArray, classes: int) -> IntArray:
    identity = np.eye(classes, dtype=np.int64)
    return identity[y].T @ identity[expect_labels("confusion", predicted, len(y), classes)]


@variant("per_class", "a loop over the classes")
def class_after_class(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    columns = []
    for k in range(len(counts)):
        hits, alarms = int(counts[k, k]), int(counts[:, k].sum() - counts[k, k])
        missed = int(counts[k].sum()) - hits
        columns.append(
            [
                hits / (hits + alarms) if hits + alarms else zero_division,
                hits / (hits + missed) if hits + missed else zero_division,
                2 * hits / (2 * hits + alarms + missed) if hits + alarms + missed else zero_division,
            ]
        )
    precision, recall, f1 = np.array(columns, np.float64).T
    return precision, recall, f1


@variant("per_class", "np.where, and quotients that are not used")
def where_after_division(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    hits, said, are = np.diag(counts), counts.sum(0), counts.sum(1)

    def part(of: IntArray) -> Array:
        return np.where(of == 0, zero_division, hits / np.maximum(of, 1))

    return part(said), part(are), np.where(said + are == 0, zero_division, 2 * hits / np.maximum(said + are, 1))


@variant("averaged", "sums in place of np.average")
def by_sums(counts: IntArray, average: str, zero_division: float = 0.0) -> tuple[float, float, float]:
    table = np.stack(per_class(counts, zero_division))  # (3, K)
    if average == "macro":
        found = table.sum(axis=1) / len(counts)
    elif average == "weighted":
        found = table @ counts.sum(axis=1) / counts.sum()
    else:
        found = np.full(3, np.diag(counts).sum() / counts.sum())
    return float(found[0]), float(found[1]), float(found[2])


@variant("midranks", "a table of comparisons")
def ranks_by_comparison(score: Array) -> Array:
    below = (score[:, None] > score).sum(axis=1)
    equal = (score[:, None] == score).sum(axis=1)
    return np.asarray(below + (equal + 1) / 2)


@variant("midranks", "two searches in the sorted scores")
def ranks_by_search(score: Array) -> Array:
    ordered = np.sort(score)
    return np.asarray((np.searchsorted(ordered, score, "left") + np.searchsorted(ordered, score, "right") + 1) / 2)


@variant("auc_by_ranks", "every pair")
def auc_by_pairs(y: IntArray, score: Array) -> float:
    return float(np.heaviside(score[y == 1][:, None] - score[y == 0], 0.5).mean())


@variant("auc_by_ranks", "the difference of two mean ranks")
def auc_by_mean_ranks(y: IntArray, score: Array) -> float:
    ranks = midranks(score)
    return float((ranks[y == 1].mean() - ranks[y == 0].mean()) / len(y) + 0.5)


@variant("mean_nll", "softmax first, then its logarithm at the label")
def nll_by_log_softmax(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    z = logits - np.max(logits, axis=-1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))
    rows = np.flatnonzero(y != ignore_index)
    return float(-log_p[rows, y[rows]].sum() / len(rows))


@variant("mean_nll", "token after token")
def nll_token_by_token(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    losses = [np.logaddexp.reduce(z) - z[t] for z, t in zip(logits, y, strict=True) if t != ignore_index]
    return float(np.mean(losses))


@variant("in_bins", "np.bincount with weights")
def bins_by_bincount(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    which = np.digitize(probability, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    count = np.bincount(which, minlength=bins)
    promised: Array = np.asarray(np.bincount(which, weights=probability, minlength=bins), np.float64)
    happened: Array = np.asarray(np.bincount(which[y == 1], minlength=bins), np.float64)
    return count, happened, promised


@variant("in_bins", "a loop over the bins")
def bin_after_bin(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    edges = np.linspace(0, 1, bins + 1)
    found = np.zeros((3, bins))
    for b in range(bins):
        inside = (probability > edges[b]) & (probability <= edges[b + 1])
        inside |= (probability == 0) & (b == 0)
        found[:, b] = inside.sum(), y[inside].sum(), probability[inside].sum()
    return found[0].astype(np.int64), found[1], found[2]


@variant("expected_calibration_error", "means of the bins that are filled, weighted by their rows")
def ece_by_means(y: IntArray, probability: Array, bins: int = 15) -> float:
    count, happened, promised = reliability(y, probability, bins)
    return float(np.average(np.abs(happened - promised), weights=count))


@variant("wilson_interval", "the roots of a quadratic")
def roots_of_a_quadratic(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    z2, share = NormalDist().inv_cdf((1 + level) / 2) ** 2 / n, hits / n
    a, b, c = 1 + z2, -(2 * share + z2), share**2
    root = sqrt(max(b * b - 4 * a * c, 0.0))
    return max((-b - root) / (2 * a), 0.0), min((-b + root) / (2 * a), 1.0)


@variant("wilson_interval", "a mean of the share and one half")
def mean_with_one_half(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    z = -NormalDist().inv_cdf((1 - level) / 2)
    own = n / (n + z * z)
    share = hits / n
    centre = own * share + (1 - own) / 2
    half = z * own * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)

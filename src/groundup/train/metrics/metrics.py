"""Metrics: how good a model is, and how far the number can be trusted.

    (1)  C[j, k] = #{n : yₙ = j, model says k}                                       confusion
    (2)  Pₖ = C[k, k] / Σⱼ C[j, k]     Rₖ = C[k, k] / Σⱼ C[k, j]                      precision, recall
    (3)  Fₖ = 2 Pₖ Rₖ / (Pₖ + Rₖ) = 2 C[k, k] / (Σⱼ C[j, k] + Σⱼ C[k, j])             F1
    (4)  AUC = P(s⁺ > s⁻) + P(s⁺ = s⁻) / 2 = (Σ_{n: yₙ=1} rₙ - n₁(n₁ + 1)/2) / (n₁ n₀)    r: midranks of all scores
    (5)  ppl = exp( -(1/T) Σₜ log softmax(zₜ)[yₜ] )                                  over the T tokens that count
    (6)  ECE = Σ_b (n_b / N) |mean of y in b - mean of p in b|                       bins b = (i/B, (i + 1)/B]
    (7)  (p̂ + z²/2n ± z √(p̂(1 - p̂)/n + z²/4n²)) / (1 + z²/n)                         interval of a share p̂ of n

Axes: N rows, K classes, T tokens, V words, B bins. Labels come first and what the model says second, as in
scikit-learn; only what the training loop calls takes (logits, y). Every result that is one number is a plain float.
Derivation: lesson.md, "Derive".  Sources: Eq. 4 Mann and Whitney 1947, Hanley and McNeil 1982; Eq. 6 Guo et al., ICML
2017, Eq. 3; Eq. 7 Wilson, JASA 1927.
"""

from math import sqrt
from statistics import NormalDist

import numpy as np

from groundup.core import Array, IntArray, ShapeError, expect_in, expect_labels, expect_positive, expect_rank


def class_accuracy(logits: Array, y: IntArray) -> float:
    """Share of rows (N, K) whose largest logit stands at the label (N,); for a training loop, nothing is checked."""
    return float((logits.argmax(axis=1) == y).mean())


def binary_accuracy(logits: Array, y: Array) -> float:
    """Share of logits (N, 1) whose sign agrees with the target 0 or 1, (N, 1); for a training loop, likewise."""
    return float(((logits > 0) == (y > 0.5)).mean())


def accuracy(y: IntArray, predicted: IntArray) -> float:
    """Share of the predicted labels (N,) that are right. Raises ShapeError, and ValueError for no rows."""
    if np.shape(predicted) != np.shape(y):
        raise ShapeError(f"accuracy: expected a prediction a label, got {np.shape(predicted)} for {np.shape(y)} labels")
    expect_rows("accuracy", len(y))
    return float((np.asarray(y) == predicted).mean())


def top_k_accuracy(y: IntArray, score: Array, k: int) -> float:
    """Share of rows (N, K) whose label is among the k largest scores. Raises ShapeError, ValueError.

    A tie counts against the label: a model that gives all classes one score has found nothing.
    """
    s = expect_scores("top_k_accuracy", score, "NK")
    labels = expect_labels("top_k_accuracy", y, *s.shape)
    expect_positive("top_k_accuracy", k=k)
    own = s[np.arange(len(s)), labels]
    return float(((s >= own[:, None]).sum(axis=1) <= k).mean())


def confusion(y: IntArray, predicted: IntArray, classes: int) -> IntArray:
    """(K, K) counts, Eq. 1: row the true class, column the predicted one. Raises ShapeError, ValueError."""
    y, predicted = (expect_labels("confusion", labels, len(y), classes) for labels in (y, predicted))
    counts = np.bincount(y * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def ratio(part: Array | IntArray, whole: Array | IntArray, zero_division: float) -> Array:
    """part / whole, and ``zero_division`` where whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), zero_division, np.float64), where=whole > 0)


def per_class(counts: IntArray, zero_division: float = 0.0) -> tuple[Array, Array, Array]:
    """Precision, recall and F1 of each class, (K,) each, Eqs. 2 and 3, from the counts (K, K) of Eq. 1.

    A quotient 0/0 (a class never predicted, or without a row) is ``zero_division``.
    """
    right, said, are = counts.diagonal(), counts.sum(axis=0), counts.sum(axis=1)  # (K,) each
    precision = ratio(right, said, zero_division)
    recall = ratio(right, are, zero_division)
    f1 = ratio(2 * right, said + are, zero_division)
    return precision, recall, f1


def averaged(counts: IntArray, average: str, zero_division: float = 0.0) -> tuple[float, float, float]:
    """Precision, recall and F1 as one number each, of the counts (K, K).

    "macro": every class weighs the same; "weighted": as much as it has rows; "micro": Eqs. 2 and 3 of all counts
    together, where each mistake is one class's false alarm and another's miss: all three are then the accuracy.
    """
    rows = counts.sum(axis=1)  # (K,)
    if average == "micro":
        share = float(counts.trace() / rows.sum())
        return share, share, share
    weights = rows if average == "weighted" else np.ones(len(rows))
    precision, recall, f1 = (float(np.average(v, weights=weights)) for v in per_class(counts, zero_division))
    return precision, recall, f1


def precision_recall_f1(
    y: IntArray, predicted: IntArray, classes: int, average: str = "macro", zero_division: float = 0.0
) -> tuple[float, float, float]:
    """Precision, recall and F1 averaged over the classes: "macro", "weighted" or "micro". Raises ValueError."""
    if average not in ("macro", "weighted", "micro"):
        raise ValueError(f"precision_recall_f1: expected average macro, weighted or micro, got {average!r}")
    expect_in("precision_recall_f1", "zero_division", zero_division, 0, 1)
    expect_rows("precision_recall_f1", len(y))
    return averaged(confusion(y, predicted, classes), average, zero_division)


def midranks(score: Array) -> Array:
    """The rank of each score (N,) from 1, the smallest, to N; equal scores share the mean of their ranks."""
    _, which, times = np.unique(score, return_inverse=True, return_counts=True)
    last = times.cumsum()  # the highest rank in each group of equal scores
    middle: Array = (last - (times - 1) / 2)[which]
    return middle


def auc_by_ranks(y: IntArray, score: Array) -> float:
    """Eq. 4 for labels (N,) of 0 and 1, both there, and scores (N,)."""
    ones = int(y.sum())
    above = midranks(score)[y == 1].sum() - ones * (ones + 1) / 2  # pairs won, a tie half
    return float(above / (ones * (len(y) - ones)))


def roc_auc(y: IntArray, score: Array) -> float:
    """Area under the ROC curve, Eq. 4; of scores (N, K) the mean over the classes, each against the rest.

    Raises ShapeError, and ValueError for a NaN or a class that has no row, or all: then there are no pairs.
    """
    if np.ndim(score) == 2:
        labels = expect_labels("roc_auc", y, *score.shape)
        return float(np.mean([roc_auc((labels == k).astype(np.int64), s) for k, s in enumerate(score.T)]))
    return auc_by_ranks(*expect_both("roc_auc", y, score))


def mean_nll(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    """Minus the mean log-probability of the tokens (T,) under logits (T, V), in nats; ignored tokens do not count."""
    kept = y != ignore_index
    z, targets = logits[kept], y[kept]
    z = z - z.max(axis=1, keepdims=True)  # softmax stays, and exp cannot overflow
    nll = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), targets]
    return float(nll.mean())


def perplexity(logits: Array, y: IntArray, ignore_index: int = -100) -> float:
    """Eq. 5 for logits (..., V) and tokens (...); infinite beyond 709 nats. Raises ShapeError, ValueError."""
    if np.shape(y) != np.shape(logits)[:-1]:
        raise ShapeError(f"perplexity: expected a row of logits a token, got {np.shape(logits)} for {np.shape(y)}")
    z, tokens = expect_scores("perplexity", logits.reshape(-1, logits.shape[-1]), "TV"), y.ravel()
    kept = tokens[tokens != ignore_index]
    expect_labels("perplexity", kept, len(kept), z.shape[1])
    if not len(kept):
        raise ValueError(f"perplexity: expected a token that counts, got {len(tokens)} that are all {ignore_index}")
    with np.errstate(over="ignore"):
        return float(np.exp(mean_nll(z, tokens, ignore_index)))


def log_loss(y: IntArray, probability: Array) -> float:
    """Minus the mean log-probability of the labels (N,), under (N, K) or the (N,) of class 1, in nats.

    A probability of 0 is taken for the smallest step of its dtype, as scikit-learn does: the loss stays finite.
    """
    p = expect_probabilities("log_loss", probability)
    table = np.stack([1 - p, p], axis=1) if p.ndim == 1 else p
    own = table[np.arange(len(p)), expect_labels("log_loss", y, *table.shape)]
    return float(-np.log(np.maximum(own, np.finfo(p.dtype).eps)).mean())


def brier_score(y: IntArray, probability: Array) -> float:
    """Mean squared distance of the probabilities from what happened: (N,) of class 1, or all K, added up, of (N, K).

    Two classes as (N, 2) give twice what their (N,) gives. Raises ShapeError, ValueError. Source: Brier 1950.
    """
    p = expect_probabilities("brier_score", probability)
    labels = expect_labels("brier_score", y, len(p), p.shape[1] if p.ndim == 2 else 2)
    truth = labels if p.ndim == 1 else np.eye(p.shape[1])[labels]
    return float(((p - truth) ** 2).sum() / len(p))


def in_bins(y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array, Array]:
    """Rows, sum of y and sum of p in each of the B bins of Eq. 6, (B,) each; p = 0 goes into the first."""
    edges = np.linspace(0, 1, bins + 1)
    which = np.searchsorted(edges[1:-1], probability)  # a p on an edge belongs to the bin below it
    inside = which == np.arange(bins)[:, None]  # (B, N)
    return inside.sum(axis=1), inside @ y, inside @ probability


def expected_calibration_error(y: IntArray, probability: Array, bins: int = 15) -> float:
    """Eq. 6 of an event (N,) and its probability (N,); of (N, K), that the likeliest class is right (Guo et al.)."""
    _, happened, promised = in_bins(*_event("expected_calibration_error", y, probability, bins), bins)
    return float(np.abs(happened - promised).sum() / len(y))


def reliability(y: IntArray, probability: Array, bins: int = 15) -> tuple[IntArray, Array, Array]:
    """Rows, mean of y and mean of p in each bin that has any, in order: a reliability diagram. Takes what ECE takes."""
    count, happened, promised = in_bins(*_event("reliability", y, probability, bins), bins)
    filled = count > 0
    return count[filled], happened[filled] / count[filled], promised[filled] / count[filled]


def _event(who: str, y: IntArray, probability: Array, bins: int) -> tuple[IntArray, Array]:
    expect_positive(who, bins=bins)
    p = expect_probabilities(who, probability)
    labels = expect_labels(who, y, len(p), p.shape[1] if p.ndim == 2 else 2)
    return (labels, p) if p.ndim == 1 else ((p.argmax(axis=1) == labels).astype(np.int64), p.max(axis=1))


def wilson_interval(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Eq. 7: the shares under which ``hits`` of n would not be a surprise, at this level. Raises ValueError."""
    expect_positive("wilson_interval", n=n)
    share = expect_in("wilson_interval", "hits", hits, 0, n) / n
    z = normal_quantile("wilson_interval", level)
    centre, half = share + z**2 / (2 * n), z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max((centre - half) / (1 + z**2 / n), 0.0), min((centre + half) / (1 + z**2 / n), 1.0)


def normal_quantile(who: str, level: float) -> float:
    """z such that a standard normal lies within ±z with this probability: 1.96 for 0.95. Raises ValueError."""
    return NormalDist().inv_cdf((1 + expect_in(who, "level", level, 0.01, 0.9999)) / 2)


def expect_rows(who: str, n: int) -> None:
    """At least one row. Raises ValueError."""
    if not n:
        raise ValueError(f"{who}: expected at least one row, got none; is the split empty?")


def expect_scores(who: str, score: Array, axes: str) -> Array:
    """Floats of this rank, some, and none of them NaN; infinities have a rank. Raises ShapeError, ValueError."""
    s = expect_rank(who, score, axes)
    expect_rows(who, len(s))
    bad = np.isnan(s).reshape(len(s), -1).any(axis=1)
    if bad.any():
        raise ValueError(f"{who}: expected scores, got NaN in row {int(bad.argmax())}; did the training diverge?")
    return s


def expect_both(who: str, y: IntArray, score: Array) -> tuple[IntArray, Array]:
    """Labels (N,) of 0 and 1, both there, and a score (N,) each. Raises ShapeError, ValueError."""
    s = expect_scores(who, score, "N")
    labels = expect_labels(who, y, len(s), 2)
    if labels.min() == labels.max():
        got = f"all {len(s)} labels in the {('rest', 'class')[labels[0]]}"
        raise ValueError(f"{who}: expected rows in the class and rows in the rest, got {got}; there is no pair to rank")
    return labels, s


def expect_probabilities(who: str, probability: Array) -> Array:
    """Numbers from 0 to 1, (N,) or (N, K), whose rows add up to 1. Raises ShapeError, ValueError."""
    p = expect_scores(who, probability, "N" if np.ndim(probability) == 1 else "NK")
    if p.min() < 0 or p.max() > 1:
        raise ValueError(
            f"{who}: expected probabilities from 0 to 1, got {p.min():.4g} to {p.max():.4g}; are they logits?"
        )
    off = np.abs(p.sum(axis=1) - 1) if p.ndim == 2 else np.zeros(len(p))
    if off.max() > 1e-3:
        row = int(off.argmax())
        raise ValueError(
            f"{who}: expected rows that add up to 1, got {p[row].sum():.4g} in row {row}; softmax is missing"
        )
    return p

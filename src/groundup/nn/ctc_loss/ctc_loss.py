"""Connectionist temporal classification (CTC): a loss for labels of which nobody knows where they stand.

A network says at each of T steps which of C classes it sees; one class is the *blank*, for "nothing new". A path π
is one class a step. Collapsed (one of each run of repeats, then no blanks) it spells the labels l = (l₁ ... l_S):

    (1)  p(l) = Σ over all paths π that collapse to l  of  Π_t p_t(π_t),        loss = -log p(l)

The paths are exponentially many, and need not be listed: they are the ways through l' = (∅ l₁ ∅ l₂ ... l_S ∅), which
has 2S + 1 positions. A step stays where it is, goes on by one, or goes on by two over a blank between different labels.
α_t(s) is the log probability of all ways to be at position s after t steps, β_t(s) that of all ways from there to the
end; x_t(s) is the log probability of the class at position s in step t, and ⊕ is log(eᵃ + eᵇ):

    (2)  α₀ = (0, -∞, -∞ ...)      α_t(s) = x_t(s) + (α_t₋₁(s) ⊕ α_t₋₁(s-1) ⊕ α_t₋₁(s-2) if it may be passed over)
    (3)  log p(l) = α_T(2S) ⊕ α_T(2S-1)
    (4)  β_T = 0 at these two, else -∞      β_t(s) = ⊕ over the same ways on to r of  x_t₊₁(r) + β_t₊₁(r)
    (5)  ∂loss/∂log p_t(k) = -Σ over s with l'(s) = k of e^(α_t(s) + β_t(s) - log p(l)),  the share of the paths there

Through a log_softmax Eq. 5 becomes p_t(k) minus that share. (torch returns this from ctc_loss itself, taking the
log_softmax for granted; what arrives at the logits is the same.) All sums run in float64.
Axes: T steps, N sequences, C classes, S labels, L = 2S + 1 positions.  Derivation: lesson.md, "Derive".
Source: Graves, Fernández, Gomez and Schmidhuber, ICML (2006), sections 3 and 4.
"""

from typing import Any

import numpy as np

from groundup.core import Array, IntArray, expect_rank
from groundup.nn.ctc_loss.targets import expect_blank, read_lengths, read_targets
from groundup.nn.loss.checks import expect_log
from groundup.nn.loss.loss import Loss

Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def collapse(path: IntArray, blank: int = 0) -> IntArray:
    """What a path (T,) spells: one of each run of equal classes, and of these all but the blanks.

    >>> collapse(np.array([0, 3, 3, 0, 3, 5, 5]))
    array([3, 3, 5])
    """
    new = np.ones(len(path), bool)
    new[1:] = path[1:] != path[:-1]
    labels: IntArray = path[new & (path != blank)]
    return labels


def extend(labels: IntArray, blank: int) -> IntArray:
    """l' of labels (N, S): a blank before, between and after them, (N, 2S + 1)."""
    n, size = labels.shape
    positions = np.full((n, 2 * size + 1), blank, labels.dtype)
    positions[:, 1::2] = labels
    return positions


def may_skip(positions: IntArray, blank: int) -> Mask:
    """Which positions of l' (N, L) may be reached from the last but one: labels, unless that is the same label."""
    skip: Mask = positions != blank
    skip[:, :2] = False  # nothing stands two before
    skip[:, 2:] &= positions[:, 2:] != positions[:, :-2]  # between two equal labels the blank is needed
    return skip


def advance(before: Array, skip: Mask) -> Array:
    """Eq. 2 without x: all ways into each position, (N, L) -> (N, L)."""
    ways = np.logaddexp(before, shift(before, 1))
    return np.logaddexp(ways, np.where(skip, shift(before, 2), -np.inf))


def retreat(after: Array, skip: Mask) -> Array:
    """Eq. 4 without x: all ways out of each position, (N, L) -> (N, L)."""
    ways = np.logaddexp(after, shift(after, -1))
    return np.logaddexp(ways, shift(np.where(skip, after, -np.inf), -2))


def shift(a: Array, by: int) -> Array:
    """Move the last axis on by ``by`` positions, or back if it is negative; -∞ comes in."""
    moved = np.full_like(a, -np.inf)
    size = a.shape[-1]
    moved[..., max(by, 0) : size + min(by, 0)] = a[..., max(-by, 0) : size - max(by, 0)]
    return moved


def alphas(x: Array, skip: Mask) -> Array:
    """All α of Eq. 2: x (T, N, L) -> (T + 1, N, L), beginning before the first step."""
    steps, n, size = x.shape
    alpha = np.full((steps + 1, n, size), -np.inf)
    alpha[0, :, 0] = 0
    for t in range(steps):
        alpha[t + 1] = x[t] + advance(alpha[t], skip)
    return alpha


def last_two(sizes: IntArray, length: int) -> Array:
    """Where a path may end, (N, L): 0 at the last label and the blank behind it, -∞ elsewhere."""
    rows, ends = np.arange(len(sizes)), np.full((len(sizes), length), -np.inf)
    ends[rows, 2 * sizes] = 0
    ends[rows[sizes > 0], 2 * sizes[sizes > 0] - 1] = 0
    return ends


def betas(x: Array, skip: Mask, ends: Array, lengths: IntArray) -> Array:
    """All β of Eq. 4: x (T, N, L) -> (T + 1, N, L); sequence n ends after ``lengths[n]`` steps, where ``ends`` is 0."""
    steps, n, size = x.shape
    beta = np.full((steps + 1, n, size), -np.inf)
    for t in range(steps, -1, -1):
        if t < steps:
            beta[t] = retreat(x[t] + beta[t + 1], skip)
        beta[t, lengths == t] = ends[lengths == t]
    return beta


class CTCLoss(Loss):
    """The loss of labels without places, Eqs. 1 to 5; ``blank`` is the class that stands for "nothing new".

    "mean" divides each sequence's loss by the number of its labels (at least 1), then takes the mean, as torch does.
    Labels that no path of so few steps can spell have an infinite loss and a gradient of nan; with ``zero_infinity``
    both are 0.
    """

    def __init__(self, blank: int = 0, *, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = expect_blank(blank), zero_infinity

    def forward(self, log_probs: Array, targets: IntArray, input_lengths: Any, target_lengths: Any) -> Array:
        """Log-probabilities (T, N, C), labels (N, S) or all in one row -> (), or (N,) for "none"; Eqs. 2 and 3."""
        expect_log("CTCLoss.forward", expect_rank("CTCLoss.forward", log_probs, "TNC"))
        lengths, sizes = read_lengths(log_probs.shape, input_lengths, target_lengths)  # (N,), (N,)
        positions = extend(read_targets(targets, sizes, log_probs.shape[2], self.blank), self.blank)  # (N, L)
        x = np.take_along_axis(log_probs, positions[None], axis=2).astype(np.float64)  # (T, N, L)
        skip, ends = may_skip(positions, self.blank), last_two(sizes, positions.shape[1])
        alpha = alphas(x, skip)
        log_p = np.logaddexp.reduce(alpha[lengths, np.arange(len(lengths))] + ends, axis=1)  # (N,), Eq. 3
        counts = self.counts(sizes).astype(log_probs.dtype)
        self.keep(log_probs, positions, x, skip, ends, lengths, alpha, log_p, counts)
        spared = np.isinf(log_p) & self.zero_infinity
        return self.reduce(-np.where(spared, 0, log_p).astype(log_probs.dtype) * counts)

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (T, N, C), the gradient for the log-probabilities, Eqs. 4 and 5."""
        log_probs, positions, x, skip, ends, lengths, alpha, log_p, counts = self.kept_all()
        total = np.where(np.isinf(log_p), 0 if self.zero_infinity else np.nan, log_p)  # (N,)
        visits = np.exp(alpha + betas(x, skip, ends, lengths) - total[:, None])[1:]  # (T, N, L)
        rows, gradient = np.arange(len(positions)), np.zeros(log_probs.shape, log_probs.dtype)
        for s in range(positions.shape[1]):  # a class may stand at several positions
            gradient[:, rows, positions[:, s]] -= visits[:, :, s]
        weight: Array = counts * self.share(dloss, counts)  # (N,)
        gradient *= weight[:, None]
        return gradient

    def counts(self, sizes: IntArray) -> Array:
        """What the loss of each sequence is multiplied by, (N,): one over the number of its labels for a mean."""
        return np.reciprocal(np.maximum(sizes, 1.0)) if self.reduction == "mean" else np.ones(len(sizes))


def greedy(log_probs: Array, input_lengths: Any, blank: int = 0) -> list[IntArray]:
    """The labels of the likeliest class at each step of (T, N, C): one array a sequence.

    Not always the likeliest labels: many paths that are each less likely may spell others.
    """
    expect_rank("greedy", log_probs, "TNC")
    lengths, _ = read_lengths(log_probs.shape, input_lengths, np.zeros(log_probs.shape[1], np.int64))
    best = log_probs.argmax(axis=2)  # (T, N)
    return [collapse(best[:length, n], blank) for n, length in enumerate(lengths)]

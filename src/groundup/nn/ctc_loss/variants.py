"""The CTC loss written another way, and just as right."""

from itertools import groupby
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, expect_rank, variant
from groundup.nn.ctc_loss.ctc_loss import CTCLoss, Mask, advance, alphas, betas, extend, last_two, may_skip
from groundup.nn.ctc_loss.targets import read_lengths, read_targets
from groundup.nn.loss.checks import expect_log


@variant("collapse", "groupby of the standard library")
def runs_by_groupby(path: IntArray, blank: int = 0) -> IntArray:
    return np.array([label for label, _ in groupby(path) if label != blank], path.dtype)


@variant("collapse", "a loop that remembers the class before")
def remembers_the_last(path: IntArray, blank: int = 0) -> IntArray:
    found, last = [], None
    for label in path:
        if label not in (last, blank):
            found.append(label)
        last = label
    return np.array(found, path.dtype)


@variant("collapse", "where the path changes, then no blanks")
def by_differences(path: IntArray, blank: int = 0) -> IntArray:
    kept = path[np.concatenate([np.full(min(len(path), 1), True), np.diff(path) != 0])]
    labels: IntArray = kept[kept != blank]
    return labels


@variant("extend", "labels and blanks side by side, laid out in one row")
def side_by_side(labels: IntArray, blank: int) -> IntArray:
    pairs = np.stack([np.full_like(labels, blank), labels], axis=2)  # (N, S, 2)
    return np.concatenate([pairs.reshape(len(labels), -1), np.full_like(labels[:, :1], blank)], axis=1)


@variant("extend", "blanks inserted before every label, and one appended")
def inserted(labels: IntArray, blank: int) -> IntArray:
    n, size = labels.shape
    return np.hstack([np.insert(labels, range(size), blank, axis=1), np.full((n, 1), blank, labels.dtype)])


@variant("may_skip", "position by position")
def position_by_position(positions: IntArray, blank: int) -> Mask:
    skip = np.zeros(positions.shape, bool)
    for n, row in enumerate(positions):
        for s in range(2, len(row)):
            skip[n, s] = row[s] != blank and row[s] != row[s - 2]
    return skip


@variant("may_skip", "two blanks put before the row, then compared with it")
def compared_with_two_before(positions: IntArray, blank: int) -> Mask:
    before = np.pad(positions, ((0, 0), (2, 0)), constant_values=blank)[:, :-2]
    skip: Mask = (positions != before) & (positions != blank)
    skip[:, 1:2] = False
    return skip


@variant("advance", "slices of a copy")
def slices_of_a_copy(before: Array, skip: Mask) -> Array:
    ways = before.copy()
    ways[:, 1:] = np.logaddexp(ways[:, 1:], before[:, :-1])
    passed = np.logaddexp(ways[:, 2:], before[:, :-2])
    ways[:, 2:] = np.where(skip[:, 2:], passed, ways[:, 2:])
    return ways


@variant("advance", "the largest of three taken out, and one logarithm")
def largest_taken_out(before: Array, skip: Mask) -> Array:
    n, size = before.shape
    wide = np.concatenate([np.full((n, 2), -np.inf), before], axis=1)
    ways = np.stack([before, wide[:, 1 : size + 1], np.where(skip, wide[:, :size], -np.inf)])
    top = np.maximum(ways.max(axis=0), np.finfo(float).min)  # a number, where all three are minus infinity too
    with np.errstate(divide="ignore"):
        found: Array = top + np.log(np.exp(ways - top).sum(axis=0))
    return found


@variant("retreat", "slices of a copy")
def slices_of_a_copy_back(after: Array, skip: Mask) -> Array:
    ways = after.copy()
    ways[:, :-1] = np.logaddexp(ways[:, :-1], after[:, 1:])
    ways[:, :-2] = np.logaddexp(ways[:, :-2], np.where(skip[:, 2:], after[:, 2:], -np.inf))
    return ways


@variant("retreat", "position by position")
def position_by_position_back(after: Array, skip: Mask) -> Array:
    found = np.empty_like(after)
    for n, row in enumerate(after):
        for s in range(len(row)):
            ways = [*row[s : s + 2], *(row[s + 2 : s + 3] if skip[n, s + 2 : s + 3].any() else [])]
            found[n, s] = np.logaddexp.reduce(ways)
    return found


@variant("alphas", "rows in a list, stacked at the end")
def rows_in_a_list(x: Array, skip: Mask) -> Array:
    rows = [np.where(np.arange(x.shape[2]) == 0, 0, np.full(x.shape[1:], -np.inf))]
    for now in x:
        rows.append(now + advance(rows[-1], skip))
    return np.stack(rows)


@variant("alphas", "probabilities that add up to one at each step, and the logarithm of their sum aside")
def scaled_probabilities(x: Array, skip: Mask) -> Array:
    steps, n, size = x.shape
    alpha = np.full((steps + 1, n, size), -np.inf)
    alpha[0, :, 0] = 0
    p, scale = np.exp(alpha[0]), np.zeros((n, 1))
    for t in range(steps):
        ways = p.copy()
        ways[:, 1:] += p[:, :-1]
        ways[:, 2:] += skip[:, 2:] * p[:, :-2]
        ways *= np.exp(x[t])
        total = ways.sum(axis=1, keepdims=True)
        total[total == 0] = 1
        p, scale = ways / total, scale + np.log(total)
        with np.errstate(divide="ignore"):
            alpha[t + 1] = np.log(p) + scale
    return alpha


@variant("CTCLoss.forward", "one sequence after the other, its two ends picked")
def two_ends_picked(
    self: CTCLoss, log_probs: Array, targets: IntArray, input_lengths: Any, target_lengths: Any
) -> Array:
    expect_log("CTCLoss.forward", expect_rank("CTCLoss.forward", log_probs, "TNC"))
    lengths, sizes = read_lengths(log_probs.shape, input_lengths, target_lengths)
    positions = extend(read_targets(targets, sizes, log_probs.shape[2], self.blank), self.blank)
    x = log_probs[:, np.arange(len(positions))[:, None], positions].astype(np.float64)
    skip = may_skip(positions, self.blank)
    alpha, log_p = alphas(x, skip), np.empty(len(sizes))
    for n, (steps, size) in enumerate(zip(lengths, sizes, strict=True)):
        last = alpha[steps, n]
        log_p[n] = np.logaddexp(last[2 * size], last[2 * size - 1]) if size else last[0]
    counts = self.counts(sizes).astype(log_probs.dtype)
    self.keep(log_probs, positions, x, skip, last_two(sizes, positions.shape[1]), lengths, alpha, log_p, counts)
    losses = -log_p
    if self.zero_infinity:
        losses[losses == np.inf] = 0
    return self.reduce(losses.astype(log_probs.dtype) * counts)


@variant("CTCLoss.forward", "from the end: the betas at the first step")
def from_the_end(self: CTCLoss, log_probs: Array, targets: IntArray, input_lengths: Any, target_lengths: Any) -> Array:
    expect_log("CTCLoss.forward", expect_rank("CTCLoss.forward", log_probs, "TNC"))
    lengths, sizes = read_lengths(log_probs.shape, input_lengths, target_lengths)
    positions = extend(read_targets(targets, sizes, log_probs.shape[2], self.blank), self.blank)
    x = np.stack([log_probs[:, n, row] for n, row in enumerate(positions)], axis=1).astype(np.float64)
    skip, ends = may_skip(positions, self.blank), last_two(sizes, positions.shape[1])
    log_p = betas(x, skip, ends, lengths)[0, :, 0]  # every path begins at the first position
    counts = self.counts(sizes).astype(log_probs.dtype)
    self.keep(log_probs, positions, x, skip, ends, lengths, alphas(x, skip), log_p, counts)
    losses = np.nan_to_num(-log_p, posinf=0 if self.zero_infinity else np.inf)
    return self.reduce(losses.astype(log_probs.dtype) * counts)


@variant("CTCLoss.backward", "np.add.at, and the weights first")
def added_at_places(self: CTCLoss, dloss: Array | float = 1.0) -> Array:
    log_probs, positions, x, skip, ends, lengths, alpha, log_p, counts = self.kept_all()
    weight = counts * self.share(dloss, counts)
    beta = betas(x, skip, ends, lengths)
    total = np.where(np.isfinite(log_p), log_p, 0 if self.zero_infinity else np.nan)
    visits = np.exp(alpha[1:] + beta[1:] - total[:, None])
    gradient = np.zeros(log_probs.shape, np.float64)
    for now, visit in zip(gradient, visits, strict=True):
        np.add.at(now, (np.arange(len(positions))[:, None], positions), -weight[:, None] * visit)
    return gradient.astype(log_probs.dtype)


@variant("CTCLoss.backward", "class by class, at a mask of its positions")
def class_by_class(self: CTCLoss, dloss: Array | float = 1.0) -> Array:
    log_probs, positions, x, skip, ends, lengths, alpha, log_p, counts = self.kept_all()
    share = np.exp(alpha + betas(x, skip, ends, lengths) - np.where(np.isinf(log_p), 0, log_p)[:, None])[1:]
    if not self.zero_infinity:
        share[:, np.isinf(log_p)] = np.nan
    gradient: Array = np.zeros_like(log_probs)
    for k in range(log_probs.shape[2]):
        gradient[:, :, k] = -np.where(positions == k, share, 0).sum(axis=2)
    gradient *= np.asarray(self.share(dloss, counts) * counts)[:, None]
    return gradient

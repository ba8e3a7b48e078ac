"""What people write instead of connectionist temporal classification."""

from typing import Any

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.nn.ctc_loss.ctc_loss import CTCLoss, Mask, betas, shift


@misconception(
    "collapse",
    "You drop the blanks first and the repeats after: labels that a blank kept apart become one.",
    see="What a path spells",
)
def blanks_first(path: IntArray, blank: int = 0) -> IntArray:
    labels = path[path != blank]
    return np.array([k for i, k in enumerate(labels) if i == 0 or k != labels[i - 1]], path.dtype)


@misconception(
    "collapse",
    "You drop the blanks and keep the repeats. A class that lasts for several steps is one label.",
    see="What a path spells",
)
def repeats_kept(path: IntArray, blank: int = 0) -> IntArray:
    kept: IntArray = path[path != blank]
    return kept


@misconception(
    "collapse",
    "You keep each class once for the whole path. A repeat is only what follows on itself.",
    see="What a path spells",
)
def each_class_once(path: IntArray, blank: int = 0) -> IntArray:
    return np.array([k for k in dict.fromkeys(path.tolist()) if k != blank], path.dtype)


@misconception(
    "collapse",
    "Your blank is always class 0. Which class it is comes in as an argument.",
    see="What a path spells",
)
def blank_is_zero(path: IntArray, blank: int = 0) -> IntArray:
    new = np.ones(len(path), bool)
    new[1:] = path[1:] != path[:-1]
    labels: IntArray = path[new & (path != 0)]
    return labels


@misconception(
    "extend",
    "There is no blank before the first label in yours, so a path could not begin with silence.",
    see="The row of positions",
)
def no_blank_in_front(labels: IntArray, blank: int) -> IntArray:
    positions = np.full((labels.shape[0], 2 * labels.shape[1]), blank, labels.dtype)
    positions[:, ::2] = labels
    return positions


@misconception(
    "may_skip",
    "You skip between equal labels as well. Without the blank between them the two would collapse into one.",
    see="The row of positions",
)
def equal_labels_merge(positions: IntArray, blank: int) -> Mask:
    skip: Mask = positions != blank
    skip[:, :2] = False
    return skip


@misconception(
    "may_skip",
    "You let a path skip from blank to blank, over a label. That label would be missing from what it spells.",
    see="The row of positions",
)
def labels_passed_over(positions: IntArray, blank: int) -> Mask:
    skip = np.zeros(positions.shape, bool)
    skip[:, 2:] = (positions[:, 2:] == blank) | (positions[:, 2:] != positions[:, :-2])
    return skip


@misconception(
    "advance",
    "You add the three logarithms. That multiplies the probabilities; ways that lead to one place add up.",
    see="All ways at once",
)
def logarithms_added(before: Array, skip: Mask) -> Array:
    ways: Array = before + shift(before, 1) + np.where(skip, shift(before, 2), 0)
    return ways


@misconception(
    "advance",
    "You keep the best of the ways in. That is the likeliest path, not the sum over all of them.",
    see="All ways at once",
)
def best_way_only(before: Array, skip: Mask) -> Array:
    ways = np.maximum(before, shift(before, 1))
    return np.maximum(ways, np.where(skip, shift(before, 2), -np.inf))


@misconception(
    "advance",
    "In your step nobody stays where they are, so a label can last for one step only.",
    see="The row of positions",
)
def nobody_stays(before: Array, skip: Mask) -> Array:
    return np.logaddexp(shift(before, 1), np.where(skip, shift(before, 2), -np.inf))


@misconception(
    "advance",
    "You go on by two everywhere. It is allowed where skip says so.",
    see="The row of positions",
)
def skips_everywhere(before: Array, skip: Mask) -> Array:
    return np.logaddexp(np.logaddexp(before, shift(before, 1)), shift(before, 2))


@misconception(
    "advance",
    "You leave the logarithms, add, and take them again: far down, e to such a number is 0, and its logarithm is lost.",
    see="All ways at once",
)
def underflows(before: Array, skip: Mask) -> Array:
    ways = np.exp(before) + np.exp(shift(before, 1)) + np.where(skip, np.exp(shift(before, 2)), 0)
    logarithm: Array = np.log(ways)
    return logarithm


@misconception(
    "alphas",
    "The first step of yours may begin at any position: a path begins with the first blank or the first label.",
    see="All ways at once",
)
def begins_anywhere(x: Array, skip: Mask) -> Array:
    return _walk(x, skip, np.zeros(x.shape[1:]))


@misconception(
    "alphas",
    "You start from log 0 = -∞ at every position. Then nothing can ever happen: one of them has to be certain.",
    see="All ways at once",
)
def begins_nowhere(x: Array, skip: Mask) -> Array:
    return _walk(x, skip, np.full(x.shape[1:], -np.inf))


@misconception(
    "alphas",
    "You take the way in before adding what the step says, one step late: x of each step stands in the next row.",
    see="All ways at once",
)
def one_step_late(x: Array, skip: Mask) -> Array:
    start = np.full(x.shape[1:], -np.inf)
    start[:, 0] = 0
    late = np.concatenate([np.zeros_like(x[:1]), x[:-1]])
    return _walk(late, skip, start)


def _walk(x: Array, skip: Mask, start: Array) -> Array:
    alpha = [start]
    for emitted in x:
        before = alpha[-1]
        ways = np.logaddexp(before, shift(before, 1))
        alpha.append(emitted + np.logaddexp(ways, np.where(skip, shift(before, 2), -np.inf)))
    return np.stack(alpha)


@misconception(
    "CTCLoss.forward",
    "Your paths have to end at the last blank. They may end at the last label as well.",
    see="The row of positions",
)
def must_end_in_a_blank(self: CTCLoss, log_probs: Array, targets: IntArray, steps: Any, sizes: Any) -> Array:
    return _loss(self, log_probs, targets, steps, sizes, last=lambda row, size: row[2 * size])


@misconception(
    "CTCLoss.forward",
    "You add up all positions after the last step, also of paths that have not yet spelled all labels.",
    see="All ways at once",
)
def unfinished_paths(self: CTCLoss, log_probs: Array, targets: IntArray, steps: Any, sizes: Any) -> Array:
    return _loss(self, log_probs, targets, steps, sizes, last=lambda row, size: np.logaddexp.reduce(row))


@misconception(
    "CTCLoss.forward",
    "You read the end of every sequence after the last step of the batch. Each has its own length.",
    see="All ways at once",
)
def padding_counts(self: CTCLoss, log_probs: Array, targets: IntArray, steps: Any, sizes: Any) -> Array:
    return _loss(self, log_probs, targets, [len(log_probs)] * len(steps), sizes)


@misconception(
    "CTCLoss.forward",
    "Your mean is over the sequences alone. By convention each loss is divided by its number of labels first.",
    see="In the frameworks",
)
def mean_of_sequences(self: CTCLoss, log_probs: Array, targets: IntArray, steps: Any, sizes: Any) -> Array:
    return _loss(self, log_probs, targets, steps, sizes, per_label=False)


def _loss(
    self: CTCLoss,
    log_probs: Array,
    targets: IntArray,
    steps: Any,
    sizes: Any,
    last: Any = None,
    per_label: bool = True,
) -> Array:
    """The loss, sequence by sequence; for backward the right things are kept."""
    CTCLoss.forward(self, log_probs, targets, steps, sizes)
    losses = []
    for n, (length, size) in enumerate(zip(steps, sizes, strict=True)):
        positions = np.full(2 * size + 1, self.blank)
        positions[1::2] = targets[n, :size]
        skip = np.array([s > 1 and k not in (self.blank, positions[s - 2]) for s, k in enumerate(positions)])
        start = np.where(np.arange(len(positions)) == 0, 0.0, -np.inf)
        x = log_probs[:length, n, positions].astype(np.float64)
        row = _walk(x[:, None], skip[None], start[None])[-1, 0]
        log_p = last(row, size) if last else np.logaddexp.reduce(row[max(2 * size - 1, 0) :])
        spared = self.zero_infinity and np.isinf(log_p)
        losses.append(0.0 if spared else -log_p / (max(size, 1) if per_label and self.reduction == "mean" else 1))
    return self.reduce(np.array(losses, log_probs.dtype))


@misconception(
    "retreat",
    "You ask of the position that is left whether it may be skipped to. It is the one that is reached that counts.",
    see="Who was there, and when",
)
def skip_of_the_wrong_end(after: Array, skip: Mask) -> Array:
    ways = np.logaddexp(after, shift(after, -1))
    return np.logaddexp(ways, np.where(skip, shift(after, -2), -np.inf))


@misconception(
    "retreat",
    "That is the step forward once more. The ways on lead to higher positions, so the row moves back.",
    see="Who was there, and when",
)
def forward_again(after: Array, skip: Mask) -> Array:
    ways = np.logaddexp(after, shift(after, 1))
    return np.logaddexp(ways, np.where(skip, shift(after, 2), -np.inf))


@misconception(
    "CTCLoss.backward",
    "Each class gets the share of one of its positions. A class that stands at several collects from all of them.",
    see="Who was there, and when",
)
def last_position_wins(self: CTCLoss, dloss: Array | float = 1.0) -> Array:
    return _gradient(self, dloss, lambda before, share: -share)


@misconception(
    "CTCLoss.backward",
    "You add log p to alpha and beta where it is to be taken off: the shares of a step do not add up to 1.",
    see="Who was there, and when",
)
def not_a_share(self: CTCLoss, dloss: Array | float = 1.0) -> Array:
    return _gradient(self, dloss, lambda before, share: before - share, by=-1.0)


@misconception(
    "CTCLoss.backward",
    "Your sign is turned: what lies on the paths is to become more likely, so its slope is not positive.",
    see="Who was there, and when",
)
def uphill(self: CTCLoss, dloss: Array | float = 1.0) -> Array:
    return _gradient(self, dloss, lambda before, share: before + share)


@misconception(
    "CTCLoss.backward",
    "You give the gradient of each sequence's own loss: what it counts and the upstream gradient are not in it.",
    see="Who was there, and when",
)
def ctc_not_shared(self: CTCLoss, dloss: Array | float = 1.0) -> Array:
    return _gradient(self, dloss, lambda before, share: before - share, weighed=False)


def _gradient(self: CTCLoss, dloss: Array | float, add: Any, by: float = 1.0, weighed: bool = True) -> Array:
    log_probs, positions, x, skip, ends, lengths, alpha, log_p, counts = self.kept_all()
    total = np.where(np.isinf(log_p), 0 if self.zero_infinity else np.nan, log_p)
    visits = np.exp(alpha + betas(x, skip, ends, lengths) - by * total[:, None])[1:]
    rows, gradient = np.arange(len(positions)), np.zeros(log_probs.shape, log_probs.dtype)
    for s in range(positions.shape[1]):
        gradient[:, rows, positions[:, s]] = add(gradient[:, rows, positions[:, s]], visits[:, :, s])
    weight: Array = counts * self.share(dloss, counts) if weighed else np.ones_like(counts)
    gradient *= weight[:, None]
    return gradient

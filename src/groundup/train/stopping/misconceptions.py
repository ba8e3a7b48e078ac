"""What people write for early stopping: bars that move, waits that never end, and epochs that nobody could know."""

from collections.abc import Iterable

import numpy as np

from groundup.core import Array, misconception
from groundup.train.stopping.stopping import Patience, replay


@misconception(
    "Patience.improved",
    "An equal measure counts as better, so that a curve that stands still is never ended.",
    see="How long to wait",
)
def equal_is_better(self: Patience, measure: float) -> bool:
    sign = 1 if self.mode == "max" else -1
    return sign * measure >= sign * self.best + self.min_delta


@misconception(
    "Patience.improved",
    "min_delta is on the wrong side: a measure that is a little worse passes for better.",
    see="How long to wait",
)
def delta_on_the_wrong_side(self: Patience, measure: float) -> bool:
    sign = 1 if self.mode == "max" else -1
    return sign * measure > sign * self.best - self.min_delta


@misconception(
    "Patience.improved",
    "Lower is better whatever the mode is: of accuracies you keep the worst.",
    see="How long to wait",
)
def lower_is_better(self: Patience, measure: float) -> bool:
    return measure < self.best - self.min_delta


@misconception(
    "Patience.improved",
    "min_delta plays no part: any gain, however small, sets the waiting back.",
    see="How long to wait",
)
def any_gain(self: Patience, measure: float) -> bool:
    return measure < self.best if self.mode == "min" else measure > self.best


@misconception(
    "Patience.improved",
    "min_delta is taken as a share of the best. It is an amount, in the units of the measure.",
    see="How long to wait",
)
def a_share_of_the_best(self: Patience, measure: float) -> bool:
    if self.mode == "min":
        return measure < self.best * (1 - self.min_delta)
    return measure > self.best * (1 + self.min_delta)


@misconception(
    "Patience.step",
    "Every measure is compared with the one before it, and not with the best: a curve that goes down and up by turns "
    "is never ended.",
    see="How long to wait",
)
def compared_with_the_last(self: Patience, measure: float) -> bool:
    better = self.improved(measure)
    self.best = measure
    self.waited = 0 if better else self.waited + 1
    return self.waited >= self.patience


@misconception(
    "Patience.step",
    "A better measure does not set the waiting back: bad epochs are added up over the whole run.",
    see="How long to wait",
)
def never_set_back(self: Patience, measure: float) -> bool:
    if self.improved(measure):
        self.best = measure
    else:
        self.waited += 1
    return self.waited >= self.patience


@misconception(
    "Patience.step",
    "You wait for one epoch more than the patience. It is time when the waiting reaches it.",
    see="How long to wait",
)
def one_epoch_more(self: Patience, measure: float) -> bool:
    if self.improved(measure):
        self.best, self.waited = measure, 0
    else:
        self.waited += 1
    return self.waited > self.patience


@misconception(
    "Patience.step",
    "A gain that is too small to count moves the bar all the same: many small gains never add up to one.",
    see="How long to wait",
)
def small_gains_move_the_bar(self: Patience, measure: float) -> bool:
    self.waited = 0 if self.improved(measure) else self.waited + 1
    self.best = min(self.best, measure) if self.mode == "min" else max(self.best, measure)
    return self.waited >= self.patience


@misconception(
    "Patience.step",
    "The best is never written down, so that everything is better than the beginning and nothing ends the run.",
    see="How long to wait",
)
def best_never_kept(self: Patience, measure: float) -> bool:
    self.waited = 0 if self.improved(measure) else self.waited + 1
    return self.waited >= self.patience


@misconception(
    "replay",
    "The best epoch is looked up in the whole curve, and may come after the end of the run.",
    see="Best and last",
)
def the_future_known(measures: Iterable[float], rule: Patience) -> tuple[int, int]:
    known = list(measures)
    best = int(np.argmin(known) if rule.mode == "min" else np.argmax(known))
    return replay(known, rule)[0], best


@misconception(
    "replay",
    "Epochs are counted from 1. Here epoch 0 is the first measure, before any training.",
    see="Best and last",
)
def counted_from_one(measures: Iterable[float], rule: Patience) -> tuple[int, int]:
    last, best = replay(measures, rule)
    return last + 1, best + 1


@misconception(
    "replay",
    "You keep the weights of the last epoch. They are so many epochs past the best as the patience is long.",
    see="Best and last",
)
def the_last_kept(measures: Iterable[float], rule: Patience) -> tuple[int, int]:
    last, _ = replay(measures, rule)
    return last, last


@misconception(
    "replay",
    "The best is always so many epochs back as the patience is long. That holds only where the rule ended the run.",
    see="Best and last",
)
def always_a_patience_back(measures: Iterable[float], rule: Patience) -> tuple[int, int]:
    last, _ = replay(measures, rule)
    return last, max(0, last - rule.patience)


@misconception(
    "generalisation_loss",
    "You compare with the lowest loss of the whole run, which nobody knows in the middle of it.",
    see="Two relatives",
)
def lowest_of_all(losses: Array) -> Array:
    return np.asarray(losses / losses.min() - 1)


@misconception(
    "generalisation_loss",
    "That is a difference. A share is asked for: the bound is to mean the same for large losses and for small ones.",
    see="Two relatives",
)
def a_difference(losses: Array) -> Array:
    return losses - np.minimum.accumulate(losses)


@misconception(
    "generalisation_loss",
    "At the best epoch it should be 0, and yours is 1 there.",
    see="Two relatives",
)
def one_too_many(losses: Array) -> Array:
    return losses / np.minimum.accumulate(losses)


@misconception(
    "generalisation_loss",
    "Each loss is compared with the one before it. A slow rise is then never seen.",
    see="Two relatives",
)
def with_the_one_before(losses: Array) -> Array:
    return np.asarray(losses / np.concatenate([losses[:1], losses[:-1]]) - 1)


def _plateau(losses: Iterable[float], lr: float, factor: float, bound: int, *, anew: bool, first: bool) -> list[float]:
    rule, rates = Patience(bound), []
    for loss in losses:
        rates += [lr] if first else []
        if rule.step(loss):
            lr, rule.waited = lr * factor, 0 if anew else rule.waited
        rates += [] if first else [lr]
    return rates


@misconception(
    "rates_on_plateau",
    "The rate falls when the waiting reaches the patience. For a plateau it has to be more, by PyTorch's convention.",
    see="Two relatives",
)
def reached_is_enough(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    return _plateau(losses, lr, factor, max(1, patience), anew=True, first=False)


@misconception(
    "rates_on_plateau",
    "After a fall the waiting is not begun anew: the rate falls again in every epoch until there is a better one.",
    see="Two relatives",
)
def falls_and_falls(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    return _plateau(losses, lr, factor, patience + 1, anew=False, first=False)


@misconception(
    "rates_on_plateau",
    "You give the rate that each epoch had. The rate after it is asked for, with which the next one goes on.",
    see="Two relatives",
)
def the_rate_before(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    return _plateau(losses, lr, factor, patience + 1, anew=True, first=True)


@misconception(
    "rates_on_plateau",
    "The factor is taken away from the rate. The rate is multiplied by it, and never becomes negative.",
    see="Two relatives",
)
def taken_away(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    rule, rates = Patience(patience + 1), []
    for loss in losses:
        if rule.step(loss):
            lr, rule.waited = lr - factor, 0
        rates.append(lr)
    return rates

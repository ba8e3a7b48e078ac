"""Early stopping written another way, and just as right."""

from collections.abc import Iterable
from math import inf

import numpy as np

from groundup.core import Array, variant
from groundup.train.stopping.stopping import Patience, _expect_some


@variant("Patience.improved", "one comparison, with a sign")
def with_a_sign(self: Patience, measure: float) -> bool:
    sign = 1 if self.mode == "max" else -1
    return sign * measure > sign * self.best + self.min_delta


@variant("Patience.improved", "the bar first")
def the_bar_first(self: Patience, measure: float) -> bool:
    bar = {"min": self.best - self.min_delta, "max": self.best + self.min_delta}[self.mode]
    return bool(np.less(measure, bar) if self.mode == "min" else np.greater(measure, bar))


@variant("Patience.step", "waiting first, taken back if there was no need")
def waiting_first(self: Patience, measure: float) -> bool:
    self.waited += 1
    if self.improved(measure):
        self.best = measure
        self.waited = 0
    return not self.waited < self.patience


@variant("Patience.step", "two results in a line")
def in_a_line(self: Patience, measure: float) -> bool:
    self.best, self.waited = (measure, 0) if self.improved(measure) else (self.best, self.waited + 1)
    return self.waited >= self.patience


@variant("replay", "the best by what was waited at the end")
def by_what_was_waited(measures: Iterable[float], rule: Patience) -> tuple[int, int]:
    last = -1
    for measure in _expect_some(measures):
        last += 1
        if rule.step(measure):
            break
    return last, max(0, last - rule.waited)


@variant("replay", "a list of all steps")
def a_list_of_steps(measures: Iterable[float], rule: Patience) -> tuple[int, int]:
    known = _expect_some(measures)
    waits: list[int] = []
    while len(waits) < len(known) and (not waits or waits[-1] < rule.patience):
        rule.step(known[len(waits)])
        waits.append(rule.waited)
    return len(waits) - 1, max((t for t, waited in enumerate(waits) if waited == 0), default=0)


@variant("generalisation_loss", "epoch by epoch")
def epoch_by_epoch(losses: Array) -> Array:
    lowest, found = inf, np.empty_like(losses)
    for t, loss in enumerate(losses):
        lowest = min(lowest, float(loss))
        found[t] = (float(loss) - lowest) / lowest
    return found


@variant("generalisation_loss", "a table of all epochs up to each")
def a_table(losses: Array) -> Array:
    table = np.where(np.tri(len(losses), dtype=bool), losses, np.inf)  # (T, T)
    lowest = table.min(axis=1).astype(losses.dtype)
    return np.asarray((losses - lowest) / lowest)


@variant("rates_on_plateau", "best and waiting by hand")
def by_hand(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    best, bad, rates = inf, 0, []
    for loss in losses:
        best, bad = (loss, 0) if loss < best else (best, bad + 1)
        if bad > patience:
            lr, bad = lr * factor, 0
        rates.append(lr)
    return rates


@variant("rates_on_plateau", "a new rule after every fall")
def a_new_rule_after_a_fall(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    rule, falls, rates = Patience(patience + 1), 0, []
    for loss in losses:
        if rule.step(loss):
            best, falls = rule.best, falls + 1
            rule = Patience(patience + 1)
            rule.best = best
        rates.append(lr * factor**falls)
    return rates

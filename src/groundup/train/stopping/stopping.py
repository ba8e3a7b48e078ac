"""Stopping early: training ends when the validation measure no longer improves.

With mₜ the measure after epoch t (a loss, the lower the better), and b the best so far:

    (1)  improved    mₜ < b - δ                        δ = min_delta;  for an accuracy  mₜ > b + δ
    (2)  waited      w ← 0 if improved, else w + 1
    (3)  stop        when w reaches the patience p

The weights that are kept are those of the best epoch, which a checkpoint has, not those of the last. Two relatives:

    (4)  generalisation loss   GLₜ = mₜ / min(m₀, ..., mₜ) - 1        stop when it is above α, however long it took
    (5)  reduce on plateau     η ← γ η and w ← 0  when w > p          a smaller step in place of an end

t steps of descent at the rate η go this part of the way along a direction of curvature λ, much as with weight decay:

    (6)  1 - (1 - η λ)ᵗ  ≈  λ / (λ + 1 / (η t))

That (3) says "reaches" and (5) "more than" is convention, Lightning's and PyTorch's. Derivation: lesson.md, "Derive".
Sources: Prechelt, Early Stopping - But When? (1998), its classes UP, GL; Bengio, Practical Recommendations for
Gradient-Based Training of Deep Architectures (2012), section 3.1; Goodfellow, Bengio and Courville, Deep Learning,
section 7.8, for Eq. 6.
"""

from collections.abc import Iterable
from math import inf

import numpy as np

from groundup.core import Array, expect_in, expect_positive


class Patience:
    """How long one has waited for an improvement, Eqs. 1 to 3. ``mode`` is "min" for a loss, "max" for an accuracy.

    Raises ValueError for a patience below 1, a negative ``min_delta`` and another mode.
    """

    def __init__(self, patience: int = 5, min_delta: float = 0.0, mode: str = "min") -> None:
        expect_positive("Patience", patience=patience)
        if mode not in ("min", "max"):
            raise ValueError(f"Patience: expected mode to be min or max, got {mode!r}")
        self.patience, self.mode = patience, mode
        self.min_delta = float(expect_in("Patience", "min_delta", min_delta, 0.0))
        self.best, self.waited = (inf if mode == "min" else -inf), 0

    def improved(self, measure: float) -> bool:
        """Whether it is better than the best by more than ``min_delta``, Eq. 1; nan never is."""
        if self.mode == "min":
            return measure < self.best - self.min_delta
        return measure > self.best + self.min_delta

    def step(self, measure: float) -> bool:
        """Take in the measure of one more epoch, Eq. 2; whether it is time to stop, Eq. 3."""
        if self.improved(measure):
            self.best, self.waited = measure, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


def replay(measures: Iterable[float], rule: Patience) -> tuple[int, int]:
    """Where a new rule would have ended a run with these measures, and the epoch whose weights are kept, both from 0.

    A run that it does not end goes on to its last epoch. Raises ValueError where there is no measure.
    """
    best = 0
    for epoch, measure in enumerate(_expect_some(measures)):
        over = rule.step(measure)
        if rule.waited == 0:
            best = epoch
        if over:
            break
    return epoch, best


def _expect_some(measures: Iterable[float]) -> list[float]:
    known = list(measures)
    if not known:
        raise ValueError("replay: expected the measure of at least one epoch, got none; has the run been validated?")
    return known


def generalisation_loss(losses: Array) -> Array:
    """By which part each of the losses (T,), above 0, is higher than the lowest up to it, Eq. 4."""
    return losses / np.minimum.accumulate(losses) - 1


def rates_on_plateau(losses: Iterable[float], lr: float, factor: float = 0.1, patience: int = 10) -> list[float]:
    """The learning rate after each epoch of a run with these losses, begun at ``lr``, Eq. 5.

    What optim.schedule's ReduceLROnPlateau does with ``threshold=0``.
    """
    rule, rates = Patience(patience + 1), []
    for loss in losses:
        if rule.step(loss):
            lr, rule.waited = lr * factor, 0
        rates.append(lr)
    return rates

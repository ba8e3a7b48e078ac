"""How the learning rate changes during a run: by the clock, or when the validation loss no longer falls.

The schedules themselves are ``optim.schedule``'s. Here they are made for a run of so many steps, and their rate is
given to whatever learner the run has, after every step (by the clock) or every epoch (on a plateau).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from groundup.core import Parameter, expect_positive
from groundup.optim.optimizer import Optimizer
from groundup.optim.schedule import CosineAnnealingLR, LinearLR, OneCycleLR, ReduceLROnPlateau, SequentialLR, StepLR
from groundup.train.callbacks import Callback
from groundup.train.folder import Metric

if TYPE_CHECKING:
    from groundup.train.trainer import Trainer

WARM_UP = 0.1  # of the steps, where a schedule warms up
SCHEDULES = ("constant", "step", "cosine", "warm-up-cosine", "one-cycle", "plateau")


def rate_of(name: str, lr: float, steps: int) -> Callable[[int], float]:
    """The learning rate after t of ``steps`` steps; ``lr`` is the highest. Raises ValueError for an unknown name."""
    if name not in SCHEDULES or name == "plateau":
        raise ValueError(f"rate_of: expected one of {', '.join(SCHEDULES)}, got {name!r}; plateau looks at the loss")
    expect_positive("rate_of", steps=steps)
    dial = _dial(lr)
    warm = max(1, round(WARM_UP * steps))
    if name == "step":
        return StepLR(dial, max(1, steps // 3)).rate
    if name == "cosine":
        return CosineAnnealingLR(dial, steps).rate
    if name == "one-cycle" and steps > 2:
        one_cycle = OneCycleLR(dial, lr, steps, cycle_momentum=False)
        return lambda t: one_cycle.rate(min(t, steps - 1))
    if name == "warm-up-cosine":
        rise, fall = LinearLR(dial, 1e-3, 1.0, warm), CosineAnnealingLR(dial, max(1, steps - warm))
        return SequentialLR(dial, [rise, fall], [warm]).rate
    return lambda t: lr


def _dial(lr: float) -> Optimizer:
    """Something that has a learning rate: schedules want an optimiser, a run's may be PyTorch's."""
    return Optimizer([Parameter(np.zeros(1))], lr)


class Rate(Callback):
    """Set the rate of each step by a schedule. It depends on the number of steps alone, so nothing is remembered."""

    def __init__(self, rate: Callable[[int], float]) -> None:
        self.rate = rate

    def on_start(self, trainer: "Trainer") -> None:
        trainer.learner.lr = self.rate(trainer.step)

    def on_step(self, trainer: "Trainer", metric: Metric) -> None:
        trainer.learner.lr = self.rate(trainer.step)


class Plateau(Callback):
    """Lower the rate when the validation loss has not fallen for ``patience`` epochs. Options: ReduceLROnPlateau's."""

    def __init__(self, lr: float, *, factor: float = 0.3, patience: int = 3, **options: Any) -> None:
        self._rule = ReduceLROnPlateau(_dial(lr), factor=factor, patience=patience, **options)

    def on_epoch(self, trainer: "Trainer", metric: Metric | None) -> None:
        if metric is not None:
            self._rule.step(metric.loss)
            trainer.learner.lr = self._rule.optimizer.lr

    def state(self) -> dict[str, Any]:
        return self._rule.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        self._rule.load_state_dict(state)

"""LRScheduler: what all schedules that are functions of time share, and how one resumes.

A schedule is a function of the number of steps taken, η_t = rate(t). It sets the optimiser's rate when it is made, to
rate(0), and after each ``step()``. So where it stands is one number, and a resumed run is at the same rate to the bit.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundup.core import StateError, expect_in, expect_positive
from groundup.optim.optimizer import Optimizer


class LRScheduler:
    """Base of the schedules: a subclass writes ``rate(t)`` in terms of ``base_lr``.

    ``base_lr`` is the optimiser's rate when its first schedule was made, as in torch. ``last_epoch`` counts steps, in
    epochs or batches, whichever the loop calls ``step`` after.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer, self.last_epoch = optimizer, last_epoch
        if optimizer.initial_lr is None:
            if last_epoch != -1:
                raise ValueError(
                    f"{type(self).__name__}: expected an optimiser that had a schedule before, for last_epoch="
                    f"{last_epoch}; make the schedule anew and give it its state by load_state_dict"
                )
            optimizer.initial_lr = optimizer.lr
        self.base_lr = optimizer.initial_lr
        self.step()

    def rate(self, t: int) -> float:
        """The learning rate after t steps."""
        raise NotImplementedError(f"{type(self).__name__} does not define rate")

    def apply(self, t: int) -> None:
        """Bring the optimiser to where it is to be after t steps."""
        self.optimizer.lr = self.rate(t)

    def step(self) -> None:
        """One step on: call it once an epoch (or batch), after the optimiser's own steps."""
        self.apply(self.last_epoch + 1)
        self.last_epoch += 1

    def get_last_lr(self) -> list[float]:
        """The rate now, in a list as torch gives it."""
        return [self.optimizer.lr]

    def state_dict(self) -> dict[str, Any]:
        """Plain numbers, fit for JSON, under torch's names."""
        return {"last_epoch": self.last_epoch, "base_lrs": [self.base_lr], "_last_lr": self.get_last_lr()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there; sets the optimiser's rate as well. Raises StateError naming what is missing."""
        expect_keys(type(self).__name__, state, "last_epoch", "base_lrs")
        self.last_epoch, self.base_lr = int(state["last_epoch"]), float(state["base_lrs"][0])
        self.optimizer.initial_lr = self.base_lr
        self.apply(self.last_epoch)


def expect_keys(who: str, state: Mapping[str, Any], *keys: str) -> None:
    """All of these, or a StateError."""
    missing = [key for key in keys if key not in state]
    if missing:
        raise StateError(f"{who}.load_state_dict: missing {', '.join(missing)}; is it the state of another schedule?")


def load_each(who: str, schedules: Sequence[LRScheduler], states: Sequence[Mapping[str, Any]]) -> None:
    """Each of these its own state, or a StateError."""
    if len(schedules) != len(states):
        raise StateError(
            f"{who}.load_state_dict: expected the states of {len(schedules)} schedules, got {len(states)}; "
            "is it the state of another sequence?"
        )
    for schedule, state in zip(schedules, states, strict=True):
        schedule.load_state_dict(state)


def expect_factor(who: str, name: str, value: float, high: float = float("inf")) -> float:
    """A finite number above 0, at most ``high``: what a rate is multiplied by. Raises ValueError."""
    factor = float(expect_in(who, name, value, 0.0, high))
    if factor == 0:
        raise ValueError(f"{who}: expected {name} above 0, got {value!r}; at the rate 0 nothing is learned any more")
    return factor


def count_steps(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    """How long one cycle is: given, or epochs times steps in each."""
    if total_steps is not None:
        expect_positive("OneCycleLR", total_steps=total_steps)
        return total_steps
    if epochs is None or steps_per_epoch is None:
        raise ValueError("OneCycleLR: expected total_steps, or epochs and steps_per_epoch, got neither; it has an end")
    expect_positive("OneCycleLR", epochs=epochs, steps_per_epoch=steps_per_epoch)
    return epochs * steps_per_epoch

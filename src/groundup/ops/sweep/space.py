"""The search space: what a sweep may vary, one axis a setting.

A lab writes (low, high), (low, high, "log") or a list of choices. Bounds that are both whole numbers give whole
numbers. A lab that says nothing is searched over what every network has: learning rate, weight decay, batch size.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.labs.lab import Lab

GRID_POINTS = 4  # of a range, in a grid
Value = bool | int | float | str


@dataclass(frozen=True)
class Axis:
    """One setting, and what it may be: one of ``choices``, or a number from ``low`` to ``high``."""

    name: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def draw(self, trial: Any) -> Value:
        """What this trial of Optuna's is to try."""
        if self.choices:
            return self.value(trial.suggest_categorical(self.name, self.choices))
        suggest = trial.suggest_int if self.whole else trial.suggest_float
        return self.value(suggest(self.name, self.low, self.high, log=self.log))

    def value(self, drawn: Value) -> Value:
        """What was drawn, as it is tried: a number of a range with three figures, for more make no difference."""
        return drawn if self.choices or self.whole else float(f"{drawn:.3g}")

    def grid(self) -> list[Value]:
        """Every choice; of a range a few points, both ends among them."""
        if self.choices:
            return list(self.choices)
        points = (np.geomspace if self.log else np.linspace)(self.low, self.high, GRID_POINTS)
        inside = [min(max(float(point), self.low), self.high) for point in points]
        return list(dict.fromkeys(round(point) for point in inside)) if self.whole else list(inside)

    def said(self) -> str:
        """ "0.005 to 0.5 (log)", or the choices."""
        if self.choices:
            return ", ".join(map(str, self.choices))
        return f"{self.low:g} to {self.high:g}" + (" (log)" if self.log else "")


def axis_of(name: str, given: Sequence[Any]) -> Axis:
    """What a lab wrote, as an axis. Raises ValueError where it is neither bounds nor choices."""
    if isinstance(given, list) and given:
        return Axis(name, tuple(_plain(value) for value in given))
    ends = given[:2]
    if len(ends) < 2 or not ends[0] < ends[1] or given[2:] not in ((), ("log",)):
        raise ValueError(f"sweep: expected (low, high), (low, high, 'log') or choices for {name}, got {given!r}")
    return Axis(name, (), ends[0], ends[1], len(given) == 3)


def _plain(value: Any) -> Value:
    """A choice as the storage takes it; numbers in a row become text, which a lab reads back."""
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else value


def space_of(lab: Lab, fixed: Mapping[str, Any]) -> tuple[Axis, ...]:
    """The axes of a lab but for the settings that are fixed. Raises ValueError where nothing is left to vary."""
    space = lab.space or _usual(lab)
    axes = tuple(axis_of(name, given) for name, given in space.items() if name not in fixed)
    if not axes:
        raise ValueError(f"sweep: expected something to vary, got --set for all of {', '.join(space)}; leave one out")
    return axes


def _usual(lab: Lab) -> dict[str, Any]:
    settings: Any = lab.settings()
    return {
        "lr": (settings.lr / 10, settings.lr * 10, "log"),
        "weight_decay": (1e-6, 1e-1, "log"),
        "batch_size": [16, 32, 64, 128],
    }


def grid_of(axes: Sequence[Axis], seed: int) -> list[dict[str, Value]]:
    """Every combination, shuffled, so that the first few are spread over the whole."""
    points = list(itertools.product(*(axis.grid() for axis in axes)))
    order = np.random.default_rng([seed, *b"grid"]).permutation(len(points))
    return [dict(zip([axis.name for axis in axes], points[i], strict=True)) for i in order]

"""Optimizer: what every rule of descent needs besides its rule.

    (1)  stateᵢ, θᵢ ← update(stateᵢ, θᵢ, ∂L/∂θᵢ)        for each parameter i, on its own

A rule is a subclass with ``start``, what it remembers of a parameter before the first step, and ``update``, Eq. 1. The
list of parameters, the clearing of gradients and the state on disk are here. Keys are torch.optim's: "0.exp_avg" is the
``exp_avg`` of the first parameter.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from groundup.core import Array, Parameter, StateDict, StateError, expect_in


class Optimizer:
    """Parameters, a learning rate, and what is remembered of each parameter.

    ``lr`` may be changed between steps. ``state[i]`` belongs to the i-th parameter and is empty before its first step.

    Raises ValueError for settings out of range, no parameters or one twice; TypeError for what is no Parameter.
    """

    def __init__(
        self, params: Iterable[Parameter], lr: float, weight_decay: float = 0.0, *, maximize: bool = False
    ) -> None:
        self.who = type(self).__name__
        self.params = _expect_parameters(self.who, params)
        self.lr = float(expect_in(self.who, "lr", lr, 0.0))
        self.weight_decay = float(expect_in(self.who, "weight_decay", weight_decay, 0.0))
        self.maximize = maximize
        self.initial_lr: float | None = None  # where schedules begin: the rate that the first of them found
        self.state: list[StateDict] = [{} for _ in self.params]

    def start(self, parameter: Parameter) -> StateDict:
        """What is remembered of a parameter before its first step; fresh arrays, in the memory order of its value."""
        return {}

    def update(self, i: int, parameter: Parameter) -> None:
        """Move the i-th parameter, Eq. 1."""
        raise NotImplementedError(f"{self.who} does not define update")

    def memory(self, i: int) -> StateDict:
        """What is remembered of the i-th parameter, begun where it is empty."""
        if not self.state[i]:
            self.state[i] = self.start(self.params[i])
        return self.state[i]

    def step(self) -> None:
        """Move every parameter. Gradients are left as they are: ``zero_grad`` clears them."""
        for i, parameter in enumerate(self.params):
            self.update(i, parameter)

    def zero_grad(self) -> None:
        """Set every gradient to zero, before the next batch adds to them."""
        for parameter in self.params:
            parameter.zero_grad()

    def state_dict(self) -> StateDict:
        """A copy of all that is remembered, by the parameter's place and torch's name for it."""
        return {f"{i}.{name}": array.copy() for i, kept in enumerate(self.state) for name, array in kept.items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Put back what ``state_dict`` gave, all or none; an empty state is that before the first step.

        A count of steps may also come as an array of one entry, which is what some files make of it.
        Raises StateError naming every key that is missing, unknown or misshapen.
        """
        state = {
            key: np.reshape(a, ()) if np.shape(a) == (1,) and key.endswith(".step") else a for key, a in state.items()
        }
        fresh = [self.start(parameter) for parameter in self.params]
        own = {f"{i}.{name}": array for i, kept in enumerate(fresh) for name, array in kept.items()}
        wrong = [f"missing {key}" for key in own if state and key not in state]
        wrong += [f"unknown {key}" for key in state if key not in own]
        wrong += [
            f"{key} has shape {np.shape(state[key])}, expected {array.shape}"
            for key, array in own.items()
            if key in state and np.shape(state[key]) != array.shape
        ]
        if wrong:
            raise StateError(
                f"{self.who}.load_state_dict: {'; '.join(wrong)}; "
                "is it the state of another optimiser, or of one with other settings?"
            )
        for key, array in own.items():
            if state:
                array[...] = state[key]
        self.state = fresh if state else [{} for _ in fresh]


def expect_share(who: str, name: str, value: float) -> float:
    """A number in [0, 1): what is kept of a fading average from one step to the next. Raises ValueError."""
    kept = float(expect_in(who, name, value, 0.0, 1.0))
    if kept == 1.0:
        raise ValueError(f"{who}: expected {name} below 1, got {value!r}; an average that keeps everything never moves")
    return kept


def _expect_parameters(who: str, params: Iterable[Parameter]) -> list[Parameter]:
    """The parameters as a list: at least one, each once."""
    found: list[Any] = list(params) if isinstance(params, Iterable) else [params]
    odd = [type(p).__name__ for p in found if not isinstance(p, Parameter)]
    if odd or found == [params]:
        got = odd[0] if odd else "one parameter alone"
        raise TypeError(f"{who}: expected a list of parameters, got {got}; pass model.parameters()")
    if not found:
        raise ValueError(f"{who}: expected at least one parameter, got none; pass model.parameters()")
    if len({id(p) for p in found}) < len(found):
        raise ValueError(
            f"{who}: expected each parameter once, got {len(found)} of which some are the same; "
            "list a weight that two layers share once, or it is moved twice a step"
        )
    return found

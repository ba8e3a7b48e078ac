"""SGD: stochastic gradient descent, with momentum, Nesterov's look-ahead and weight decay.

For each parameter θ with gradient g = ∂L/∂θ of the mini-batch:

    (1)  g ← g + λ θ                        weight decay λ: the gradient of λ/2 · |θ|²
    (2)  v ← μ v + (1 - τ) g                momentum μ, dampening τ; the first step sets v = g
    (3)  d = g + μ v   if nesterov else v   Nesterov looks where the velocity is about to carry it
    (4)  θ ← θ - η d                        learning rate η

With μ = 0 there is no v, and d = g. This is torch.optim.SGD's form: η multiplies the velocity when it is used, not when
it is stored, so a changed learning rate acts at once. Derivation: lesson.md, "Derive".
Sources: Robbins and Monro (1951); Polyak (1964); Sutskever, Martens, Dahl, Hinton, ICML 2013, Eqs. 1-4.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from groundup.core import Array, Parameter, StateDict, StateError, expect_in


class SGD:
    """Step parameters down their gradients by Eqs. 1 to 4; names and defaults are torch.optim.SGD's.

    ``lr`` may be changed between steps. ``maximize`` climbs instead. State keys: "0.momentum_buffer", ...

    Raises ValueError for settings out of range, Nesterov without momentum or with dampening, no parameters or one
    twice; TypeError for what is no Parameter.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        self.params = _expect_parameters(params)
        self.lr = float(expect_in("SGD", "lr", lr, 0.0))
        self.momentum = float(expect_in("SGD", "momentum", momentum, 0.0))
        self.dampening = float(expect_in("SGD", "dampening", dampening, 0.0, 1.0))
        self.weight_decay = float(expect_in("SGD", "weight_decay", weight_decay, 0.0))
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                f"SGD: expected momentum above 0 and no dampening with nesterov=True, got {momentum=}, {dampening=}; "
                "the look ahead needs a velocity that is a sum"
            )
        self.nesterov, self.maximize = nesterov, maximize
        self._velocity: dict[int, Array] = {}  # by the parameter's place; empty until the first step

    def gradient(self, parameter: Parameter) -> Array:
        """The g of Eq. 1, same shape as the parameter; ``parameter.grad`` stays as it was."""
        g = -parameter.grad if self.maximize else parameter.grad
        return g + self.weight_decay * parameter.value if self.weight_decay else g

    def velocity(self, i: int, g: Array) -> Array:
        """Move the velocity of the i-th parameter on by its gradient, Eq. 2, and return it."""
        if i not in self._velocity:
            self._velocity[i] = g.copy()  # the first step: v = g, undamped; a copy, grad will change
        else:
            self._velocity[i] = self.momentum * self._velocity[i] + (1 - self.dampening) * g
        return self._velocity[i]

    def direction(self, i: int, g: Array) -> Array:
        """The d of Eq. 3 for the i-th parameter; without momentum it is the gradient itself."""
        if not self.momentum:
            return g
        v = self.velocity(i, g)
        return g + self.momentum * v if self.nesterov else v

    def step(self) -> None:
        """Move every parameter, Eq. 4. Gradients are left as they are: ``zero_grad`` clears them."""
        for i, parameter in enumerate(self.params):
            parameter.value -= self.lr * self.direction(i, self.gradient(parameter))

    def zero_grad(self) -> None:
        """Set every gradient to zero, before the next batch adds to them."""
        for parameter in self.params:
            parameter.grad.fill(0)

    def state_dict(self) -> StateDict:
        """A copy of the velocities, by the parameter's place; empty before the first step with momentum."""
        return {f"{i}.momentum_buffer": v.copy() for i, v in self._velocity.items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Put velocities back, all or none; an empty state is that before the first step.

        Raises StateError naming every key that is missing, unknown or misshapen.
        """
        own = {f"{i}.momentum_buffer": parameter.value for i, parameter in enumerate(self.params)}
        wrong = [f"missing {key}" for key in own if state and key not in state]
        wrong += [f"unknown {key}" for key in state if key not in own]
        wrong += [
            f"{key} has shape {np.shape(state[key])}, expected {value.shape}"
            for key, value in own.items()
            if key in state and np.shape(state[key]) != value.shape
        ]
        if wrong:
            raise StateError(f"SGD.load_state_dict: {'; '.join(wrong)}; is it the state of another model's optimiser?")
        kept = enumerate(own.items())
        self._velocity = {i: np.array(state[key], dtype=value.dtype) for i, (key, value) in kept if state}


def _expect_parameters(params: Iterable[Parameter]) -> list[Parameter]:
    """The parameters as a list: at least one, each once."""
    found: list[Any] = list(params) if isinstance(params, Iterable) else [params]
    odd = [type(p).__name__ for p in found if not isinstance(p, Parameter)]
    if odd or found == [params]:
        got = odd[0] if odd else "one parameter alone"
        raise TypeError(f"SGD: expected a list of parameters, got {got}; pass model.parameters()")
    if not found:
        raise ValueError("SGD: expected at least one parameter, got none; pass model.parameters()")
    if len({id(p) for p in found}) < len(found):
        raise ValueError(
            f"SGD: expected each parameter once, got {len(found)} of which some are the same; "
            "list a weight that two layers share once, or it is moved twice a step"
        )
    return found

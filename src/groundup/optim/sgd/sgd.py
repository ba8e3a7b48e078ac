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

import numpy as np

from groundup.core import Array, Parameter, StateDict, StateError, expect_in


class SGD:
    """Step parameters down their gradients by Eqs. 1 to 4; names and defaults are torch.optim.SGD's.

    ``lr`` may be changed between steps. ``maximize`` climbs instead. State keys: "0.momentum_buffer", ...

    Raises ValueError for settings out of range, for Nesterov without momentum or with dampening, and for no parameters.
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
        self.lr = expect_in("SGD", "lr", lr, 0.0)
        self.momentum = expect_in("SGD", "momentum", momentum, 0.0)
        self.dampening = dampening
        self.weight_decay = expect_in("SGD", "weight_decay", weight_decay, 0.0)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                f"SGD: expected momentum above 0 and no dampening with nesterov=True, got {momentum=}, {dampening=}"
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
            self._velocity[i] = g.copy()  # the first step: v = g, undamped
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
        """Put velocities back, all or none. Raises StateError naming each key that does not fit."""
        shapes = {f"{i}.momentum_buffer": (i, p.shape) for i, p in enumerate(self.params)}
        wrong = [
            f"unknown {key}" if key not in shapes else f"{key} has shape {np.shape(v)}, expected {shapes[key][1]}"
            for key, v in state.items()
            if key not in shapes or np.shape(v) != shapes[key][1]
        ]
        if wrong:
            raise StateError(f"SGD.load_state_dict: {'; '.join(wrong)}; is it the state of another model's optimiser?")
        self._velocity = {shapes[key][0]: np.array(v) for key, v in state.items()}


def _expect_parameters(params: Iterable[Parameter]) -> list[Parameter]:
    found = list(params)
    if not found or not all(isinstance(p, Parameter) for p in found):
        raise ValueError(f"SGD: expected parameters, got {found[:1] or 'none'}; pass model.parameters()")
    return found

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

from collections.abc import Iterable

import numpy as np

from groundup.core import Array, Parameter, StateDict, expect_in
from groundup.optim.optimizer import Optimizer


def decayed(parameter: Parameter, weight_decay: float = 0.0, maximize: bool = False) -> Array:
    """The g of Eq. 1, same shape as the parameter; ``parameter.grad`` stays as it was."""
    g = -parameter.grad if maximize else parameter.grad
    return g + weight_decay * parameter.value if weight_decay else g


class SGD(Optimizer):
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
        super().__init__(params, lr, weight_decay, maximize=maximize)
        self.momentum = float(expect_in("SGD", "momentum", momentum, 0.0))
        self.dampening = float(expect_in("SGD", "dampening", dampening, 0.0, 1.0))
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                f"SGD: expected momentum above 0 and no dampening with nesterov=True, got {momentum=}, {dampening=}; "
                "the look ahead needs a velocity that is a sum"
            )
        self.nesterov = nesterov

    def start(self, parameter: Parameter) -> StateDict:
        return {"momentum_buffer": np.zeros_like(parameter.value)} if self.momentum else {}

    def velocity(self, i: int, g: Array) -> Array:
        """Move the velocity of the i-th parameter on by its gradient, Eq. 2, and return it."""
        state = self.state[i]
        if not state:  # the first step: v = g, undamped; a copy, grad will change
            state["momentum_buffer"] = g.copy(order="K")
        else:
            state["momentum_buffer"] *= self.momentum
            state["momentum_buffer"] += (1 - self.dampening) * g
        return state["momentum_buffer"]

    def direction(self, i: int, g: Array) -> Array:
        """The d of Eq. 3 for the i-th parameter; without momentum it is the gradient itself."""
        if not self.momentum:
            return g
        v = self.velocity(i, g)
        return g + self.momentum * v if self.nesterov else v

    def update(self, i: int, parameter: Parameter) -> None:
        """Move the i-th parameter, Eq. 4; ``step`` does it for each."""
        g = decayed(parameter, self.weight_decay, self.maximize)
        parameter.value -= self.lr * self.direction(i, g)

"""Adagrad and RMSprop: a learning rate for each weight, by the size of its own gradients.

For each parameter θ with gradient g (and weight decay λ, g ← g + λ θ, as in SGD), all products entry by entry:

    (1)  s ← s + g²                               Adagrad: the sum of all squares so far
    (2)  θ ← θ - η/(1 + (t - 1) δ) · g / (√s + ε)     t steps so far, this one included; lr_decay δ

    (3)  s ← α s + (1 - α) g²                     RMSprop: a fading mean of the squares
    (4)  m ← α m + (1 - α) g,    r = √(s - m²)    if centered: the spread around the mean; else r = √s
    (5)  u ← μ u + g / (r + ε)                    momentum μ, on the scaled gradient
    (6)  θ ← θ - η u

These are torch.optim's forms: ε stands outside the root, and the mean of Eq. 3, which begins at zero, is not corrected.
Derivation: lesson.md, "Derive".
Sources: Duchi, Hazan, Singer, JMLR 12 (2011); Tieleman and Hinton, lecture 6.5 (2012); Graves (2013), Eqs. 38 to 45.
"""

from collections.abc import Iterable

import numpy as np

from groundup.core import Array, Parameter, StateDict, expect_in
from groundup.optim.optimizer import Optimizer, expect_share
from groundup.optim.sgd import decayed


class Adagrad(Optimizer):
    """Divide each gradient by the root of the sum of its squares so far, Eqs. 1 and 2.

    Names and defaults are torch.optim.Adagrad's. State keys: "0.step", "0.sum", ...; they are there from the start.
    Raises ValueError for settings out of range.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay, maximize=maximize)
        self.lr_decay = float(expect_in("Adagrad", "lr_decay", lr_decay, 0.0))
        self.eps = float(expect_in("Adagrad", "eps", eps, 0.0))
        start = expect_in("Adagrad", "initial_accumulator_value", initial_accumulator_value, 0.0)
        self.initial_accumulator_value = float(start)
        for i in range(len(self.params)):
            self.memory(i)

    def start(self, parameter: Parameter) -> StateDict:
        return {"step": np.zeros(()), "sum": np.full_like(parameter.value, self.initial_accumulator_value)}

    def direction(self, state: StateDict, g: Array) -> Array:
        """g / (√s + ε) after the sum has grown by this gradient, Eqs. 1 and 2."""
        state["sum"] += g * g  # the scaled gradient is never longer than 1 in any entry
        return g / (np.sqrt(state["sum"]) + self.eps)

    def rate(self, t: int) -> float:
        """The learning rate of step t = 1, 2, ..., the fraction of Eq. 2."""
        return self.lr / (1 + (t - 1) * self.lr_decay)

    def update(self, i: int, parameter: Parameter) -> None:
        """Move the i-th parameter, Eq. 2."""
        state = self.memory(i)
        state["step"] += 1
        d = self.direction(state, decayed(parameter, self.weight_decay, self.maximize))
        parameter.value -= self.rate(int(state["step"])) * d


class RMSprop(Optimizer):
    """Divide each gradient by the root of a fading mean of its squares, Eqs. 3 to 6.

    Names and defaults are torch.optim.RMSprop's. State keys: "0.step", "0.square_avg"; with momentum
    "0.momentum_buffer"; centered "0.grad_avg". Raises ValueError for settings out of range.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay, maximize=maximize)
        self.alpha = expect_share("RMSprop", "alpha", alpha)
        self.eps = float(expect_in("RMSprop", "eps", eps, 0.0))
        self.momentum = float(expect_in("RMSprop", "momentum", momentum, 0.0))
        self.centered = centered

    def start(self, parameter: Parameter) -> StateDict:
        names = ["square_avg"] + ["momentum_buffer"] * (self.momentum > 0) + ["grad_avg"] * self.centered
        return {"step": np.zeros(()), **{name: np.zeros_like(parameter.value) for name in names}}

    def size(self, state: StateDict, g: Array) -> Array:
        """The r of Eq. 4, how large this gradient usually is, after Eq. 3 has taken it in."""
        state["square_avg"] *= self.alpha
        state["square_avg"] += (1 - self.alpha) * g * g
        if not self.centered:
            return np.sqrt(state["square_avg"])
        state["grad_avg"] *= self.alpha
        state["grad_avg"] += (1 - self.alpha) * g
        variance = state["square_avg"] - state["grad_avg"] ** 2
        return np.sqrt(np.maximum(variance, 0))  # rounding can take it below zero

    def update(self, i: int, parameter: Parameter) -> None:
        """Move the i-th parameter, Eqs. 5 and 6."""
        state = self.memory(i)
        state["step"] += 1
        g = decayed(parameter, self.weight_decay, self.maximize)
        u = g / (self.size(state, g) + self.eps)
        if self.momentum:
            state["momentum_buffer"] *= self.momentum
            state["momentum_buffer"] += u
            u = state["momentum_buffer"]
        parameter.value -= self.lr * u

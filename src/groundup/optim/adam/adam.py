"""Adam and AdamW: momentum, a learning rate for each weight, and both corrected for having begun at zero.

For each parameter θ with gradient g, at its t-th step, all products entry by entry:

    (1)  g ← g + λ θ                                    Adam: weight decay λ as a penalty (L2)
    (2)  m ← β₁ m + (1 - β₁) g                          fading mean of the gradients
    (3)  v ← β₂ v + (1 - β₂) g²                         fading mean of their squares
    (4)  m̂ = m / (1 - β₁ᵗ)        v̂ = v / (1 - β₂ᵗ)    corrected: both begin at zero
    (5)  θ ← θ - η m̂ / (√v̂ + ε)
    (6)  θ ← (1 - η λ) θ, before Eq. 5                  AdamW: decay of the weight itself, instead of Eq. 1

With amsgrad Eq. 5 takes the largest v so far in place of v. These are torch.optim's forms.
Derivation: lesson.md, "Derive".
Sources: Kingma and Ba, ICLR 2015, Algorithm 1; Reddi, Kale and Kumar, ICLR 2018 (amsgrad); Loshchilov and Hutter, ICLR
2019, Algorithm 2.
"""

from collections.abc import Iterable

import numpy as np

from groundup.core import Array, Parameter, StateDict, expect_in
from groundup.optim.optimizer import Optimizer, expect_share
from groundup.optim.sgd import decayed


class Adam(Optimizer):
    """Step by Eqs. 1 to 5; names and defaults are torch.optim.Adam's.

    State keys: "0.step", "0.exp_avg" (m), "0.exp_avg_sq" (v); with amsgrad "0.max_exp_avg_sq".
    Raises ValueError for settings out of range.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, weight_decay, maximize=maximize)
        if len(betas) != 2:
            raise ValueError(f"{self.who}: expected two betas, got {betas}; one for the mean and one for the squares")
        self.betas = (expect_share(self.who, "betas[0]", betas[0]), expect_share(self.who, "betas[1]", betas[1]))
        self.eps = float(expect_in(self.who, "eps", eps, 0.0))
        self.amsgrad = amsgrad

    def start(self, parameter: Parameter) -> StateDict:
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * self.amsgrad
        return {"step": np.zeros(()), **{name: np.zeros_like(parameter.value) for name in names}}

    def remember(self, state: StateDict, g: Array) -> None:
        """One more step: both fading means take the gradient in, Eqs. 2 and 3, in place."""
        state["step"] += 1
        state["exp_avg"] *= self.betas[0]
        state["exp_avg"] += (1 - self.betas[0]) * g
        state["exp_avg_sq"] *= self.betas[1]
        state["exp_avg_sq"] += (1 - self.betas[1]) * g * g
        if self.amsgrad:
            np.maximum(state["max_exp_avg_sq"], state["exp_avg_sq"], out=state["max_exp_avg_sq"])

    def corrections(self, t: float) -> tuple[float, float]:
        """The divisors of Eq. 4 at step t: the share of each mean that is made of gradients."""
        return 1 - self.betas[0] ** t, 1 - self.betas[1] ** t

    def direction(self, state: StateDict) -> Array:
        """m̂ / (√v̂ + ε), Eqs. 4 and 5."""
        of_mean, of_squares = self.corrections(float(state["step"]))
        v = state["max_exp_avg_sq" if self.amsgrad else "exp_avg_sq"]
        size: Array = np.sqrt(v / of_squares) + self.eps
        return state["exp_avg"] / of_mean / size

    def descend(self, i: int, parameter: Parameter, g: Array) -> None:
        """Move the i-th parameter by a gradient g, Eqs. 2 to 5."""
        state = self.memory(i)
        self.remember(state, g)
        parameter.value -= self.lr * self.direction(state)

    def update(self, i: int, parameter: Parameter) -> None:
        """Move the i-th parameter, Eqs. 1 to 5: the decay is part of the gradient, and is scaled with it."""
        self.descend(i, parameter, decayed(parameter, self.weight_decay, self.maximize))


class AdamW(Adam):
    """Adam with the weight decay taken out of the gradient: Eq. 6, then Eqs. 2 to 5.

    Names and defaults are torch.optim.AdamW's; state keys are Adam's. Raises ValueError for settings out of range.
    """

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)

    def update(self, i: int, parameter: Parameter) -> None:
        """Move the i-th parameter: every weight loses the same share, whatever its gradient."""
        parameter.value *= 1 - self.lr * self.weight_decay
        self.descend(i, parameter, decayed(parameter, maximize=self.maximize))

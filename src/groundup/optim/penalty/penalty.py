"""Penalties: a term in the loss that prefers small weights.

For weights w, seen as one long vector, beside the loss L of the data:

    (1)  R(w) = λ₁ Σⱼ |wⱼ| + λ₂/2 Σⱼ wⱼ²        L1, L2, and the two together: elastic
    (2)  ∂R/∂w = λ₁ sign(w) + λ₂ w              sign(0) = 0
    (3)  S(w, τ) = sign(w) max(|w| - τ, 0)      soft threshold
    (4)  w ← S(w, η λ₁) / (1 + η λ₂)            the proximal step: argmin over u of ½ |u - w|² + η R(u)

The gradient of Eq. 2 goes into ``backward``, or Eq. 4 follows the optimiser's step; one of them, not both. Only weights
are penalised: arrays of two axes or more, not biases nor the scales of a normalisation.
Derivation: lesson.md, "Derive".
Sources: Hoerl and Kennard (1970), L2; Tibshirani (1996), L1; Zou and Hastie (2005), elastic; Daubechies, Defrise and
De Mol (2004), Eq. 4 inside a descent.
"""

from collections.abc import Iterable

import numpy as np

from groundup.core import Array, Layer, Parameter, expect_float, expect_in


def weights(model: Layer) -> list[Parameter]:
    """The parameters that a penalty is for: those of two axes or more."""
    return [parameter for parameter in model.parameters() if len(parameter.shape) >= 2]


def soft_threshold(w: Array, threshold: float) -> Array:
    """Every entry pulled towards zero by ``threshold``, and not past it, Eq. 3; any shape."""
    w = expect_float("soft_threshold", w)
    threshold = expect_in("soft_threshold", "threshold", threshold, 0.0)
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0)


class Penalty:
    """Eq. 1 over some parameters: ``l1`` is λ₁, ``l2`` is λ₂, either may be 0.

    Call it for the value, which is added to the loss; ``backward`` adds its gradient to theirs. ``shrink`` is the
    other way, after the step. ``l2`` and SGD's ``weight_decay`` mean the same λ.

    Raises ValueError for a strength below 0 or no parameters; TypeError for what is no Parameter.
    """

    def __init__(self, parameters: Iterable[Parameter], l1: float = 0.0, l2: float = 0.0) -> None:
        self.parameters = list(parameters)
        self.l1 = float(expect_in("Penalty", "l1", l1, 0.0))
        self.l2 = float(expect_in("Penalty", "l2", l2, 0.0))
        if not self.parameters:
            raise ValueError("Penalty: expected at least one parameter, got none; pass weights(model)")
        for parameter in self.parameters:
            if not isinstance(parameter, Parameter):
                raise TypeError(f"Penalty: expected parameters, got {type(parameter).__name__}; pass weights(model)")

    def __call__(self) -> float:
        """R(w), Eq. 1: one number for all parameters."""
        length = sum(float(np.abs(parameter.value).sum()) for parameter in self.parameters)
        squares = sum(float((parameter.value**2).sum()) for parameter in self.parameters)
        return self.l1 * length + self.l2 / 2 * squares

    def backward(self) -> None:
        """Add ∂R/∂w to each gradient, Eq. 2."""
        for parameter in self.parameters:
            w = parameter.value
            parameter.grad += self.l1 * np.sign(w) + self.l2 * w

    def shrink(self, lr: float) -> None:
        """The proximal step after an optimiser's of this rate, Eq. 4, in place; makes exact zeros."""
        for parameter in self.parameters:
            parameter.value[...] = soft_threshold(parameter.value, lr * self.l1) / (1 + lr * self.l2)

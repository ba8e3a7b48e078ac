"""Robust losses: the price of a large error grows with the error, and no longer with its square.

e = p - t is the error of one element, p its prediction and t its target:

    (1)  absolute error (L1)     l = |e|                                         ∂l/∂p = sign e, and 0 where e = 0
    (2)  Huber                   l = c (|e| - c/2),  c = min(|e|, δ)             ∂l/∂p = e, but within ±δ
                                   = e²/2 near the target, δ (|e| - δ/2) from δ on
    (3)  smooth L1               l = Huber with δ = β, divided by β              ∂l/∂p = e/β, but within ±1
                                   = |e| where β = 0

The constant that has the least loss for a list of numbers is their mean for the square, their median for Eq. 1, and
something between for Eqs. 2 and 3. Where e = 0, Eq. 1 has no derivative: any slope from -1 to 1 lies below the curve
(a subgradient), and 0 is the one that is taken, as in torch.
Axes: any; prediction and target have the same ones. Mean, sum and shares are those of nn/loss, Eq. 1 there.
Derivation: lesson.md, "Derive".  Source: P. J. Huber, Annals of Mathematical Statistics 35 (1964), page 73.
"""

import numpy as np

from groundup.core import Array, expect_in
from groundup.nn.loss.checks import expect_targets
from groundup.nn.loss.loss import Loss


class L1Loss(Loss):
    """Absolute error, Eq. 1: targets of the same shape as ``pred``, any shape. The mean is over all elements."""

    def forward(self, pred: Array, target: Array) -> Array:
        """(...), (...) -> (), Eq. 1. Raises ShapeError where the shapes differ: nothing is broadcast here."""
        target = expect_targets("L1Loss.forward", pred, target)
        error = pred - target  # (...)
        self.keep(error)
        return self.reduce(np.abs(error))

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (...), the gradient for ``pred``, Eq. 1: its size says nothing about the size of the error."""
        error: Array = self.kept()
        return self.share(dloss, error) * np.sign(error)


class HuberLoss(Loss):
    """The square near the target and a straight line from ``delta`` on, Eq. 2.

    Raises ValueError for a ``delta`` that is not above 0.
    """

    def __init__(self, *, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        if expect_in("HuberLoss", "delta", delta, 0) == 0:
            raise ValueError(
                "HuberLoss: expected delta above 0, got 0: the loss would be 0 everywhere; is L1Loss meant?"
            )
        self.delta = float(delta)

    def forward(self, pred: Array, target: Array) -> Array:
        """(...), (...) -> (), Eq. 2."""
        error = pred - expect_targets("HuberLoss.forward", pred, target)  # (...)
        self.keep(error)
        return self.reduce(huber(error, self.delta))

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (...), the gradient for ``pred``, Eq. 2: no element pulls harder than δ."""
        error: Array = self.kept()
        return self.share(dloss, error) * np.clip(error, -self.delta, self.delta)


class SmoothL1Loss(Loss):
    """Absolute error with its tip rounded off over ±``beta``, Eq. 3. With ``beta=0`` it is L1Loss."""

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.beta = float(expect_in("SmoothL1Loss", "beta", beta, 0))

    def forward(self, pred: Array, target: Array) -> Array:
        """(...), (...) -> (), Eq. 3."""
        error = pred - expect_targets("SmoothL1Loss.forward", pred, target)  # (...)
        self.keep(error)
        return self.reduce(huber(error, self.beta) / self.beta if self.beta else np.abs(error))

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (...), the gradient for ``pred``, Eq. 3: no element pulls harder than 1, whatever β."""
        error: Array = self.kept()
        slope = np.clip(error, -self.beta, self.beta) / self.beta if self.beta else np.sign(error)
        return self.share(dloss, error) * slope


def huber(error: Array, delta: float) -> Array:
    """The losses of Eq. 2, (...) -> (...): half the square up to δ, then the straight line that goes on from it."""
    size = np.abs(error)
    near = np.minimum(size, delta)  # c
    return near * (size - near / 2)

"""Kullback-Leibler divergence: what it costs to believe q where p is true.

    (1)  KL(p ‖ q) = Σₖ pₖ (log pₖ - log qₖ),   a term with pₖ = 0 is 0
    (2)  the loss takes x = log q, and each class of each row is a loss of its own:
                lₖ = pₖ (log pₖ - xₖ)                ∂lₖ/∂xₖ = -pₖ
    (3)  given s = log p in place of p:
                lₖ = e^sₖ (sₖ - xₖ)                  ∂lₖ/∂xₖ = -e^sₖ
    (4)  "batchmean":  L = 1/N Σₙ KL(pₙ ‖ qₙ),  the mean of the rows' divergences.
         "mean" divides by the number of elements, N K, which is no divergence of anything.
    (5)  cross-entropy = entropy + divergence:  -Σ p log q = -Σ p log p + KL(p ‖ q)

N rows, K classes; the classes may lie on any axis, since every element is a loss by itself. Infinite where q = 0 and p
is not. Only x gets a gradient; p is a target. Not handled: rows that do not add up to 1 (they are not looked at).
Derivation: lesson.md, "Derive".  Source: S. Kullback and R. A. Leibler, Annals of Mathematical Statistics 22 (1951).
"""

from typing import Any

import numpy as np

from groundup.core import Array
from groundup.nn.loss.checks import expect_log, expect_targets
from groundup.nn.loss.loss import Loss


class KLDivLoss(Loss):
    """Divergence of the targets from a prediction of *log*-probabilities, any shape; Eqs. 1 to 4.

    The targets are probabilities, or with ``log_target`` their logarithms. The divergence itself is
    ``reduction="batchmean"``; the default "mean" is torch's, and K times smaller.

    Raises ValueError in ``forward`` for a prediction that cannot be a logarithm of probabilities.
    """

    reductions = (*Loss.reductions, "batchmean")

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.log_target = log_target

    def forward(self, pred: Array, target: Array) -> Array:
        """Log-probabilities (N, ...), targets (N, ...) -> (), Eqs. 2 to 4."""
        expect_log("KLDivLoss.forward", pred)
        bounds = (-np.inf, 0) if self.log_target else (0, 1)
        target = expect_targets("KLDivLoss.forward", pred, target, within=bounds)
        p: Array = np.exp(target) if self.log_target else target
        self.keep(p)
        return self.reduce(p * (target - pred) if self.log_target else divergence(p, pred))  # Eq. 3, or 2

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (N, ...), the gradient for the log-probabilities, Eqs. 2 and 3."""
        p: Array = self.kept()
        return -p * self.share(dloss, p)

    def reduce(self, losses: Array) -> Array:
        """All lₖ -> L: for "batchmean" their sum over the number of rows, Eq. 4."""
        if self.reduction != "batchmean":
            return super().reduce(losses)
        return np.asarray(losses.sum() / self._rows(losses))

    def share(self, dloss: Array | float, losses: Array) -> Array:
        """``dloss`` times ∂L/∂lₖ, in the shape of ``losses``: for "batchmean" one over the number of rows."""
        if self.reduction != "batchmean":
            return super().share(dloss, losses)
        share: Array = super().share(dloss, losses) / self._rows(losses)
        return share

    def _rows(self, losses: Array) -> Any:
        """N, the length of the first axis, as torch has it. Raises ValueError where there is no row."""
        if losses.ndim == 0 or len(losses) == 0:
            raise ValueError(
                f"KLDivLoss.forward: expected at least one row, got an array of shape {losses.shape}; "
                "nothing has no mean, leave the batch out"
            )
        return losses.dtype.type(len(losses))


def divergence(p: Array, log_q: Array) -> Array:
    """The terms of Eq. 1, (...) -> (...): p (log p - log q), and 0 where p is 0, whatever q is there."""
    some = p > 0
    log_p = np.log(np.where(some, p, 1))  # of a p that is 0, any: its term is 0
    terms: Array = p * (log_p - np.where(some, log_q, 0))
    return terms

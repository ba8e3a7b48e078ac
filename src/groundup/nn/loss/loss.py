"""Losses: one number for how wrong a prediction is, and the gradient that starts every backward pass.

Every element, or every row, of a prediction has a loss lᵢ of its own; a reduction makes one number of all M of them:

    (1)  L = 1/M Σ lᵢ,   ∂L/∂lᵢ = 1/M   ("mean")        L = Σ lᵢ,   ∂L/∂lᵢ = 1   ("sum")

    (2)  squared error      l = (p - t)²                                          ∂l/∂p = 2 (p - t)
    (3)  binary cross-entropy, p = σ(z)
                            l = -t log p - (1 - t) log(1 - p)
                              = max(z, 0) - z t + log(1 + e^-|z|)                 ∂l/∂z = σ(z) - t
    (4)  cross-entropy, p = softmax(z)
                            l = -log pₜ = log Σₖ e^(zₖ - m) - (zₜ - m),  m = max z     ∂l/∂zₖ = pₖ - [k = t]

    (5)  a mean log loss read as a probability: e^-L = (p₁ p₂ ... p_N)^(1/N)

p is a prediction, z a logit (any real number), t the target. N rows, K classes, M losses. The logits go in, not the
probabilities: sigmoid and softmax are part of (3) and (4), which neither overflow nor take the log of zero.
Not handled: class weights, ignored labels, label smoothing, class probabilities as targets of (4).
Derivation: lesson.md, "Derive".  Source: Bishop, Pattern Recognition and Machine Learning (2006), sections 4.3 and 5.2.
"""

from typing import Any

import numpy as np

from groundup.core import Array, IntArray, OrderError, ShapeError, expect_float, expect_labels, expect_rank
from groundup.nn.activation import log_softmax, sigmoid

REDUCTIONS = ("mean", "sum", "none")


class Loss:
    """Base of all losses: ``forward(pred, target) -> L``, then ``backward(dloss) -> dpred``.

    A subclass finds the losses lᵢ and hands them to ``reduce``; its backward multiplies ∂lᵢ/∂pred by ``share``.
    With ``reduction="none"`` L is the array of all lᵢ, and backward needs a ``dloss`` of that shape.

    Raises ValueError for an unknown reduction and for the mean of nothing.
    """

    _kept: tuple[Any, ...] | None = None

    def __init__(self, *, reduction: str = "mean") -> None:
        if reduction not in REDUCTIONS:
            wanted = ", ".join(map(repr, REDUCTIONS))
            raise ValueError(f"{self._name}: expected reduction to be one of {wanted}, got {reduction!r}")
        self.reduction = reduction

    def forward(self, pred: Array, target: Any) -> Array:
        """The loss, a scalar array () in the dtype of ``pred``."""
        raise NotImplementedError(f"{self._name} does not define forward")

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """∂L/∂pred, times ``dloss``. Raises OrderError when no forward came before it."""
        raise NotImplementedError(f"{self._name} does not define backward")

    def __call__(self, pred: Array, target: Any) -> Array:
        return self.forward(pred, target)

    def reduce(self, losses: Array) -> Array:
        """All lᵢ, of any shape -> L, a scalar array (), or the lᵢ themselves for "none"; Eq. 1, left."""
        self._expect_some(losses)
        if self.reduction == "none":
            return losses
        return np.asarray(losses.mean() if self.reduction == "mean" else losses.sum())

    def share(self, dloss: Array | float, losses: Array) -> Array:
        """``dloss`` times ∂L/∂lᵢ for each loss: shape and dtype of ``losses``; Eq. 1, right."""
        dloss = self._expect_upstream(dloss, losses)
        return np.full_like(losses, dloss / losses.size if self.reduction == "mean" else dloss)

    def keep(self, *values: Any) -> None:
        """Keep what backward will need; the next forward replaces it."""
        self._kept = values

    def kept(self) -> Any:
        """What forward kept, once: the value itself if it was one, else a tuple. Raises OrderError."""
        if self._kept is None:
            raise OrderError(
                f"{self._name}.backward: expected one forward before each backward, got none; "
                "call forward(pred, target) again, what it kept is freed by backward"
            )
        values, self._kept = self._kept, None
        return values[0] if len(values) == 1 else values

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _expect_some(self, losses: Array) -> None:
        if self.reduction == "mean" and losses.size == 0:
            raise ValueError(
                f"{self._name}.forward: expected at least one row, got an empty batch of shape {losses.shape}; "
                "nothing has no mean, leave the batch out"
            )

    def _expect_upstream(self, dloss: Array | float, losses: Array) -> Any:
        """An array like the losses for "none", else a number. Raises ShapeError."""
        wanted = losses.shape if self.reduction == "none" else ()
        if np.shape(dloss) != wanted:
            why = (
                "one for each loss"
                if self.reduction == "none"
                else f'one number, for a loss that is a "{self.reduction}"'
            )
            raise ShapeError(
                f"{self._name}.backward: expected dloss of shape {wanted} ({why}), got {np.shape(dloss)}; "
                f"is reduction={self.reduction!r} meant?"
            )
        return dloss


class MSELoss(Loss):
    """Squared error, Eqs. 1 and 2: targets of the same shape as ``pred``, any shape. The mean is over all elements."""

    def forward(self, pred: Array, target: Array) -> Array:
        """(...), (...) -> (), Eq. 2. Raises ShapeError where the shapes differ: nothing is broadcast here."""
        target = expect_targets("MSELoss.forward", pred, target)
        error = pred - target  # (...)
        self.keep(error)
        return self.reduce(error**2)

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (...), the gradient for ``pred``, Eq. 2."""
        error: Array = self.kept()
        return self.share(dloss, error) * 2 * error


class BCEWithLogitsLoss(Loss):
    """Binary cross-entropy of logits, Eqs. 1 and 3: targets in [0, 1], of the same shape as ``pred``, any shape."""

    def forward(self, pred: Array, target: Array) -> Array:
        """Logits (...), targets (...) -> (), Eq. 3, the second form: finite for every finite logit."""
        target = expect_targets("BCEWithLogitsLoss.forward", pred, target, within=(0, 1))
        self.keep(pred, target)
        return self.reduce(np.maximum(pred, 0) - pred * target + np.log1p(np.exp(-np.abs(pred))))

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (...), the gradient for the logits, Eq. 3."""
        pred, target = self.kept()
        slope: Array = sigmoid(pred) - target  # (...)
        return self.share(dloss, pred) * slope


class CrossEntropyLoss(Loss):
    """Cross-entropy of logits (N, K) against labels (N,), whole numbers from 0 to K - 1; Eqs. 1 and 4."""

    def forward(self, pred: Array, target: IntArray) -> Array:
        """Logits (N, K), labels (N,) -> (), Eq. 4: finite for every finite logit."""
        n, classes = expect_rank("CrossEntropyLoss.forward", pred, "NK").shape
        target = expect_labels("CrossEntropyLoss.forward", target, n, classes)
        log_p = log_softmax(pred, axis=1)  # (N, K), not the log of a softmax: that may be the log of zero
        losses = -log_p[np.arange(n), target]  # (N,)
        self.keep(log_p, target, losses)
        return self.reduce(losses)

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (N, K), the gradient for the logits, Eq. 4."""
        log_p, target, losses = self.kept()
        gradient: Array = np.exp(log_p)  # (N, K), the probabilities
        gradient[np.arange(len(target)), target] -= 1  # [k = t]
        return gradient * self.share(dloss, losses)[:, None]  # one share a row


def typical_probability(loss: Array | float) -> float:
    """The probability that a mean log loss stands for: the geometric mean of what the truth was given, Eq. 5.

    >>> round(typical_probability(0.105), 3)
    0.9
    """
    return float(np.exp(-loss))


ANY = (-np.inf, np.inf)


def expect_targets(who: str, pred: Array, target: Any, within: tuple[float, float] = ANY) -> Array:
    """The targets in the dtype of ``pred``: of its very shape, finite, and ``within`` bounds.

    Raises DtypeError, ShapeError, or ValueError for a number that is none or out of bounds.
    """
    expect_float(who, pred)
    if expect_float(who, target).shape != pred.shape:
        raise ShapeError(
            f"{who}: expected targets of shape {pred.shape} (that of the prediction), got {target.shape}; "
            f"{_shape_advice(pred.shape, target.shape)}"
        )
    low, high = within
    wrong = target[~(np.isfinite(target) & (target >= low) & (target <= high))]
    if wrong.size:
        kind = "that are finite numbers" if within == ANY else f"from {low} to {high}"
        raise ValueError(f"{who}: expected targets {kind}, got {wrong[0]}; look for gaps or another coding in the data")
    return np.asarray(target, dtype=pred.dtype)


def _shape_advice(pred: tuple[int, ...], target: tuple[int, ...]) -> str:
    """NumPy would broadcast (N, 1) against (N,) to (N, N), and a network would learn the mean of all targets."""
    if np.prod(pred) == np.prod(target):
        return f"give both the same axes, target.reshape({', '.join(map(str, pred))})"
    return "does one of them come from another batch?"

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

Not all that is wrong need cost the same. With shares q of the classes in place of a label, and weights:

    (6)  l = -Σₖ qₖ log pₖ,   ∂l/∂zₖ = pₖ Σⱼ qⱼ - qₖ;   a label softened by ε:  qₖ = (1 - ε) [k = t] + ε/K
    (7)  class weights w:  qₖ becomes wₖ qₖ;   rows count aₙ = w_tₙ, or 0 if tₙ is ignored, and "mean" is Σ lₙ / Σ aₙ
    (8)  binary, each element weighed by w and each 1 by P:  c = w (1 - t + P t),  τ = w P t
                            l = c max(z, 0) - τ z + c log(1 + e^-|z|)             ∂l/∂z = c σ(z) - τ

p is a prediction, z a logit (any real number), t the target. N rows, K classes, M losses. The logits go in, not the
probabilities: sigmoid and softmax are part of (3) and (4), which neither overflow nor take the log of zero.
Derivation: lesson.md, "Derive".  Sources: there, "Where it comes from".
"""

from typing import Any

import numpy as np

from groundup.core import Array, IntArray, Keeps, ShapeError, expect_in
from groundup.nn.activation import log_softmax, sigmoid
from groundup.nn.loss.checks import expect_classes, expect_logits, expect_targets, expect_weight, fit_weight


class Loss(Keeps):
    """Base of all losses: ``forward(pred, target) -> L``, then ``backward(dloss) -> dpred``.

    A subclass finds the losses lᵢ and hands them to ``reduce``; its backward multiplies ∂lᵢ/∂pred by ``share``.
    With ``reduction="none"`` L is the array of all lᵢ, and backward needs a ``dloss`` of that shape.

    Raises ValueError for an unknown reduction and for the mean of nothing.
    """

    reductions: tuple[str, ...] = ("mean", "sum", "none")

    def __init__(self, *, reduction: str = "mean") -> None:
        if reduction not in self.reductions:
            wanted = ", ".join(map(repr, self.reductions))
            raise ValueError(f"{self._name}: expected reduction to be one of {wanted}, got {reduction!r}")
        self.reduction = reduction

    def forward(self, *inputs: Any, **options: Any) -> Array:
        """The loss of a prediction and a target: a scalar array () in the dtype of the prediction."""
        raise NotImplementedError(f"{self._name} does not define forward")

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """∂L/∂pred, times ``dloss``. Raises OrderError when no forward came before it."""
        raise NotImplementedError(f"{self._name} does not define backward")

    def __call__(self, *inputs: Any, **options: Any) -> Array:
        return self.forward(*inputs, **options)

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
    """Binary cross-entropy of logits, Eqs. 1, 3 and 8: targets in [0, 1], of the same shape as ``pred``, any shape.

    ``weight`` multiplies the loss of each element, ``pos_weight`` what a target of 1 costs; both fit that shape by
    broadcasting. Raises ShapeError in ``forward`` where one does not.
    """

    def __init__(
        self, weight: Array | None = None, *, reduction: str = "mean", pos_weight: Array | None = None
    ) -> None:
        super().__init__(reduction=reduction)
        self.weight = expect_weight("BCEWithLogitsLoss", "weight", weight)
        self.pos_weight = expect_weight("BCEWithLogitsLoss", "pos_weight", pos_weight)

    def forward(self, pred: Array, target: Array) -> Array:
        """Logits (...), targets (...) -> (), Eq. 8, which is Eq. 3 without weights: finite for every finite logit."""
        target = expect_targets("BCEWithLogitsLoss.forward", pred, target, within=(0, 1))
        counts, ones = self.amounts(target)  # c and τ: 1 and the targets, if there are no weights
        self.keep(pred, counts, ones)
        return self.reduce(counts * np.maximum(pred, 0) - ones * pred + counts * np.log1p(np.exp(-np.abs(pred))))

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (...), the gradient for the logits, Eq. 8."""
        pred, counts, ones = self.kept_all()
        slope: Array = counts * sigmoid(pred) - ones  # (...)
        return self.share(dloss, pred) * slope

    def amounts(self, target: Array) -> tuple[Array | float, Array]:
        """c and τ of Eq. 8: how much each element counts, and how much of that is for class 1."""
        counts: Array | float = 1.0
        ones = target
        if self.pos_weight is not None:
            ones = target * self._fit("pos_weight", self.pos_weight, target)
            counts = 1 - target + ones
        if self.weight is not None:
            weight = self._fit("weight", self.weight, target)
            counts, ones = weight * counts, weight * ones
        return counts, ones

    def _fit(self, name: str, weight: Array, target: Array) -> Array:
        return fit_weight("BCEWithLogitsLoss.forward", name, weight, target, target.shape)


class CrossEntropyLoss(Loss):
    """Cross-entropy of logits (N, K) or (N, K, d1, ...); Eqs. 1, 4, 6 and 7.

    The targets are labels (N,) or (N, d1, ...), whole numbers from 0 to K - 1, of which ``ignore_index`` costs nothing;
    or shares of the classes, from 0 to 1, of the same shape as the logits. ``weight`` is one number a class, (K,).
    As in torch, the mean of shares divides by the number of rows whatever the weights.

    Raises ValueError for a mean of rows of which none counts, where torch gives nan.
    """

    def __init__(
        self,
        weight: Array | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction=reduction)
        self.weight = expect_weight("CrossEntropyLoss", "weight", weight)
        self.label_smoothing = expect_in("CrossEntropyLoss", "label_smoothing", label_smoothing, 0, 1)
        self.ignore_index = ignore_index

    def forward(self, pred: Array, target: Array | IntArray) -> Array:
        """Logits (N, K), labels (N,) -> (), Eqs. 4 and 6: finite for every finite logit."""
        wanted, counts = self.read(pred, target)  # labels (N,) or shares (N, K), and what each row counts (N,)
        log_p = log_softmax(pred, axis=1)  # (N, K), not the log of a softmax: that may be the log of zero
        self.keep(log_p, wanted, counts)
        return self.reduce(-pick(log_p, wanted) * counts)

    def backward(self, dloss: Array | float = 1.0) -> Array:
        """() -> (N, K), the gradient for the logits, Eqs. 4 and 6."""
        log_p, wanted, counts = self.kept_all()
        gradient = minus_truth(np.exp(log_p), wanted)  # (N, K)
        share: Array = counts * self.share(dloss, counts)  # (N,)
        return gradient * share[:, None]  # one share a row

    def read(self, pred: Array, target: Array | IntArray) -> tuple[Array | IntArray, Array]:
        """What is wanted of each row, labels (N, ...) or shares (N, K, ...), and how much it counts (N, ...); Eq. 7."""
        who, ones = "CrossEntropyLoss.forward", np.ones_like(expect_logits("CrossEntropyLoss.forward", pred)[:, 0])
        if isinstance(target, np.ndarray) and target.dtype.kind == "f":
            shares = expect_targets(who, pred, target, within=(0, 1))
            return self.soften(shares, self.class_weights(pred)), ones
        target = expect_classes(who, pred, target, self.ignore_index)
        counted = target != self.ignore_index
        if self.weight is None and self.label_smoothing == 0 and counted.all():
            return target, ones
        weight, labels = self.class_weights(pred), np.where(counted, target, 0)  # of a row that does not count, any
        counts = self.row_weights(target, weight)
        scale = self.scale(counts)
        if self.label_smoothing == 0:
            return labels, counts / scale
        truth = np.zeros_like(pred)
        truth[at_labels(labels)] = 1  # [k = t]
        return self.soften(truth, weight), counted / scale

    def class_weights(self, like: Array) -> Array:
        """w of Eq. 7, (K,), all ones if none were given."""
        classes = like.shape[1]
        if self.weight is None:
            return np.ones(classes, like.dtype)
        return fit_weight("CrossEntropyLoss.forward", "weight", self.weight, like, (classes,))

    def soften(self, shares: Array, weight: Array) -> Array:
        """q of Eqs. 6 and 7: shares (N, K, ...), smoothed, each class times its weight (K,)."""
        across = weight.reshape(-1, *[1] * (shares.ndim - 2))  # (K, 1, ...)
        return across * smooth(shares, self.label_smoothing)

    def row_weights(self, target: IntArray, weight: Array) -> Array:
        """Labels (N, ...), weights of the classes (K,) -> aₙ of Eq. 7, (N, ...): 0 where the label is to be ignored."""
        counted = target != self.ignore_index
        counts: Array = weight[np.where(counted, target, 0)] * counted  # an ignored label may be no index
        return counts

    def scale(self, counts: Array) -> Any:
        """What to divide aₙ by, so that the mean of Eq. 1 becomes that of Eq. 7: their own mean; 1 for a sum or "none".

        Raises ValueError for a mean of rows of which none counts.
        """
        self._expect_some(counts)
        if self.reduction != "mean":
            return counts.dtype.type(1)
        if not counts.any():
            raise ValueError(
                f"CrossEntropyLoss.forward: expected at least one row that counts, got {counts.size} with the label to "
                f"ignore, {self.ignore_index}, or of weight 0; nothing has no mean, leave the batch out"
            )
        return counts.mean()


def pick(log_p: Array, wanted: Array | IntArray) -> Array:
    """(N, K, ...) -> (N, ...): of each row the log p of its label, Eq. 4, or the sum of all by its shares, Eq. 6."""
    if wanted.ndim < log_p.ndim:  # labels have no axis of classes
        picked: Array = log_p[at_labels(wanted)]
    else:
        picked = (wanted * log_p).sum(axis=1)
    return picked


def minus_truth(p: Array, wanted: Array | IntArray) -> Array:
    """(N, K, ...) -> (N, K, ...): ∂l/∂z of Eq. 4 for labels, of Eq. 6 for shares."""
    if wanted.ndim < p.ndim:
        slope = p.copy()
        slope[at_labels(wanted)] -= 1  # [k = t]
    else:
        slope = p * np.sum(wanted, axis=1, keepdims=True) - wanted
    return slope


def smooth(shares: Array, label_smoothing: float) -> Array:
    """(N, K, ...) -> (N, K, ...): a part ε of each row is spread over all K classes, Eq. 6."""
    return (1 - label_smoothing) * shares + label_smoothing / shares.shape[1]


def at_labels(labels: Array | IntArray) -> tuple[Any, ...]:
    """The index that takes from an array (N, K, ...) the entry of each label, (N, ...)."""
    if labels.ndim == 1:
        return np.arange(len(labels)), labels  # the numbers of the rows
    first, *rest = np.indices(labels.shape, sparse=True)  # those of the other axes, too
    return (first, labels, *rest)


def typical_probability(loss: Array | float) -> float:
    """The probability that a mean log loss stands for: the geometric mean of what the truth was given, Eq. 5.

    >>> round(typical_probability(0.105), 3)
    0.9
    """
    return float(np.exp(-loss))

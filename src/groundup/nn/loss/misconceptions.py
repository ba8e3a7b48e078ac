"""What people write instead of a loss."""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.activation import sigmoid
from groundup.nn.loss.loss import BCEWithLogitsLoss, Loss, MSELoss
from groundup.nn.loss.misconceptions_of_classes import *  # noqa: F403


def _from_probability(self: BCEWithLogitsLoss, dloss: Array | float, slope: Callable[[Array, Array], Array]) -> Array:
    """The gradient for a slope that is a function of the probability and the target; no weights."""
    pred, _, target = self.kept_all()
    return self.share(dloss, pred) * slope(sigmoid(pred), target)


@misconception(
    "typical_probability",
    "You took the loss for a share of wrong answers. A log loss has no upper bound: above 1 your result is negative.",
    see="A loss read as a probability",
)
def one_minus_loss(loss: float) -> float:
    return float(1 - loss)


@misconception(
    "typical_probability",
    "Your sign is lost: what you return is above 1. It is the perplexity, one over the probability.",
    see="A loss read as a probability",
)
def perplexity(loss: float) -> float:
    return float(np.exp(loss))


@misconception(
    "typical_probability",
    "You undo a logarithm to the base 2, but these losses are measured with the natural one.",
    see="A loss read as a probability",
)
def base_two(loss: float) -> float:
    return float(2.0**-loss)


@misconception(
    "Loss.reduce",
    "You divide by the number of rows. There are more losses than rows here, and the mean is over all elements.",
    see="One number of many",
)
def mean_over_rows(self: Loss, losses: Array) -> Array:
    if self.reduction == "none":
        return losses
    return np.asarray(losses.sum() / (len(losses) if self.reduction == "mean" else 1))


@misconception(
    "Loss.share",
    "Your shares are those of a sum: each of many elements moves a mean by less, the less the more there are.",
    see="One number of many",
)
def share_of_a_sum(self: Loss, dloss: Array | float, losses: Array) -> Array:
    return np.full_like(losses, dloss)


@misconception(
    "Loss.share",
    "Your share is one over the number of rows. The mean was taken over all elements, so the share is smaller.",
    see="One number of many",
)
def share_by_rows(self: Loss, dloss: Array | float, losses: Array) -> Array:
    return np.full_like(losses, dloss / len(losses) if self.reduction == "mean" else dloss)


@misconception(
    "Loss.share",
    "The upstream gradient dloss is not used: it is 1 only when nothing stands behind the loss.",
    see="One number of many",
)
def upstream_ignored(self: Loss, dloss: Array | float, losses: Array) -> Array:
    return np.full_like(losses, 1 / losses.size if self.reduction == "mean" else 1)


@misconception(
    "MSELoss.forward",
    "Your loss is half of what it should be. The half is a habit of textbooks, for a tidy slope; PyTorch has none.",
    see="Squared error",
)
def half_the_square(self: MSELoss, pred: Array, target: Array) -> Array:
    self.keep(pred - target)
    return self.reduce((pred - target) ** 2 / 2)


@misconception(
    "MSELoss.forward",
    "You took the root of the mean square. It has the unit of the target, but another slope.",
    see="Squared error",
)
def root_mean_square(self: MSELoss, pred: Array, target: Array) -> Array:
    self.keep(pred - target)
    return np.asarray(np.sqrt(self.reduce((pred - target) ** 2)))


@misconception(
    "MSELoss.backward",
    "The 2 that comes down from the square is missing: your gradient is half as long as it should be.",
    see="Squared error",
)
def two_forgotten(self: MSELoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return self.share(dloss, error) * error


@misconception(
    "MSELoss.backward",
    "Your gradient is that of each element's own loss: neither the mean nor the upstream gradient is in it.",
    see="One number of many",
)
def mse_not_shared(self: MSELoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return 2 * error


@misconception(
    "BCEWithLogitsLoss.forward",
    "You take the logarithm of a probability that rounding has made 0 or 1: large logits give infinity or nan.",
    see="Binary cross-entropy",
)
def log_of_the_sigmoid(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, 1.0, target)
    p = sigmoid(pred)
    return self.reduce(-target * np.log(p) - (1 - target) * np.log(1 - p))


@misconception(
    "BCEWithLogitsLoss.forward",
    "Your probabilities are clipped before the logarithm: no nan, but beyond the clip the loss is flat and wrong.",
    see="Binary cross-entropy",
)
def clipped(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, 1.0, target)
    p = np.clip(sigmoid(pred), 1e-12, 1 - 1e-12)
    return self.reduce(-target * np.log(p) - (1 - target) * np.log(1 - p))


@misconception(
    "BCEWithLogitsLoss.forward",
    "You raise e to the logit itself, which overflows when it is large; see that the exponent is never positive.",
    see="Binary cross-entropy",
)
def exponential_overflows(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, 1.0, target)
    return self.reduce(np.log(1 + np.exp(pred)) - pred * target)


@misconception(
    "BCEWithLogitsLoss.forward",
    "Only the rows of class 1 cost something in your loss: the half for class 0 is missing.",
    see="Binary cross-entropy",
)
def positives_only(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, 1.0, target)
    return self.reduce(target * np.logaddexp(0, -pred))


@misconception(
    "BCEWithLogitsLoss.backward",
    "You subtract the target from the logit; it has to become a probability first.",
    see="Binary cross-entropy",
)
def sigmoid_forgotten(self: BCEWithLogitsLoss, dloss: Array | float = 1.0) -> Array:
    pred, _, target = self.kept_all()
    slope: Array = pred - target
    return self.share(dloss, pred) * slope


@misconception(
    "BCEWithLogitsLoss.backward",
    "You multiplied by the slope of the sigmoid once too often: with this loss it has cancelled.",
    see="Binary cross-entropy",
)
def sigmoid_slope_twice(self: BCEWithLogitsLoss, dloss: Array | float = 1.0) -> Array:
    return _from_probability(self, dloss, lambda p, t: (p - t) * p * (1 - p))


@misconception(
    "BCEWithLogitsLoss.backward",
    "That is the slope along the probability. The logit is what went in, so the sigmoid's slope belongs to the chain.",
    see="Binary cross-entropy",
)
def slope_along_the_probability(self: BCEWithLogitsLoss, dloss: Array | float = 1.0) -> Array:
    return _from_probability(self, dloss, lambda p, t: (p - t) / (p * (1 - p)))


@misconception(
    "BCEWithLogitsLoss.forward",
    "The weights are not used: what amounts gives is to stand before each part of your loss.",
    see="Not all mistakes cost the same",
)
def bce_weights_ignored(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, 1.0, target)
    return self.reduce(np.maximum(pred, 0) - pred * target + np.log1p(np.exp(-np.abs(pred))))


@misconception(
    "BCEWithLogitsLoss.amounts",
    "Your pos_weight multiplies every element, the zeros too. That only scales the loss: the balance stays as it was.",
    see="Not all mistakes cost the same",
)
def zeros_weighed_too(self: BCEWithLogitsLoss, target: Array) -> tuple[Array | float, Array]:
    factor = (1 if self.weight is None else self.weight) * (1 if self.pos_weight is None else self.pos_weight)
    return np.broadcast_to(factor, target.shape).astype(target.dtype), factor * target


@misconception(
    "BCEWithLogitsLoss.amounts",
    "The ones are multiplied in τ and not in c, so the loss of a one can fall below zero.",
    see="Not all mistakes cost the same",
)
def ones_counted_once(self: BCEWithLogitsLoss, target: Array) -> tuple[Array | float, Array]:
    weight = 1.0 if self.weight is None else self.weight
    return weight, weight * target * (1.0 if self.pos_weight is None else self.pos_weight)


@misconception(
    "BCEWithLogitsLoss.amounts",
    "You weigh what is for class 1 and forget the weight of the element in c.",
    see="Not all mistakes cost the same",
)
def weight_in_one_place(self: BCEWithLogitsLoss, target: Array) -> tuple[Array | float, Array]:
    ones = target * (1.0 if self.pos_weight is None else self.pos_weight)
    return 1 - target + ones, ones * (1.0 if self.weight is None else self.weight)

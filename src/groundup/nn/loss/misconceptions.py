"""What people write instead of a loss."""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.nn.activation import log_softmax, sigmoid, softmax
from groundup.nn.loss.loss import BCEWithLogitsLoss, CrossEntropyLoss, Loss, MSELoss


def _from_probability(self: BCEWithLogitsLoss, dloss: Array | float, slope: Callable[[Array, Array], Array]) -> Array:
    """The gradient for a slope that is a function of the probability and the target."""
    pred, target = self.kept()
    return self.share(dloss, pred) * slope(sigmoid(pred), target)


def _of_truth(self: CrossEntropyLoss, log_p: Array, pred: Array, target: IntArray) -> Array:
    """Minus the log probability of the right class, (N,); keeps what the library's backward wants."""
    losses: Array = -log_p[np.arange(len(target)), target]
    self.keep(log_softmax(pred, axis=1), target, losses)
    return losses


def _normalised(scores: Array) -> Array:
    """Minus the log of the row's sum of exponentials, shifted or not."""
    normalised: Array = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return normalised


def _shared(self: CrossEntropyLoss, dloss: Array | float, gradient: Array, losses: Array) -> Array:
    return gradient * self.share(dloss, losses)[:, None]


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
    self.keep(pred, target)
    p = sigmoid(pred)
    return self.reduce(-target * np.log(p) - (1 - target) * np.log(1 - p))


@misconception(
    "BCEWithLogitsLoss.forward",
    "Your probabilities are clipped before the logarithm: no nan, but beyond the clip the loss is flat and wrong.",
    see="Binary cross-entropy",
)
def clipped(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, target)
    p = np.clip(sigmoid(pred), 1e-12, 1 - 1e-12)
    return self.reduce(-target * np.log(p) - (1 - target) * np.log(1 - p))


@misconception(
    "BCEWithLogitsLoss.forward",
    "You raise e to the logit itself, which overflows when it is large; see that the exponent is never positive.",
    see="Binary cross-entropy",
)
def exponential_overflows(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, target)
    return self.reduce(np.log(1 + np.exp(pred)) - pred * target)


@misconception(
    "BCEWithLogitsLoss.forward",
    "Only the rows of class 1 cost something in your loss: the half for class 0 is missing.",
    see="Binary cross-entropy",
)
def positives_only(self: BCEWithLogitsLoss, pred: Array, target: Array) -> Array:
    self.keep(pred, target)
    return self.reduce(target * np.logaddexp(0, -pred))


@misconception(
    "BCEWithLogitsLoss.backward",
    "You subtract the target from the logit; it has to become a probability first.",
    see="Binary cross-entropy",
)
def sigmoid_forgotten(self: BCEWithLogitsLoss, dloss: Array | float = 1.0) -> Array:
    pred, target = self.kept()
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
    "CrossEntropyLoss.forward",
    "You take the logarithm of a softmax: where a class is far behind, rounding made it 0 and the loss infinite.",
    see="Cross-entropy",
)
def log_of_the_softmax(self: CrossEntropyLoss, pred: Array, target: IntArray) -> Array:
    return self.reduce(_of_truth(self, np.log(softmax(pred, axis=1)), pred, target))


@misconception(
    "CrossEntropyLoss.forward",
    "You raise e to the logits as they are, which overflows when they are large: shift each row first.",
    see="Cross-entropy",
)
def not_shifted(self: CrossEntropyLoss, pred: Array, target: IntArray) -> Array:
    return self.reduce(_of_truth(self, _normalised(pred), pred, target))


@misconception(
    "CrossEntropyLoss.forward",
    "You shift all rows by the largest logit of the batch: rows far below it vanish. Each row has its own maximum.",
    see="Cross-entropy",
)
def shifted_by_the_largest_of_all(self: CrossEntropyLoss, pred: Array, target: IntArray) -> Array:
    return self.reduce(_of_truth(self, _normalised(pred - pred.max()), pred, target))


@misconception(
    "CrossEntropyLoss.forward",
    "The softmax is applied twice: your logits are turned into probabilities, and those are taken for logits again.",
    see="Softmax twice",
)
def softmax_twice(self: CrossEntropyLoss, pred: Array, target: IntArray) -> Array:
    return self.reduce(_of_truth(self, log_softmax(softmax(pred, axis=1), axis=1), pred, target))


@misconception(
    "CrossEntropyLoss.forward",
    "Your softmax runs over the rows of the batch; it is the classes of one row that share one probability.",
    see="Cross-entropy",
)
def softmax_over_the_batch(self: CrossEntropyLoss, pred: Array, target: IntArray) -> Array:
    return self.reduce(_of_truth(self, log_softmax(pred, axis=0), pred, target))


@misconception(
    "CrossEntropyLoss.forward",
    "You divide by rows times classes. Only one class of each row has a loss, so it is one loss a row.",
    see="One number of many",
)
def mean_over_the_classes(self: CrossEntropyLoss, pred: Array, target: IntArray) -> Array:
    onehot = np.eye(pred.shape[1], dtype=pred.dtype)[target]
    return self.reduce(onehot * _of_truth(self, log_softmax(pred, axis=1), pred, target)[:, None])  # (N, K)


@misconception(
    "CrossEntropyLoss.backward",
    "You subtract the labels as numbers, but class 2 is not twice class 1: in each row one entry is to change.",
    see="Cross-entropy",
)
def labels_as_numbers(self: CrossEntropyLoss, dloss: Array | float = 1.0) -> Array:
    log_p, target, losses = self.kept()
    return _shared(self, dloss, np.exp(log_p) - target[:, None].astype(log_p.dtype), losses)


@misconception(
    "CrossEntropyLoss.backward",
    "Your gradient is that of each row's own loss: neither the mean nor the upstream gradient is in it.",
    see="One number of many",
)
def ce_not_shared(self: CrossEntropyLoss, dloss: Array | float = 1.0) -> Array:
    log_p, target, _ = self.kept()
    gradient: Array = np.exp(log_p)
    gradient[np.arange(len(target)), target] -= 1
    return gradient


@misconception(
    "CrossEntropyLoss.backward",
    "You sent the difference through the softmax's backward once more: its slope is in it already.",
    see="Cross-entropy",
)
def softmax_slope_twice(self: CrossEntropyLoss, dloss: Array | float = 1.0) -> Array:
    log_p, target, losses = self.kept()
    p = np.exp(log_p)
    slope = p - np.eye(p.shape[1], dtype=p.dtype)[target]
    return _shared(self, dloss, p * (slope - (slope * p).sum(axis=1, keepdims=True)), losses)

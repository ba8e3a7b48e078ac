"""What people write instead of a cross-entropy of classes: of labels, of shares, with weights."""

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.nn.activation import log_softmax, softmax
from groundup.nn.loss.loss import CrossEntropyLoss, at_labels


def _of_truth(self: CrossEntropyLoss, log_p: Array, pred: Array, target: IntArray) -> Array:
    """Minus the log probability of the right class, (N,); keeps what the library's backward wants."""
    losses: Array = -log_p[np.arange(len(target)), target]
    self.keep(log_softmax(pred, axis=1), target, np.ones_like(losses))
    return losses


def _normalised(scores: Array) -> Array:
    """Minus the log of the row's sum of exponentials, shifted or not."""
    normalised: Array = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return normalised


def _shared(self: CrossEntropyLoss, dloss: Array | float, gradient: Array, counts: Array) -> Array:
    return gradient * (counts * self.share(dloss, counts))[:, None]


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
    log_p, target, counts = self.kept_all()
    return _shared(self, dloss, np.exp(log_p) - target[:, None].astype(log_p.dtype), counts)


@misconception(
    "CrossEntropyLoss.backward",
    "Your gradient is that of each row's own loss: neither the mean nor the upstream gradient is in it.",
    see="One number of many",
)
def ce_not_shared(self: CrossEntropyLoss, dloss: Array | float = 1.0) -> Array:
    log_p, target, _ = self.kept_all()
    gradient: Array = np.exp(log_p)
    gradient[np.arange(len(target)), target] -= 1
    return gradient


@misconception(
    "CrossEntropyLoss.backward",
    "You sent the difference through the softmax's backward once more: its slope is in it already.",
    see="Cross-entropy",
)
def softmax_slope_twice(self: CrossEntropyLoss, dloss: Array | float = 1.0) -> Array:
    log_p, target, counts = self.kept_all()
    p = np.exp(log_p)
    slope = p - np.eye(p.shape[1], dtype=p.dtype)[target]
    return _shared(self, dloss, p * (slope - (slope * p).sum(axis=1, keepdims=True)), counts)


@misconception(
    "pick",
    "You add the logarithms of all classes, whatever their shares.",
    see="Shares of the classes",
)
def shares_ignored(log_p: Array, wanted: Array | IntArray) -> Array:
    picked: Array = log_p[at_labels(wanted)] if wanted.ndim < log_p.ndim else log_p.sum(axis=1)
    return picked


@misconception(
    "pick",
    "You take the class with the largest share and drop the others: what was doubtful is treated as certain.",
    see="Shares of the classes",
)
def largest_share_only(log_p: Array, wanted: Array | IntArray) -> Array:
    picked: Array = log_p[at_labels(wanted if wanted.ndim < log_p.ndim else wanted.argmax(axis=1))]
    return picked


@misconception(
    "pick",
    "You index with the labels alone. That takes whole rows, not one entry of each.",
    see="Cross-entropy",
)
def whole_rows(log_p: Array, wanted: Array | IntArray) -> Array:
    picked: Array = log_p[wanted] if wanted.ndim < log_p.ndim else (wanted * log_p).sum(axis=1)
    return picked


@misconception(
    "minus_truth",
    "The probabilities minus the shares is right where the shares of a row add up to 1. With weights they do not.",
    see="Shares of the classes",
)
def shares_taken_for_whole(p: Array, wanted: Array | IntArray) -> Array:
    if wanted.ndim == p.ndim:
        return np.subtract(p, wanted)
    slope: Array = p.copy()
    slope[at_labels(wanted)] -= 1
    return slope


@misconception(
    "minus_truth",
    "Your sign is turned: truth minus prediction points uphill, so the loss would rise.",
    see="Cross-entropy",
)
def truth_minus_prediction(p: Array, wanted: Array | IntArray) -> Array:
    slope: Array = -p
    if wanted.ndim < p.ndim:
        slope[at_labels(wanted)] += 1
    else:
        slope = wanted - p * np.sum(wanted, axis=1, keepdims=True)
    return slope


@misconception(
    "smooth",
    "You spread ε over the K - 1 wrong classes. By Eq. 6, and in PyTorch, the right one has its part of it.",
    see="Shares of the classes",
)
def spread_over_the_others(shares: Array, label_smoothing: float) -> Array:
    return (1 - label_smoothing) * shares + label_smoothing * (1 - shares) / (shares.shape[1] - 1)


@misconception(
    "smooth",
    "You add ε to every class, so the shares of a row add up to more than 1: ε is to be divided among the classes.",
    see="Shares of the classes",
)
def not_divided(shares: Array, label_smoothing: float) -> Array:
    return (1 - label_smoothing) * shares + label_smoothing


@misconception(
    "smooth",
    "You add to all classes and take nothing from the label: the shares of a row add up to 1 + ε.",
    see="Shares of the classes",
)
def nothing_taken(shares: Array, label_smoothing: float) -> Array:
    return shares + label_smoothing / shares.shape[1]


@misconception(
    "smooth",
    "You divide by the number of rows. It is the classes of one row that ε is spread over.",
    see="Shares of the classes",
)
def divided_by_rows(shares: Array, label_smoothing: float) -> Array:
    return (1 - label_smoothing) * shares + label_smoothing / shares.shape[0]


@misconception(
    "CrossEntropyLoss.row_weights",
    "A row whose label is to be ignored still counts in yours, as if its label were another class.",
    see="Not all mistakes cost the same",
)
def ignored_rows_count(self: CrossEntropyLoss, target: IntArray, weight: Array) -> Array:
    return weight[np.where(target == self.ignore_index, 0, target)]


@misconception(
    "CrossEntropyLoss.row_weights",
    "The weights of the classes are not used: every row counts 1.",
    see="Not all mistakes cost the same",
)
def all_count_the_same(self: CrossEntropyLoss, target: IntArray, weight: Array) -> Array:
    return np.where(target != self.ignore_index, 1, 0).astype(weight.dtype)


@misconception(
    "CrossEntropyLoss.row_weights",
    "You ignore every negative label. Which one is ignored was chosen when the loss was made: here it is another.",
    see="Not all mistakes cost the same",
)
def negative_is_ignored(self: CrossEntropyLoss, target: IntArray, weight: Array) -> Array:
    return np.multiply(weight[np.maximum(target, 0)], target >= 0)


@misconception(
    "CrossEntropyLoss.scale",
    "Your mean divides by the number of rows: those that are ignored, or count little, make the loss small.",
    see="Not all mistakes cost the same",
)
def all_rows_divide(self: CrossEntropyLoss, counts: Array) -> Array:
    return np.asarray(1, counts.dtype)


@misconception(
    "CrossEntropyLoss.scale",
    "You divide by the number of rows that count. Half a row is half: what divides is the sum of their weights.",
    see="Not all mistakes cost the same",
)
def counted_not_weighed(self: CrossEntropyLoss, counts: Array) -> Array:
    return np.asarray((counts != 0).mean() if self.reduction == "mean" else 1, counts.dtype)


@misconception(
    "CrossEntropyLoss.scale",
    "You divide by the sum of the weights, and reduce divides by the number of rows as well: it is done twice.",
    see="Not all mistakes cost the same",
)
def divided_twice(self: CrossEntropyLoss, counts: Array) -> Array:
    return np.asarray(counts.sum() if self.reduction == "mean" else 1, counts.dtype)

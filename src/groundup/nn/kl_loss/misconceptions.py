"""What people write instead of a divergence."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.kl_loss.kl_loss import KLDivLoss, divergence
from groundup.nn.loss.loss import Loss


@misconception(
    "divergence",
    "You exchanged the two: that is the divergence the other way round, weighted by what the prediction says.",
    see="Two directions",
)
def other_way_round(p: Array, log_q: Array) -> Array:
    q = np.exp(log_q)
    return q * (log_q - np.log(np.where(p > 0, p, 1)))


@misconception(
    "divergence",
    "Your sign is turned, so a wrong prediction earns something: the sum over a row comes out below zero.",
    see="The price of a wrong belief",
)
def gain(p: Array, log_q: Array) -> Array:
    return -divergence(p, log_q)


@misconception(
    "divergence",
    "That is the cross-entropy. What the truth pays to itself, its own entropy, is not taken off.",
    see="Entropy, cross-entropy, divergence",
)
def cross_entropy(p: Array, log_q: Array) -> Array:
    return -p * log_q


@misconception(
    "divergence",
    "You take the logarithm of 0 where a class has no share, and 0 times minus infinity is nan. Such a term is 0.",
    see="The price of a wrong belief",
)
def logarithm_of_zero(p: Array, log_q: Array) -> Array:
    return p * (np.log(p) - log_q)


@misconception(
    "divergence",
    "A small number is added inside the logarithm. No nan, but every term is off, and a divergence of 0 is none.",
    see="The price of a wrong belief",
)
def small_number_added(p: Array, log_q: Array) -> Array:
    terms: Array = p * (np.log(p + 1e-5) - log_q)
    return terms


@misconception(
    "KLDivLoss.reduce",
    "For batchmean you give the mean of all elements. It is the sum of a row that is a divergence: K times more.",
    see="The trap of the mean",
)
def mean_of_all(self: KLDivLoss, losses: Array) -> Array:
    return np.asarray(losses.mean()) if self.reduction == "batchmean" else Loss.reduce(self, losses)


@misconception(
    "KLDivLoss.reduce",
    "For batchmean you give one number a row. The rows are to be averaged, too.",
    see="The trap of the mean",
)
def one_a_row(self: KLDivLoss, losses: Array) -> Array:
    if self.reduction == "batchmean":
        return np.asarray(losses.reshape(len(losses), -1).sum(axis=1))
    return Loss.reduce(self, losses)


@misconception(
    "KLDivLoss.reduce",
    "You divide by the length of the last axis. It is the rows, the first axis, that batchmean averages.",
    see="The trap of the mean",
)
def over_the_classes(self: KLDivLoss, losses: Array) -> Array:
    if self.reduction == "batchmean":
        return np.asarray(losses.sum() / losses.shape[-1])
    return Loss.reduce(self, losses)


@misconception(
    "KLDivLoss.share",
    "For batchmean your shares are those of a sum: reduce divided by the number of rows, so the gradient is to.",
    see="The trap of the mean",
)
def share_of_a_sum(self: KLDivLoss, dloss: Array | float, losses: Array) -> Array:
    return Loss.share(self, dloss, losses)


@misconception(
    "KLDivLoss.share",
    "For batchmean your shares are one over the number of elements. Each is one over the number of rows.",
    see="The trap of the mean",
)
def share_of_all(self: KLDivLoss, dloss: Array | float, losses: Array) -> Array:
    share = Loss.share(self, dloss, losses)
    return share / losses.size if self.reduction == "batchmean" else share


@misconception(
    "KLDivLoss.forward",
    "You take the targets for probabilities also where log_target says that they are logarithms.",
    see="The loss takes logarithms",
)
def log_target_ignored(self: KLDivLoss, pred: Array, target: Array) -> Array:
    self.keep(target)
    return self.reduce(divergence(target, pred))


@misconception(
    "KLDivLoss.forward",
    "You turn the prediction into probabilities and leave it so: what is subtracted is to be its logarithm.",
    see="The loss takes logarithms",
)
def not_the_logarithm(self: KLDivLoss, pred: Array, target: Array) -> Array:
    p = np.exp(target) if self.log_target else target
    self.keep(p)
    return self.reduce(divergence(p, np.exp(pred)))


@misconception(
    "KLDivLoss.forward",
    "With log_target you weigh each term by the logarithm of the target instead of the target.",
    see="The loss takes logarithms",
)
def weighed_by_logarithms(self: KLDivLoss, pred: Array, target: Array) -> Array:
    if self.log_target:
        self.keep(target)
        return self.reduce(target * (target - pred))
    self.keep(target)
    return self.reduce(divergence(target, pred))


@misconception(
    "KLDivLoss.backward",
    "Your sign is turned: a higher log-probability makes the loss smaller, so the slope is not positive.",
    see="The price of a wrong belief",
)
def uphill(self: KLDivLoss, dloss: Array | float = 1.0) -> Array:
    p: Array = self.kept()
    return p * self.share(dloss, p)


@misconception(
    "KLDivLoss.backward",
    "Every class gets the same slope from you. Each is weighted by its share in the target.",
    see="The price of a wrong belief",
)
def not_weighted(self: KLDivLoss, dloss: Array | float = 1.0) -> Array:
    p: Array = self.kept()
    return -self.share(dloss, p)


@misconception(
    "KLDivLoss.backward",
    "Your gradient is that of each element's own loss: neither the mean nor the upstream gradient is in it.",
    see="The trap of the mean",
)
def kl_not_shared(self: KLDivLoss, dloss: Array | float = 1.0) -> Array:
    p: Array = self.kept()
    return -p

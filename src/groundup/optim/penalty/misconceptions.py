"""What people write instead of a penalty."""

import numpy as np

from groundup.core import Array, misconception
from groundup.optim.penalty.penalty import Penalty, soft_threshold


@misconception(
    "Penalty.__call__",
    "The half in front of the squares is missing. With it lambda means what weight_decay means, without it twice that.",
    see="Two prices",
)
def half_forgotten(self: Penalty) -> float:
    return float(sum(self.l1 * np.abs(p.value).sum() + self.l2 * (p.value**2).sum() for p in self.parameters))


@misconception(
    "Penalty.__call__",
    "You add up the weights and not their sizes: positive and negative ones cancel, and the price can be below zero.",
    see="Two prices",
)
def signs_kept(self: Penalty) -> float:
    return float(sum(self.l1 * p.value.sum() + self.l2 / 2 * (p.value**2).sum() for p in self.parameters))


@misconception(
    "Penalty.__call__",
    "You take the mean over the weights. It is a sum: a weight costs the same in a large layer and in a small one.",
    see="Two prices",
)
def mean_over_weights(self: Penalty) -> float:
    return float(sum(self.l1 * np.abs(p.value).mean() + self.l2 / 2 * (p.value**2).mean() for p in self.parameters))


@misconception(
    "Penalty.__call__",
    "The L2 term is the length of the weights, with its root. Without the root its gradient is a multiple of w.",
    see="Two prices",
)
def length_instead_of_square(self: Penalty) -> float:
    squares = sum((p.value**2).sum() for p in self.parameters)
    return float(self.l1 * sum(np.abs(p.value).sum() for p in self.parameters) + self.l2 / 2 * np.sqrt(squares))


@misconception(
    "Penalty.__call__",
    "Only the first array is counted. Every weight of the model pays.",
    see="Build",
)
def first_array_only(self: Penalty) -> float:
    w = self.parameters[0].value
    return float(self.l1 * np.abs(w).sum() + self.l2 / 2 * (w**2).sum())


@misconception(
    "Penalty.backward",
    "The gradient replaces what was in grad: the loss of the data is forgotten, and only the price is left.",
    see="Build",
)
def gradient_replaced(self: Penalty) -> None:
    for p in self.parameters:
        p.grad[...] = self.l1 * np.sign(p.value) + self.l2 * p.value


@misconception(
    "Penalty.backward",
    "Your penalty is subtracted from the gradient, so the step makes weights larger.",
    see="Two slopes",
)
def pushes_away(self: Penalty) -> None:
    for p in self.parameters:
        p.grad -= self.l1 * np.sign(p.value) + self.l2 * p.value


@misconception(
    "Penalty.backward",
    "The L1 part pulls with the size of the weight. Its slope is the same for all: only the sign counts.",
    see="Two slopes",
)
def pulls_with_the_size(self: Penalty) -> None:
    for p in self.parameters:
        p.grad += self.l1 * np.abs(p.value) * np.sign(p.value) + self.l2 * p.value


@misconception(
    "Penalty.backward",
    "The L1 part pulls every weight downwards, negative ones away from zero: the sign is missing.",
    see="Two slopes",
)
def sign_forgotten(self: Penalty) -> None:
    for p in self.parameters:
        p.grad += self.l1 + self.l2 * p.value


@misconception(
    "Penalty.backward",
    "The L2 part is twice too strong: the half of the value and the two of the derivative cancel.",
    see="Two slopes",
)
def two_not_cancelled(self: Penalty) -> None:
    for p in self.parameters:
        p.grad += self.l1 * np.sign(p.value) + 2 * self.l2 * p.value


@misconception(
    "Penalty.backward",
    "A weight of exactly zero is pulled upwards or downwards. At zero the sign, and so the pull, is zero.",
    see="Two slopes",
)
def zero_is_pulled(self: Penalty) -> None:
    for p in self.parameters:
        p.grad += self.l1 * np.where(p.value >= 0, 1.0, -1.0) + self.l2 * p.value


@misconception(
    "soft_threshold",
    "Yours is a hard threshold: what is small becomes zero, but what is large should come nearer by the threshold.",
    see="As far as zero",
)
def hard_threshold(w: Array, threshold: float) -> Array:
    return np.where(np.abs(w) > threshold, w, 0.0)


@misconception(
    "soft_threshold",
    "Small entries are carried past zero to the other side. They have to stop there.",
    see="As far as zero",
)
def past_zero(w: Array, threshold: float) -> Array:
    return w - threshold * np.sign(w)


@misconception(
    "soft_threshold",
    "The threshold is taken off negative entries, too, which sends them away from zero.",
    see="As far as zero",
)
def downwards_only(w: Array, threshold: float) -> Array:
    return np.where(np.abs(w) > threshold, w - threshold, 0.0)


@misconception(
    "soft_threshold",
    "The sign is lost: negative entries come back positive.",
    see="As far as zero",
)
def sign_lost(w: Array, threshold: float) -> Array:
    return np.maximum(np.abs(w) - threshold, 0)


@misconception(
    "soft_threshold",
    "Entries are cut to the threshold, as gradients are clipped. Here what is below it goes, and what is above stays.",
    see="As far as zero",
)
def clipped(w: Array, threshold: float) -> Array:
    return np.clip(w, -threshold, threshold)


@misconception(
    "Penalty.shrink",
    "The rate is left out: the weights pay the whole price at every step, however short the step is.",
    see="As far as zero",
)
def rate_left_out(self: Penalty, lr: float) -> None:
    for p in self.parameters:
        p.value[...] = soft_threshold(p.value, self.l1) / (1 + self.l2)


@misconception(
    "Penalty.shrink",
    "The L2 part subtracts where it should divide. At a large rate that turns weights round; a division never does.",
    see="As far as zero",
)
def subtracts_instead_of_dividing(self: Penalty, lr: float) -> None:
    for p in self.parameters:
        p.value[...] = soft_threshold(p.value, lr * self.l1) * (1 - lr * self.l2)


@misconception(
    "Penalty.shrink",
    "The L2 part comes first. The threshold then meets weights that are smaller already, and takes too many.",
    see="As far as zero",
)
def divided_first(self: Penalty, lr: float) -> None:
    for p in self.parameters:
        p.value[...] = soft_threshold(p.value / (1 + lr * self.l2), lr * self.l1)


@misconception(
    "Penalty.shrink",
    "Yours is a step down the slope of the penalty. It hops about zero and never stands on it.",
    see="The zero that is never reached",
)
def subgradient_step(self: Penalty, lr: float) -> None:
    for p in self.parameters:
        p.value -= lr * (self.l1 * np.sign(p.value) + self.l2 * p.value)


@misconception(
    "Penalty.shrink",
    "The shrunken weights are worked out and dropped; the parameters keep their old ones.",
    see="Build",
)
def value_never_changed(self: Penalty, lr: float) -> None:
    for p in self.parameters:
        value = p.value
        value = soft_threshold(value, lr * self.l1) / (1 + lr * self.l2)

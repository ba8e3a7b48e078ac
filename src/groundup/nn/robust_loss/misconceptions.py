"""What people write instead of a robust loss."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.robust_loss.robust_loss import HuberLoss, L1Loss, SmoothL1Loss, huber


@misconception(
    "L1Loss.forward",
    "You add the errors with their signs, so those above and below cancel. Each of them is to cost something.",
    see="Absolute error",
)
def signs_kept(self: L1Loss, pred: Array, target: Array) -> Array:
    self.keep(pred - target)
    return self.reduce(pred - target)


@misconception(
    "L1Loss.forward",
    "You square the error: that is the loss of the last lesson, in which one wrong number outweighs a hundred others.",
    see="Absolute error",
)
def squared(self: L1Loss, pred: Array, target: Array) -> Array:
    self.keep(pred - target)
    return self.reduce((pred - target) ** 2)


@misconception(
    "L1Loss.forward",
    "You divide by the size of the target. That is a relative error: it has other shares, and none where t is 0.",
    see="Absolute error",
)
def relative(self: L1Loss, pred: Array, target: Array) -> Array:
    self.keep(pred - target)
    return self.reduce(np.abs(pred - target) / np.abs(target))


@misconception(
    "L1Loss.backward",
    "Your gradient is the size of the error's slope without its direction: predictions that are too low sink further.",
    see="Absolute error",
)
def always_uphill(self: L1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return self.share(dloss, error) * np.abs(np.sign(error))


@misconception(
    "L1Loss.backward",
    "You gave the slope of the square, or of its half: with this loss a large error pulls no harder than a small one.",
    see="Absolute error",
)
def as_long_as_the_error(self: L1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return self.share(dloss, error) * error


@misconception(
    "L1Loss.backward",
    "An error of 0 gets a slope of 1 from you. Any slope from -1 to 1 would do; the convention is 0: right is right.",
    see="At the tip",
)
def pulled_when_right(self: L1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return self.share(dloss, error) * np.where(error >= 0, 1, -1).astype(error.dtype)


@misconception(
    "L1Loss.backward",
    "You divide the error by its size, which is 0 by 0 where the prediction is right: the gradient becomes nan.",
    see="At the tip",
)
def divided_by_its_size(self: L1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return self.share(dloss, error) * (error / np.abs(error))


@misconception(
    "L1Loss.backward",
    "Your gradient is that of each element's own loss: neither the mean nor the upstream gradient is in it.",
    see="Absolute error",
)
def l1_not_shared(self: L1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return np.sign(error)


@misconception(
    "huber",
    "Your line is δ|e| and begins too high: at δ the loss jumps to twice what the square gives there.",
    see="Huber",
)
def line_jumps(error: Array, delta: float) -> Array:
    size = np.abs(error)
    return np.where(size <= delta, size**2 / 2, delta * size)


@misconception(
    "huber",
    "You joined half the square to |e| - 1/2. They meet for δ = 1 alone; the slope of the line is δ.",
    see="Huber",
)
def meets_at_one(error: Array, delta: float) -> Array:
    size = np.abs(error)
    return np.where(size <= delta, size**2 / 2, size - 0.5)


@misconception(
    "huber",
    "The half before the square is missing: where the pieces meet, your slope is 2δ on one side and δ on the other.",
    see="Huber",
)
def whole_square(error: Array, delta: float) -> Array:
    size = np.abs(error)
    return np.where(size <= delta, size**2, delta * (size - delta / 2))


@misconception(
    "huber",
    "You clip the error and then square it: beyond δ the loss is flat, and what is furthest off does not pull at all.",
    see="Huber",
)
def clipped_then_squared(error: Array, delta: float) -> Array:
    return np.clip(error, -delta, delta) ** 2 / 2


@misconception(
    "huber",
    "You compare the error and not its size with δ: large errors below the target are still squared.",
    see="Huber",
)
def only_from_above(error: Array, delta: float) -> Array:
    return np.where(error <= delta, error**2 / 2, delta * (np.abs(error) - delta / 2))


@misconception(
    "HuberLoss.backward",
    "Far from the target your slope is ±1. The line rises by δ for each unit, so that is its slope.",
    see="Huber",
)
def slope_of_one(self: HuberLoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return self.share(dloss, error) * np.where(np.abs(error) <= self.delta, error, np.sign(error))


@misconception(
    "HuberLoss.backward",
    "Far from the target your slope is 0: the wrong number is thrown out. Huber only limits how hard it pulls.",
    see="Huber",
)
def far_is_forgotten(self: HuberLoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return self.share(dloss, error) * np.where(np.abs(error) <= self.delta, error, 0)


@misconception(
    "SmoothL1Loss.forward",
    "That is Huber's loss. Smooth L1 has the slope 1 far away, whatever β is: a factor of 1/β is missing.",
    see="Smooth L1",
)
def huber_again(self: SmoothL1Loss, pred: Array, target: Array) -> Array:
    self.keep(pred - target)
    return self.reduce(huber(pred - target, self.beta) if self.beta else np.abs(pred - target))


@misconception(
    "SmoothL1Loss.forward",
    "With β = 0 you divide 0 by 0. There the rounded tip has no width: what is left is the absolute error.",
    see="Smooth L1",
)
def no_width(self: SmoothL1Loss, pred: Array, target: Array) -> Array:
    self.keep(pred - target)
    return self.reduce(huber(pred - target, self.beta) / np.asarray(self.beta, pred.dtype))


@misconception(
    "SmoothL1Loss.backward",
    "Your slope is within ±β, which is Huber's. The loss was divided by β, so its slope is, too.",
    see="Smooth L1",
)
def hubers_slope(self: SmoothL1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    slope: Array = np.clip(error, -self.beta, self.beta) if self.beta else np.sign(error)
    return self.share(dloss, error) * slope

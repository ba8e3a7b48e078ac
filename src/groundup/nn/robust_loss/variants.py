"""Robust losses written another way, and just as right."""

import numpy as np

from groundup.core import Array, variant
from groundup.nn.loss.checks import expect_targets
from groundup.nn.robust_loss.robust_loss import HuberLoss, L1Loss, SmoothL1Loss, huber


@variant("L1Loss.forward", "the larger of both differences")
def larger_of_both_differences(self: L1Loss, pred: Array, target: Array) -> Array:
    target = expect_targets("L1Loss.forward", pred, target)
    self.keep(pred - target)
    return self.reduce(np.maximum(pred - target, target - pred))


@variant("L1Loss.forward", "the larger of both numbers less the smaller")
def larger_less_smaller(self: L1Loss, pred: Array, target: Array) -> Array:
    target = expect_targets("L1Loss.forward", pred, target)
    self.keep(pred - target)
    return self.reduce(np.maximum(pred, target) - np.minimum(pred, target))


@variant("L1Loss.backward", "two truth values, subtracted")
def two_truth_values(self: L1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    sign = (error > 0).astype(error.dtype) - (error < 0).astype(error.dtype)
    return sign * self.share(dloss, error)


@variant("L1Loss.backward", "the share, its sign turned below the target, and 0 on it")
def share_turned(self: L1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    share = self.share(dloss, error)
    return np.where(error < 0, -share, np.where(error > 0, share, 0))


@variant("huber", "two pieces, one for each side of δ")
def two_pieces(error: Array, delta: float) -> Array:
    size = np.abs(error)
    return np.where(size < delta, error**2 / 2, delta * (size - delta / 2))


@variant("huber", "the whole square, less that of what is beyond δ")
def square_less_what_is_beyond(error: Array, delta: float) -> Array:
    beyond = np.maximum(np.abs(error) - delta, 0)
    losses: Array = (error**2 - beyond**2) / 2
    return losses


@variant("huber", "the area below the slope: a triangle and a rectangle")
def area_below_the_slope(error: Array, delta: float) -> Array:
    slope = np.clip(error, -delta, delta)
    triangle: Array = slope * slope / 2
    rectangle: Array = np.abs(slope) * np.abs(error - slope)
    return triangle + rectangle


@variant("HuberLoss.forward", "the square everywhere, overwritten by the line where it is far")
def overwritten_by_the_line(self: HuberLoss, pred: Array, target: Array) -> Array:
    error = np.atleast_1d(pred - expect_targets("HuberLoss.forward", pred, target))
    self.keep(error.reshape(pred.shape))
    losses: Array = 0.5 * error * error
    far = np.abs(error) > self.delta
    losses[far] = self.delta * np.abs(error[far]) - 0.5 * self.delta**2
    return self.reduce(losses.reshape(pred.shape))


@variant("HuberLoss.backward", "the smaller of size and δ, with the sign of the error")
def size_and_sign(self: HuberLoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    return np.copysign(np.minimum(np.abs(error), self.delta), error) * self.share(dloss, error)


@variant("HuberLoss.backward", "three pieces by masks")
def three_pieces(self: HuberLoss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    slope = np.array(error)
    slope[error > self.delta] = self.delta
    slope[error < -self.delta] = -self.delta
    return self.share(dloss, error) * slope


@variant("SmoothL1Loss.forward", "two pieces of Eq. 3 itself; with β = 0 none is near")
def pieces_of_its_own(self: SmoothL1Loss, pred: Array, target: Array) -> Array:
    error = pred - expect_targets("SmoothL1Loss.forward", pred, target)
    self.keep(error)
    size = np.abs(error)
    square = error**2 / (2 * self.beta or 1.0)  # where β is 0 it is not chosen
    return self.reduce(np.where(size < self.beta, square, size - self.beta / 2))


@variant("SmoothL1Loss.forward", "Huber with δ = 1 of the error in units of β")
def in_units_of_beta(self: SmoothL1Loss, pred: Array, target: Array) -> Array:
    error = pred - expect_targets("SmoothL1Loss.forward", pred, target)
    self.keep(error)
    if self.beta == 0:
        return self.reduce(np.abs(error))
    return self.reduce(self.beta * huber(error / self.beta, 1.0))


@variant("SmoothL1Loss.backward", "the sign, and the error over β where it is near")
def sign_or_quotient(self: SmoothL1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    slope = np.sign(error)
    near = np.abs(error) < self.beta
    slope[near] = error[near] / self.beta
    return slope * self.share(dloss, error)


@variant("SmoothL1Loss.backward", "a quotient that is never above 1 in size")
def error_over_its_size(self: SmoothL1Loss, dloss: Array | float = 1.0) -> Array:
    error: Array = self.kept()
    below = np.maximum(np.abs(error), self.beta)
    return self.share(dloss, error) * (error / np.where(below > 0, below, 1))

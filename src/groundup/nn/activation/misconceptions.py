"""What people write instead of an activation, or of its derivative."""

import math

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.activation.activation import (
    GELU,
    GELU_CUBE,
    GELU_SCALE,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    sigmoid,
)
from groundup.nn.activation.erf import erf
from groundup.nn.activation.misconceptions_of_softmax import *  # noqa: F403


@misconception(
    "ReLU.backward",
    "The gradient passes everywhere, also where x was negative. (y >= 0 is always true: no y is below zero.)",
    see="Derive",
)
def relu_lets_all_through(self: ReLU, dy: Array) -> Array:
    self.kept()
    return dy.copy()


@misconception("ReLU.backward", "This is the slope alone: dy, which comes from above, is not in it.", see="Derive")
def relu_slope_alone(self: ReLU, dy: Array) -> Array:
    return (self.kept() > 0).astype(dy.dtype)


@misconception(
    "LeakyReLU.forward",
    "The larger of x and its leak is a leaky ReLU only while the slope is below 1. With a slope of 2 it picks wrongly.",
    see="Build",
)
def leaky_by_maximum(self: LeakyReLU, x: Array) -> Array:
    self.keep(x)
    y: Array = np.maximum(x, self.negative_slope * x)
    return y


@misconception("LeakyReLU.forward", "Your slope is always 0.01; the layer was made with another.", see="Build")
def slope_of_a_hundredth(self: LeakyReLU, x: Array) -> Array:
    self.keep(x)
    return np.where(x > 0, x, 0.01 * x)


@misconception("LeakyReLU.backward", "Nothing leaks back: on the negative side your gradient is zero.", see="Derive")
def leak_only_forward(self: LeakyReLU, dy: Array) -> Array:
    return np.where(self.kept() > 0, dy, 0)


@misconception(
    "LeakyReLU.backward",
    "At exactly zero you take the slope of the positive side. By convention, Eq. 4 and PyTorch take the other.",
    see="Derive",
)
def zero_is_positive(self: LeakyReLU, dy: Array) -> Array:
    return np.where(self.kept() >= 0, dy, self.negative_slope * dy)


@misconception("sigmoid", "Where x is large you divide infinity by infinity: nan.", see="Break")
def sigmoid_overflows(x: Array) -> Array:
    e: Array = np.exp(x)
    return e / (1 + e)


@misconception("sigmoid", "Your curve falls where it should rise: is a sign missing?", see="Derive")
def sigmoid_falls(x: Array) -> Array:
    small: Array = np.exp(-np.abs(x))
    return np.where(x >= 0, small, 1) / (1 + small)


@misconception("Sigmoid.backward", "You apply the sigmoid to what is a sigmoid already.", see="Build")
def sigmoid_twice(self: Sigmoid, dy: Array) -> Array:
    s = sigmoid(self.kept())
    return dy * s * (1 - s)


@misconception("Sigmoid.backward", "This is the slope of the sigmoid, without the gradient from above.", see="Derive")
def sigmoid_slope_alone(self: Sigmoid, dy: Array) -> Array:
    y = self.kept()
    return y * (1 - y)


@misconception("Tanh.forward", "For large x your exponentials overflow, and their ratio is nan.", see="Break")
def tanh_overflows(self: Tanh, x: Array) -> Array:
    up, down = np.exp(x), np.exp(-x)
    y: Array = (up - down) / (up + down)
    self.keep(y)
    return y


@misconception("Tanh.forward", "You keep x; backward takes what is kept for y.", see="Build")
def tanh_keeps_x(self: Tanh, x: Array) -> Array:
    self.keep(x)
    return np.tanh(x)


@misconception("Tanh.backward", "Your slope is the sigmoid's; that of tanh is 1 at zero.", see="Derive")
def tanh_slope_of_sigmoid(self: Tanh, dy: Array) -> Array:
    y = self.kept()
    return dy * y * (1 - y)


@misconception(
    "softmax",
    "Scores of a thousand overflow: e to that power is infinity, and infinity over infinity is nan.",
    see="Break",
)
def softmax_overflows(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x)
    total: Array = e.sum(axis=axis, keepdims=True)
    return e / total


@misconception(
    "softmax",
    "You subtract one maximum for the whole array. A row far below it becomes all zeros, and zero over zero is nan.",
    see="Break",
)
def one_maximum_for_all(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x - x.max())
    total: Array = e.sum(axis=axis, keepdims=True)
    return e / total


@misconception(
    "softmax",
    "Your softmax runs over the first axis, the batch: the rows of it compete with each other, and not the classes.",
    see="Break",
)
def softmax_over_the_batch(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x - x.max(axis=0, keepdims=True))
    total: Array = e.sum(axis=0, keepdims=True)
    return e / total


@misconception("softmax", "Your softmax runs over the last axis, whichever is asked for.", see="Build")
def axis_ignored(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x - x.max(axis=-1, keepdims=True))
    total: Array = e.sum(axis=-1, keepdims=True)
    return e / total


@misconception(
    "softmax",
    "The summed axis is gone from your total, and broadcasting divides along another one, silently if x is square.",
    see="Build",
)
def axis_not_kept(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x - x.max(axis=axis, keepdims=True))
    total: Array = e.sum(axis=axis)
    return e / total


@misconception(
    "Softmax.backward",
    "You treat softmax as if it acted on each number alone. Its outputs share one sum: each depends on every input.",
    see="Derive",
)
def softmax_elementwise(self: Softmax, dy: Array) -> Array:
    y = self.kept()
    return dy * y * (1 - y)


@misconception(
    "Softmax.backward",
    "You subtract one sum over the whole batch: rows mix that have nothing to do with each other.",
    see="Derive",
)
def softmax_mean_over_all(self: Softmax, dy: Array) -> Array:
    y = self.kept()
    total: Array = (dy * y).sum()
    return y * (dy - total)


@misconception(
    "Softmax.backward", "A factor y is missing: the smallest share would move as much as the largest.", see="Derive"
)
def softmax_factor_missing(self: Softmax, dy: Array) -> Array:
    y = self.kept()
    mean: Array = (dy * y).sum(axis=self.dim, keepdims=True)
    return dy - mean


@misconception(
    "Softmax.backward",
    "Share minus target is the gradient of softmax and cross-entropy taken together. This layer is the softmax alone.",
    see="In practice",
)
def softmax_with_cross_entropy(self: Softmax, dy: Array) -> Array:
    return self.kept() - dy


@misconception(
    "log_softmax",
    "You take the logarithm of the softmax. A share too small to be a number is 0, and its logarithm minus infinity.",
    see="Break",
)
def log_of_softmax(x: Array, axis: int = -1) -> Array:
    e: Array = np.exp(x - x.max(axis=axis, keepdims=True))
    total: Array = e.sum(axis=axis, keepdims=True)
    return np.log(e / total)


@misconception(
    "log_softmax",
    "The largest score is subtracted inside the sum and not outside of it: your shares no longer add up to 1.",
    see="Build",
)
def maximum_subtracted_once(x: Array, axis: int = -1) -> Array:
    total: Array = np.exp(x - x.max(axis=axis, keepdims=True)).sum(axis=axis, keepdims=True)
    return x - np.log(total)


@misconception("SiLU.backward", "Half of the product rule: your gate stands still, but it moves with x.", see="Derive")
def silu_gate_held_still(self: SiLU, dy: Array) -> Array:
    gate: Array = self.kept_all()[1]
    return dy * gate


@misconception(
    "SiLU.backward", "You add the slope of the gate as it is: the product rule multiplies it by x.", see="Derive"
)
def silu_x_missing(self: SiLU, dy: Array) -> Array:
    gate: Array = self.kept_all()[1]
    return dy * (gate + gate * (1 - gate))


@misconception(
    "GELU.gate",
    "You take erf of x itself. The bell curve of variance 1 is a little wider than that of erf, by the root of 2.",
    see="Derive",
)
def erf_not_scaled(self: GELU, x: Array) -> Array:
    if self.approximate == "none":
        return (1 + erf(x)) / 2
    return (1 + np.tanh(GELU_SCALE * x * (1 + GELU_CUBE * x * x))) / 2


@misconception(
    "GELU.gate",
    "You use the tanh formula in both cases. The layer is then off by up to 0.0005, and exact is the default.",
    see="In the frameworks",
)
def always_by_tanh(self: GELU, x: Array) -> Array:
    return (1 + np.tanh(GELU_SCALE * x * (1 + GELU_CUBE * x * x))) / 2


@misconception(
    "GELU.gate",
    "A NumPy number in your formula is float64, and makes float64 of a float32 input. Numbers of Python's math do not.",
    see="Break",
)
def gate_in_float64(self: GELU, x: Array) -> Array:
    if self.approximate == "none":
        return (1 + erf(x / np.sqrt(2.0))) / 2
    u: Array = np.sqrt(2 / np.pi) * x * (1 + GELU_CUBE * x * x)
    return (1 + np.tanh(u)) / 2


@misconception("GELU.gate_slope", "The slope of u is missing: the chain rule goes through it.", see="Derive")
def inner_slope_missing(self: GELU, x: Array, gate: Array) -> Array:
    if self.approximate == "none":
        return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return 2 * gate * (1 - gate)


@misconception("GELU.backward", "Your gradient passes the gate and stops: the gate itself depends on x.", see="Derive")
def gelu_gate_held_still(self: GELU, dy: Array) -> Array:
    gate: Array = self.kept_all()[1]
    return dy * gate

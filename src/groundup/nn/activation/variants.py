"""Activations written another way, and just as right."""

import math

import numpy as np

from groundup.core import Array, variant
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


@variant("ReLU.forward", "a copy whose negative numbers are set to 0")
def negative_overwritten(self: ReLU, x: Array) -> Array:
    y = x.copy()
    y[y < 0] = 0
    self.keep(y)
    return y


@variant("ReLU.forward", "half of x and its size")
def half_of_x_and_its_size(self: ReLU, x: Array) -> Array:
    y = (x + np.abs(x)) / 2
    self.keep(y)
    return y


@variant("ReLU.backward", "the slope as a factor")
def mask_times_dy(self: ReLU, dy: Array) -> Array:
    y: Array = self.kept()
    return dy * (y > 0).astype(dy.dtype)


@variant("ReLU.backward", "an array of zeros, filled where the slope is 1")
def zeros_filled(self: ReLU, dy: Array) -> Array:
    passed = self.kept() != 0  # y is never negative
    dx = np.zeros_like(dy)
    dx[passed] = dy[passed]
    return dx


@variant("LeakyReLU.forward", "two parts, one of which is 0")
def sum_of_two_parts(self: LeakyReLU, x: Array) -> Array:
    self.keep(x)
    return np.maximum(x, 0) + self.negative_slope * np.minimum(x, 0)


@variant("LeakyReLU.forward", "an array of slopes times x")
def slopes_times_x(self: LeakyReLU, x: Array) -> Array:
    self.keep(x)
    slopes = np.full_like(x, self.negative_slope)
    slopes[x > 0] = 1
    return slopes * x


@variant("LeakyReLU.backward", "1, and what a negative number adds to it")
def one_and_the_rest(self: LeakyReLU, dy: Array) -> Array:
    x: Array = self.kept()
    return dy * (1 + (self.negative_slope - 1) * (x <= 0).astype(dy.dtype))


@variant("LeakyReLU.backward", "a copy, scaled where x is not positive")
def scaled_in_place(self: LeakyReLU, dy: Array) -> Array:
    dx = dy.copy()
    dx[self.kept() <= 0] *= self.negative_slope
    return dx


@variant("sigmoid", "tanh, moved and squeezed")
def by_tanh(x: Array) -> Array:
    return (1 + np.tanh(x / 2)) / 2


@variant("sigmoid", "each form where it is safe, by masks")
def two_masks(x: Array) -> Array:
    y, right = np.empty_like(x), x >= 0
    y[right] = 1 / (1 + np.exp(-x[right]))
    grown = np.exp(x[~right])
    y[~right] = grown / (1 + grown)
    return y


@variant("sigmoid", "minus its logarithm, which NumPy has without overflow")
def by_its_logarithm(x: Array) -> Array:
    y: Array = np.exp(-np.logaddexp(x.dtype.type(0), -x))
    return y


@variant("Sigmoid.backward", "y less its square")
def less_its_square(self: Sigmoid, dy: Array) -> Array:
    y: Array = self.kept()
    return (y - y**2) * dy


@variant("Sigmoid.backward", "a parabola around one half")
def parabola(self: Sigmoid, dy: Array) -> Array:
    y: Array = self.kept()
    return dy * (0.25 - (y - 0.5) ** 2)


@variant("Tanh.forward", "twice a sigmoid, less 1")
def by_sigmoid(self: Tanh, x: Array) -> Array:
    y = 2 * sigmoid(2 * x) - 1
    self.keep(y)
    return y


@variant("Tanh.forward", "Eq. 2 with e to the -2|x| alone, and the sign put back")
def one_safe_exponential(self: Tanh, x: Array) -> Array:
    small: Array = np.expm1(-2 * np.abs(x))  # e to the -2|x|, less 1
    y = np.copysign(-small / (2 + small), x)
    self.keep(y)
    return y


@variant("Tanh.backward", "a difference of squares as a product")
def two_factors(self: Tanh, dy: Array) -> Array:
    y: Array = self.kept()
    return dy * (1 + y) * (1 - y)


@variant("Tanh.backward", "dy, less the part that is lost")
def less_what_is_lost(self: Tanh, dy: Array) -> Array:
    y: Array = self.kept()
    return dy - dy * np.square(y)


@variant("softmax", "the axis brought to the end and back")
def axis_at_the_end(x: Array, axis: int = -1) -> Array:
    scores = np.moveaxis(x, axis, -1)
    e = np.exp(scores - scores.max(axis=-1)[..., None])
    return np.moveaxis(e / np.einsum("...k->...", e)[..., None], -1, axis)


@variant("softmax", "one row after the other")
def row_after_row(x: Array, axis: int = -1) -> Array:
    def shares(row: Array) -> Array:
        e: Array = np.exp(row - row.max())
        share: Array = e / e.sum()
        return share

    return np.apply_along_axis(shares, axis, x)


@variant("softmax", "the exponential of the difference to a logarithm of the sum")
def through_logarithms(x: Array, axis: int = -1) -> Array:
    y: Array = np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))
    return y


@variant("Softmax.backward", "the Jacobian of each row, built")
def jacobian_of_each_row(self: Softmax, dy: Array) -> Array:
    y, dy = np.moveaxis(self.kept(), self.dim, -1), np.moveaxis(dy, self.dim, -1)
    jacobian = y[..., None] * (np.eye(y.shape[-1], dtype=y.dtype) - y[..., None, :])
    return np.moveaxis(np.einsum("...ij,...j->...i", jacobian, dy), -1, self.dim)


@variant("Softmax.backward", "two terms: what a score does to its own share, and to all")
def own_share_and_all(self: Softmax, dy: Array) -> Array:
    y: Array = self.kept()
    own: Array = y * dy
    dx: Array = own - y * np.expand_dims(own.sum(self.dim), self.dim)
    return dx


@variant("log_softmax", "NumPy's sum of exponentials in logarithms")
def sum_in_logarithms(x: Array, axis: int = -1) -> Array:
    log_p: Array = x - np.expand_dims(np.logaddexp.reduce(x, axis=axis), axis)
    return log_p


@variant("log_softmax", "the logarithm of the sum of all differences")
def all_differences(x: Array, axis: int = -1) -> Array:
    """log pᵢ = -log Σⱼ e^(xⱼ - xᵢ), with the largest difference taken out."""
    scores = np.moveaxis(x, axis, -1)
    apart = scores[..., None, :] - scores[..., :, None]  # (..., i, j)
    most: Array = apart.max(axis=-1, keepdims=True)
    total = most[..., 0] + np.log(np.exp(apart - most).sum(axis=-1))
    return np.moveaxis(-total, -1, axis)


@variant("SiLU.forward", "x over what the sigmoid has below it, on the safe side")
def one_quotient(self: SiLU, x: Array) -> Array:
    small: Array = np.exp(-np.abs(x))
    y = np.where(x >= 0, x, x * small) / (1 + small)
    self.keep(x, sigmoid(x))
    return y


@variant("SiLU.forward", "half of x, and half of x times a tanh")
def half_and_tanh(self: SiLU, x: Array) -> Array:
    squashed = np.tanh(x / 2)
    self.keep(x, (1 + squashed) / 2)
    return x / 2 + x / 2 * squashed


@variant("SiLU.backward", "in terms of y: y + g (1 - y)")
def by_the_value(self: SiLU, dy: Array) -> Array:
    x, gate = self.kept_all()
    y = x * gate
    dx: Array = dy * (y + gate * (1 - y))
    return dx


@variant("SiLU.backward", "the product rule, term by term")
def product_rule(self: SiLU, dy: Array) -> Array:
    x, _ = self.kept_all()
    gate = sigmoid(x)
    dx: Array = dy * gate + dy * x * gate * sigmoid(-x)
    return dx


@variant("GELU.gate", "one half and half of the curve; the tanh by a sigmoid of twice u")
def half_and_sigmoid(self: GELU, x: Array) -> Array:
    if self.approximate == "tanh":
        return sigmoid(2 * GELU_SCALE * (x + GELU_CUBE * x**3))
    return 0.5 + 0.5 * erf(x / math.sqrt(2))


@variant("GELU.gate", "number by number with Python's own erf and tanh")
def number_by_number(self: GELU, x: Array) -> Array:
    if self.approximate == "tanh":
        gates = [(1 + math.tanh(GELU_SCALE * v * (1 + GELU_CUBE * v**2))) / 2 for v in x.ravel().tolist()]
    else:
        gates = [(1 + math.erf(v / math.sqrt(2))) / 2 for v in x.ravel().tolist()]
    return np.array(gates, dtype=x.dtype).reshape(x.shape)


@variant("GELU.gate_slope", "the bell curve by one exponential; the tanh taken anew")
def tanh_taken_anew(self: GELU, x: Array, gate: Array) -> Array:
    if self.approximate == "none":
        slope: Array = np.exp(-0.5 * x**2 - 0.5 * math.log(2 * math.pi))
        return slope
    t: Array = np.tanh(GELU_SCALE * (x + GELU_CUBE * x**3))
    return 0.5 * (1 - t * t) * GELU_SCALE * (1 + 3 * GELU_CUBE * x**2)


@variant("GELU.backward", "two terms")
def two_terms(self: GELU, dy: Array) -> Array:
    x, gate = self.kept_all()
    dx: Array = gate * dy
    dx += dy * x * self.gate_slope(x, gate)
    return dx

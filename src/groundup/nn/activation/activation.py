"""Activations: the bend between two linear layers, each with its derivative.

    (1)  sigmoid      y = σ(x) = 1 / (1 + e⁻ˣ)                          dy/dx = y (1 - y)
    (2)  tanh         y = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)                       dy/dx = 1 - y²
    (3)  ReLU         y = max(x, 0)                                     dy/dx = 1 if x > 0 else 0
    (4)  leaky ReLU   y = x if x > 0 else a x                           dy/dx = 1 if x > 0 else a
    (5)  softmax      yᵢ = e^(xᵢ - m) / Σⱼ e^(xⱼ - m),  m = max x       dx = y ∘ (dy - Σⱼ dyⱼ yⱼ)

A gated activation multiplies x by a gate g(x) between 0 and 1:

    (6)  y = x g(x)                                                     dy/dx = g + x g'
    (7)  SiLU         g = σ(x)                                          g' = g (1 - g)
    (8)  GELU         g = Φ(x) = (1 + erf(x/√2)) / 2                    g' = φ(x) = e^(-x²/2) / √2π
    (9)  GELU, tanh   g = (1 + tanh u) / 2,  u = √(2/π) (x + c x³)      g' = 2 g (1 - g) du/dx,  c = 0.044715

All but softmax act on each number alone, on arrays of any shape. float32 stays float32, and ±1e4 is an input like any
other.
Derivation: lesson.md, "Derive".  Sources: there, "Where it comes from".
"""

import math

import numpy as np

from groundup.core import Array, Layer, ShapeError, expect_float, expect_shape
from groundup.nn.activation.erf import erf

GELU_SCALE, GELU_CUBE = math.sqrt(2 / math.pi), 0.044715  # Python floats: a np.float64 would turn float32 into float64


class Sigmoid(Layer):
    """Squash each number into (0, 1), Eq. 1."""

    def forward(self, x: Array) -> Array:
        """Eq. 1; keeps y."""
        y = sigmoid(expect_float("Sigmoid.forward", x))
        self.keep(y)
        return y

    def backward(self, dy: Array) -> Array:
        """Eq. 1, the derivative in terms of the y that was kept."""
        y = self.kept()
        expect_shape("Sigmoid.backward", dy, y.shape, like="y")
        return dy * y * (1 - y)


def sigmoid(x: Array) -> Array:
    """σ of each number, Eq. 1. Where x < 0 it is written eˣ / (1 + eˣ), the same number: nothing overflows."""
    x = expect_float("sigmoid", x)
    small: Array = np.exp(-np.abs(x))  # in (0, 1]
    return np.where(x >= 0, 1, small) / (1 + small)


class Tanh(Layer):
    """Squash each number into (-1, 1), Eq. 2."""

    def forward(self, x: Array) -> Array:
        """Eq. 2; keeps y."""
        y = np.tanh(expect_float("Tanh.forward", x))
        self.keep(y)
        return y

    def backward(self, dy: Array) -> Array:
        """Eq. 2, the derivative in terms of the y that was kept."""
        y = self.kept()
        expect_shape("Tanh.backward", dy, y.shape, like="y")
        return dy * (1 - y * y)


class ReLU(Layer):
    """Let what is positive through, Eq. 3. At 0, where there is no derivative, the gradient is 0 by convention."""

    def forward(self, x: Array) -> Array:
        """Eq. 3; keeps y, which is positive where x is."""
        y = np.maximum(expect_float("ReLU.forward", x), 0)
        self.keep(y)
        return y

    def backward(self, dy: Array) -> Array:
        """Eq. 3: dy where x was positive."""
        y = self.kept()
        expect_shape("ReLU.backward", dy, y.shape, like="y")
        return np.where(y > 0, dy, 0)


class LeakyReLU(Layer):
    """ReLU with a slope left for negative numbers, Eq. 4. Raises ValueError for a slope that is no finite number."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        if not isinstance(negative_slope, int | float | np.number) or not math.isfinite(negative_slope):
            got = repr(negative_slope)
            raise ValueError(f"LeakyReLU: expected negative_slope to be a finite number, got {got}; 0.01 is usual")
        self.negative_slope = float(negative_slope)

    def forward(self, x: Array) -> Array:
        """Eq. 4; keeps x, since the sign of y says nothing when the slope is negative."""
        x = expect_float("LeakyReLU.forward", x)
        self.keep(x)
        return np.where(x > 0, x, self.negative_slope * x)

    def backward(self, dy: Array) -> Array:
        """Eq. 4: dy where x was positive, a dy elsewhere."""
        x = self.kept()
        expect_shape("LeakyReLU.backward", dy, x.shape, like="y")
        return np.where(x > 0, dy, self.negative_slope * dy)


class Softmax(Layer):
    """Turn scores along the axis ``dim`` into shares that add up to 1, Eq. 5. Raises TypeError when it is no number."""

    def __init__(self, dim: int = -1) -> None:
        if isinstance(dim, bool) or not isinstance(dim, int | np.integer):
            raise TypeError(f"Softmax: expected dim to be a whole number, got {dim!r}; -1 is the last axis")
        self.dim = int(dim)

    def forward(self, x: Array) -> Array:
        """Eq. 5 along ``dim``; keeps y."""
        y = softmax(_expect_axis("Softmax.forward", x, self.dim), self.dim)
        self.keep(y)
        return y

    def backward(self, dy: Array) -> Array:
        """Eq. 5: the Jacobian diag(y) - y yᵀ times dy, without building it."""
        y = self.kept()
        expect_shape("Softmax.backward", dy, y.shape, like="y")
        mean: Array = (dy * y).sum(axis=self.dim, keepdims=True)  # of dy, by shares
        return y * (dy - mean)


def softmax(x: Array, axis: int = -1) -> Array:
    """Eq. 5 along one axis. Raises ShapeError when x has no such axis."""
    x = _expect_axis("softmax", x, axis)
    e = np.exp(x - _largest(x, axis))  # in (0, 1], and at least one of them is 1
    total: Array = e.sum(axis=axis, keepdims=True)
    return e / total


def log_softmax(x: Array, axis: int = -1) -> Array:
    """The logarithm of Eq. 5, (x - m) - log Σⱼ e^(xⱼ - m), finite where softmax itself is too small to be a number."""
    x = _expect_axis("log_softmax", x, axis)
    shifted = x - _largest(x, axis)
    total: Array = np.exp(shifted).sum(axis=axis, keepdims=True)
    return shifted - np.log(total)


def _largest(x: Array, axis: int) -> Array:
    """m of Eq. 5, its axis kept."""
    m: Array = x.max(axis=axis, keepdims=True, initial=-np.inf)  # an empty batch has a maximum, too
    return m


def _expect_axis(who: str, x: Array, axis: int) -> Array:
    x = expect_float(who, x)
    if not -x.ndim <= axis < x.ndim:
        raise ShapeError(f"{who}: expected an array with an axis {axis}, got shape {x.shape}; is the batch axis there?")
    return x


class SiLU(Layer):
    """x times its own sigmoid, Eqs. 6 and 7; also called swish."""

    def forward(self, x: Array) -> Array:
        """Eq. 6; keeps x and the gate."""
        x = expect_float("SiLU.forward", x)
        gate = sigmoid(x)
        self.keep(x, gate)
        return x * gate

    def backward(self, dy: Array) -> Array:
        """Eqs. 6 and 7, with g taken out: g + x g (1 - g) = g (1 + x (1 - g))."""
        x, gate = self.kept_all()
        expect_shape("SiLU.backward", dy, x.shape, like="y")
        dx: Array = dy * gate * (1 + x * (1 - gate))
        return dx


class GELU(Layer):
    """x times the chance that a standard normal number is below it, Eqs. 6 and 8; ``approximate="tanh"`` takes Eq. 9.

    Raises ValueError for any other ``approximate``.
    """

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            got = repr(approximate)
            raise ValueError(f"GELU: expected approximate to be 'none' or 'tanh', got {got}; it is a word, not a bool")
        self.approximate = approximate

    def forward(self, x: Array) -> Array:
        """Eq. 6; keeps x and the gate."""
        x = expect_float("GELU.forward", x)
        gate = self.gate(x)
        self.keep(x, gate)
        return x * gate

    def backward(self, dy: Array) -> Array:
        """Eq. 6, the product rule."""
        x, gate = self.kept_all()
        expect_shape("GELU.backward", dy, x.shape, like="y")
        dx: Array = dy * (gate + x * self.gate_slope(x, gate))
        return dx

    def gate(self, x: Array) -> Array:
        """g of Eq. 8, or of Eq. 9 when ``approximate`` is "tanh"."""
        if self.approximate == "none":
            return (1 + erf(x * math.sqrt(0.5))) / 2
        u = GELU_SCALE * x * (1 + GELU_CUBE * x * x)
        return (1 + np.tanh(u)) / 2

    def gate_slope(self, x: Array, gate: Array) -> Array:
        """g' of Eq. 8, or of Eq. 9; ``gate`` is what ``gate(x)`` gave."""
        if self.approximate == "none":
            return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
        du = GELU_SCALE * (1 + 3 * GELU_CUBE * x * x)
        return 2 * gate * (1 - gate) * du

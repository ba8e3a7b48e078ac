"""Initialisation: weights drawn so that a deep network neither silences nor blows up what passes through it.

A row of W times x is a sum of fan_in products, so with independent weights of mean 0

    (1)  Var(y) = fan_in Var(w) E[x²]        Var(dx) = fan_out Var(w) E[dy²]

and one layer leaves the scale as it is where fan Var(w) = 1. An activation shrinks it; a gain g makes up for that:

    (2)  fan_in = I · k        fan_out = O · k        k = kH · kW, 1 for a linear layer
    (3)  Xavier (Glorot)       std = g √(2 / (fan_in + fan_out))       the compromise between both directions
    (4)  Kaiming (He)          std = g / √fan                          one direction, fan_in or fan_out
    (5)  g² = 1 / E[f(z)²] for z ~ N(0, 1):   2 for ReLU,   2 / (1 + a²) for leaky ReLU with slope a
    (6)  uniform in ±b has the standard deviation b / √3, so  b = √3 std
    (7)  orthogonal: W Wᵀ = g² 1 (or Wᵀ W, whichever is smaller): no vector's length changes but by g

Weights are (O, I) or (O, I, kH, kW), I counted in one group. Each function fills a Parameter in place and returns it.
Names, arguments and defaults are those of torch.nn.init; ``generator`` is called ``rng`` and has no default.
Derivation: lesson.md, "Derive".  Sources: Glorot & Bengio, AISTATS 2010, section 4.2.1; He et al., ICCV 2015, section
2.2; Saxe, McClelland & Ganguli, ICLR 2014, section 3.
"""

import math
from typing import Any

import numpy as np

from groundup.core import Array, DtypeError, Parameter, Rng, ShapeError, expect_in, generator

LINEAR = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
NONLINEARITIES = (*LINEAR, "sigmoid", "tanh", "relu", "leaky_relu", "selu")
MODES = ("fan_in", "fan_out")


# What a weight's scale should be: no randomness here.


def fans(weight: Parameter) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight (O, I) or (O, I, kH, kW), Eq. 2. Raises ShapeError below two axes."""
    outputs, inputs, *kernel = _expect_weight("fans", weight).shape
    k = math.prod(kernel)  # an output looks at I inputs in each of k places
    return inputs * k, outputs * k


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The gain g that PyTorch recommends for an activation; ``param`` is the slope of "leaky_relu" (0.01).

    relu and leaky_relu: Eq. 5. tanh: 5/3. sigmoid and linear: 1. selu: 3/4. The last three are custom, not theorem.
    Raises ValueError for an unknown name.
    """
    if nonlinearity not in NONLINEARITIES:
        known = ", ".join(NONLINEARITIES)
        raise ValueError(
            f"calculate_gain: expected one of {known}, got {nonlinearity!r}; is there a capital or a hyphen?"
        )
    if nonlinearity == "relu":
        return math.sqrt(2)
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2 / (1 + slope**2))
    return {"tanh": 5 / 3, "selu": 3 / 4}.get(nonlinearity, 1.0)


def xavier_std(weight: Parameter, gain: float = 1.0) -> float:
    """The standard deviation of Xavier initialisation, Eq. 3."""
    fan_in, fan_out = fans(weight)
    return gain * math.sqrt(2 / (fan_in + fan_out))


def kaiming_std(weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> float:
    """The standard deviation of Kaiming initialisation, Eq. 4; ``a`` is the slope of a leaky ReLU."""
    if mode not in MODES:
        raise ValueError(f"kaiming_std: expected mode to be 'fan_in' or 'fan_out', got {mode!r}")
    fan_in, fan_out = fans(weight)
    fan = fan_in if mode == "fan_in" else fan_out
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def uniform_bound(std: float) -> float:
    """The bound b of the uniform distribution in ±b that has this standard deviation, Eq. 6."""
    return math.sqrt(3) * std


# Fills: one draw each, in place.


def constant_(weight: Parameter, val: float) -> Parameter:
    """Every weight is ``val``."""
    _expect_parameter("constant_", weight).value.fill(val)
    return weight


def zeros_(weight: Parameter) -> Parameter:
    """Every weight is 0: right for a bias, wrong for a weight."""
    _expect_parameter("zeros_", weight).value.fill(0)
    return weight


def ones_(weight: Parameter) -> Parameter:
    """Every weight is 1."""
    _expect_parameter("ones_", weight).value.fill(1)
    return weight


def uniform_(weight: Parameter, a: float = 0.0, b: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    """Uniform in [a, b): one draw, ``rng.uniform(a, b, shape)``. Raises ValueError where a > b."""
    if not a <= b:
        raise ValueError(f"uniform_: expected a at most b, got a={a} and b={b}; are they the wrong way round?")
    _expect_parameter("uniform_", weight).value[...] = generator("uniform_", rng).uniform(a, b, weight.shape)
    return weight


def normal_(weight: Parameter, mean: float = 0.0, std: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    """Normal around ``mean``: one draw, ``rng.normal(mean, std, shape)``. Raises ValueError where std < 0."""
    expect_in("normal_", "std", std, 0)
    _expect_parameter("normal_", weight).value[...] = generator("normal_", rng).normal(mean, std, weight.shape)
    return weight


def xavier_uniform_(weight: Parameter, gain: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    """Uniform in ±b, Eqs. 3 and 6: one draw, ``rng.uniform(-b, b, shape)``."""
    bound = uniform_bound(xavier_std(weight, gain))
    return uniform_(weight, -bound, bound, rng=rng)


def xavier_normal_(weight: Parameter, gain: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    """Normal with mean 0, Eq. 3: one draw, ``rng.normal(0, std, shape)``."""
    return normal_(weight, 0.0, xavier_std(weight, gain), rng=rng)


def kaiming_uniform_(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *, rng: Rng | None = None
) -> Parameter:
    """Uniform in ±b, Eqs. 4 and 6: one draw, ``rng.uniform(-b, b, shape)``."""
    bound = uniform_bound(kaiming_std(weight, a, mode, nonlinearity))
    return uniform_(weight, -bound, bound, rng=rng)


def kaiming_normal_(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *, rng: Rng | None = None
) -> Parameter:
    """Normal with mean 0, Eq. 4: one draw, ``rng.normal(0, std, shape)``."""
    return normal_(weight, 0.0, kaiming_std(weight, a, mode, nonlinearity), rng=rng)


def orthogonal_(weight: Parameter, gain: float = 1, *, rng: Rng | None = None) -> Parameter:
    """A random orthogonal matrix times ``gain``, Eq. 7; trailing axes count as inputs, (O, I·kH·kW).

    One draw, ``rng.standard_normal((rows, columns))``, transposed where it is wide. Its factors Q R are unique once the
    diagonal of R is positive, and that Q, turned back, is the result: every orthogonal matrix is then equally likely.
    """
    rows = _expect_weight("orthogonal_", weight).shape[0]
    draw = generator("orthogonal_", rng).standard_normal((rows, weight.value.size // rows))
    wide = draw.shape[0] < draw.shape[1]
    q, r = np.linalg.qr(draw.T if wide else draw)  # columns of q have length 1 and right angles
    q *= np.sign(np.diag(r))  # QR leaves the signs open; they decide how likely each q is
    weight.value[...] = gain * (q.T if wide else q).reshape(weight.shape)
    return weight


def gram(weight: Parameter) -> Array:
    """W Wᵀ or Wᵀ W, whichever is smaller: the products of rows, or columns, with one another; Eq. 7."""
    rows = weight.value.reshape(weight.shape[0], -1)  # (O, I·k)
    return rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows


def _expect_parameter(who: str, weight: Any) -> Parameter:
    if not isinstance(weight, Parameter):
        raise DtypeError(f"{who}: expected a Parameter, got {type(weight).__name__}; pass layer.weight, not its value")
    return weight


def _expect_weight(who: str, weight: Any) -> Parameter:
    """A Parameter with two axes or more, none of them empty."""
    parameter = _expect_parameter(who, weight)
    shape = parameter.shape
    if len(shape) < 2 or 0 in shape:
        raise ShapeError(
            f"{who}: expected a weight (O, I) or (O, I, kH, kW), got shape {shape}; a bias has no fans, try zeros_"
        )
    return parameter

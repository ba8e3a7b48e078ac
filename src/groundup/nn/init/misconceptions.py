"""What people write instead of an initialisation."""

import math

import numpy as np

from groundup.core import Parameter, Rng, generator, misconception
from groundup.nn.init.init import calculate_gain, fans, kaiming_std, normal_, uniform_, xavier_std


@misconception(
    "fans",
    "Your two fans are swapped: the first axis of a weight counts its outputs, the second its inputs.",
    see="One layer forward",
)
def swapped(weight: Parameter) -> tuple[int, int]:
    outputs, inputs, *kernel = weight.shape
    return outputs * math.prod(kernel), inputs * math.prod(kernel)


@misconception(
    "fans",
    "You count channels and not what the kernel looks at: an output adds up kH times kW places of each of them.",
    see="Counting the fans",
)
def kernel_forgotten(weight: Parameter) -> tuple[int, int]:
    return weight.shape[1], weight.shape[0]


@misconception(
    "fans",
    "The kernel's size is in your fan_in alone. An input, too, reaches kH times kW places of each output channel.",
    see="Counting the fans",
)
def kernel_in_fan_in_only(weight: Parameter) -> tuple[int, int]:
    return weight.value.size // weight.shape[0], weight.shape[0]


@misconception(
    "calculate_gain",
    "You return a factor of the variance. A gain multiplies the standard deviation, so it is the root of that.",
    see="What the activation takes",
)
def squared(nonlinearity: str, param: float | None = None) -> float:
    return calculate_gain(nonlinearity, param) ** 2


@misconception(
    "calculate_gain",
    "Your gain is upside down: it shrinks the weights where the activation has shrunk the signal already.",
    see="What the activation takes",
)
def upside_down(nonlinearity: str, param: float | None = None) -> float:
    return 1 / calculate_gain(nonlinearity, param)


@misconception(
    "calculate_gain",
    "The slope of your leaky ReLU is not squared: a variance is what is left of the squares.",
    see="What the activation takes",
)
def slope_not_squared(nonlinearity: str, param: float | None = None) -> float:
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param)))
    return calculate_gain(nonlinearity, param)


@misconception(
    "calculate_gain",
    "You give a leaky ReLU the gain of a plain one: what its negative side lets through is not counted.",
    see="What the activation takes",
)
def slope_ignored(nonlinearity: str, param: float | None = None) -> float:
    return calculate_gain("relu" if nonlinearity == "leaky_relu" else nonlinearity, param)


@misconception(
    "xavier_std",
    "You return a variance, without the root: the weights come out far too small.",
    see="Both ways at once",
)
def xavier_variance(weight: Parameter, gain: float = 1.0) -> float:
    return gain**2 * 2 / sum(fans(weight))


@misconception(
    "xavier_std",
    "You divide by the sum of both fans where their mean is wanted: your result is too small by the root of 2.",
    see="Both ways at once",
)
def sum_of_the_fans(weight: Parameter, gain: float = 1.0) -> float:
    return gain / math.sqrt(sum(fans(weight)))


@misconception(
    "xavier_std",
    "Only fan_in is in your formula. That keeps the forward pass alone; Xavier is the compromise with the way back.",
    see="Both ways at once",
)
def fan_in_alone(weight: Parameter, gain: float = 1.0) -> float:
    return gain / math.sqrt(fans(weight)[0])


@misconception(
    "xavier_std",
    "The gain is not in your result.",
    see="What the activation takes",
)
def xavier_gain_forgotten(weight: Parameter, gain: float = 1.0) -> float:
    return math.sqrt(2 / sum(fans(weight)))


@misconception(
    "uniform_bound",
    "You use the standard deviation as the bound. A uniform draw lies mostly well inside it: too small.",
    see="From a deviation to a bound",
)
def bound_is_std(std: float) -> float:
    return std


@misconception(
    "uniform_bound",
    "You multiply by 3, which is right for variances; a bound belongs to a standard deviation.",
    see="From a deviation to a bound",
)
def bound_without_root(std: float) -> float:
    return 3 * std


@misconception(
    "xavier_uniform_",
    "Your draw reaches from minus to plus the standard deviation; the bound of a uniform draw lies further out.",
    see="From a deviation to a bound",
)
def xavier_drawn_within_std(weight: Parameter, gain: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    std = xavier_std(weight, gain)
    return uniform_(weight, -std, std, rng=rng)


@misconception(
    "xavier_uniform_",
    "Your weights are drawn between 0 and the bound: with a mean above 0 every output is pushed the same way.",
    see="From a deviation to a bound",
)
def only_positive(weight: Parameter, gain: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    return uniform_(weight, 0.0, math.sqrt(3) * xavier_std(weight, gain), rng=rng)


def _kaiming(weight: Parameter, g: float, mode: str) -> float:
    fan_in, fan_out = fans(weight)
    return g / math.sqrt(fan_in if mode == "fan_in" else fan_out)


@misconception(
    "kaiming_std",
    "The gain is missing: a ReLU lets half of the mean square through, and nothing here makes up for it.",
    see="What the activation takes",
)
def gain_forgotten(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> float:  # fmt: skip
    return _kaiming(weight, 1.0, mode)


@misconception(
    "kaiming_std",
    "You took the other fan: fan_in for what goes forward, fan_out for what comes back.",
    see="One layer back",
)
def other_fan(weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> float:
    return kaiming_std(weight, a, "fan_out" if mode == "fan_in" else "fan_in", nonlinearity)


@misconception(
    "kaiming_std",
    "The mode makes no difference in your code: it always divides by fan_in.",
    see="One layer back",
)
def mode_ignored(weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> float:
    return kaiming_std(weight, a, "fan_in", nonlinearity)


@misconception(
    "kaiming_std",
    "You return a variance, without the root: what you draw with it is far too small.",
    see="One layer forward",
)
def kaiming_variance(weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> float:
    return kaiming_std(weight, a, mode, nonlinearity) ** 2


@misconception(
    "kaiming_std",
    "The slope a does not reach the gain: a leaky ReLU with another slope is treated as the usual one.",
    see="What the activation takes",
)
def a_ignored(weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> float:
    return _kaiming(weight, calculate_gain(nonlinearity), mode)


@misconception(
    "kaiming_normal_",
    "You hand a variance to the generator, which asks for a standard deviation.",
    see="From a deviation to a bound",
)
def variance_for_std(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *, rng: Rng | None = None
) -> Parameter:
    return normal_(weight, 0.0, kaiming_std(weight, a, mode, nonlinearity) ** 2, rng=rng)


def _flat_draw(weight: Parameter, rng: Rng | None) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = weight.shape[0]
    return generator("orthogonal_", rng).standard_normal((rows, weight.value.size // rows))


@misconception(
    "orthogonal_",
    "Your columns have length 1 and no right angles between them: dividing by the length is only half of it.",
    see="No length changes",
)
def only_normalised(weight: Parameter, gain: float = 1, *, rng: Rng | None = None) -> Parameter:
    draw = _flat_draw(weight, rng)
    axis = 1 if draw.shape[0] < draw.shape[1] else 0
    weight.value[...] = gain * (draw / np.linalg.norm(draw, axis=axis, keepdims=True)).reshape(weight.shape)
    return weight


@misconception(
    "orthogonal_",
    "The gain is not in the result: the rows have length 1 whatever was asked for.",
    see="No length changes",
)
def orthogonal_gain_forgotten(weight: Parameter, gain: float = 1, *, rng: Rng | None = None) -> Parameter:
    return _from_qr(weight, _flat_draw(weight, rng), 1.0, signs=True)


@misconception(
    "orthogonal_",
    "The signs are left as QR returns them, which depends on how it computes: some orthogonal matrices never come up.",
    see="No length changes",
)
def signs_left_open(weight: Parameter, gain: float = 1, *, rng: Rng | None = None) -> Parameter:
    return _from_qr(weight, _flat_draw(weight, rng), gain, signs=False)


def _from_qr(
    weight: Parameter, draw: np.ndarray[tuple[int, int], np.dtype[np.float64]], gain: float, *, signs: bool
) -> Parameter:
    wide = draw.shape[0] < draw.shape[1]
    q, r = np.linalg.qr(draw.T if wide else draw)
    q = q * np.sign(np.diag(r)) if signs else q
    weight.value[...] = gain * (q.T if wide else q).reshape(weight.shape)
    return weight

"""Initialisation written another way, and just as right."""

import math

import numpy as np

from groundup.core import Array, Parameter, Rng, generator, variant
from groundup.nn.init.init import (
    MODES,
    NONLINEARITIES,
    calculate_gain,
    fans,
    kaiming_std,
    normal_,
    uniform_bound,
    xavier_std,
)


@variant("fans", "the number of weights, divided by each end")
def weights_divided(weight: Parameter) -> tuple[int, int]:
    outputs, inputs = weight.shape[:2]
    return weight.value.size // outputs, weight.value.size // inputs


@variant("fans", "the sizes of what one output, and one input, touches")
def sizes_of_slices(weight: Parameter) -> tuple[int, int]:
    return weight.value[0].size, weight.value[:, 0].size


@variant("calculate_gain", "every gain from a table")
def table_of_gains(nonlinearity: str, param: float | None = None) -> float:
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f"calculate_gain: expected one of {', '.join(NONLINEARITIES)}, got {nonlinearity!r}")
    slope = 0.01 if param is None else param
    gains = dict.fromkeys(NONLINEARITIES, 1.0) | {"tanh": 5 / 3, "selu": 0.75}
    gains |= {"relu": math.sqrt(2), "leaky_relu": math.sqrt(2) / math.hypot(1, slope)}
    return gains[nonlinearity]


@variant("calculate_gain", "the mean square that is left, by match")
def mean_square_left(nonlinearity: str, param: float | None = None) -> float:
    match nonlinearity:
        case "tanh":
            return 1 / 0.6
        case "selu":
            return 0.75
        case "relu":
            left = 1 / 2
        case "leaky_relu":
            left = (1 + (0.01 if param is None else param) ** 2) / 2
        case known if known in NONLINEARITIES:
            left = 1.0
        case _:
            raise ValueError(f"calculate_gain: expected one of {', '.join(NONLINEARITIES)}, got {nonlinearity!r}")
    return float(left**-0.5)


@variant("xavier_std", "one over the root of the mean fan")
def root_of_the_mean_fan(weight: Parameter, gain: float = 1.0) -> float:
    return gain / math.sqrt(np.mean(fans(weight)))


@variant("uniform_bound", "the root of three variances")
def three_variances(std: float) -> float:
    return float((3 * std**2) ** 0.5)


@variant("xavier_uniform_", "numbers from 0 to 1, stretched to ±b")
def stretched(weight: Parameter, gain: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    bound = uniform_bound(xavier_std(weight, gain))
    weight.value[...] = bound * (2 * generator("xavier_uniform_", rng).random(weight.shape) - 1)
    return weight


@variant("xavier_uniform_", "the bound of Glorot's paper: the root of 6 over the sum of the fans")
def root_of_six(weight: Parameter, gain: float = 1.0, *, rng: Rng | None = None) -> Parameter:
    bound = gain * math.sqrt(6 / sum(fans(weight)))
    np.copyto(weight.value, generator("xavier_uniform_", rng).uniform(-bound, bound, weight.shape), casting="same_kind")
    return weight


@variant("kaiming_std", "the variance, g² over the fan, and its root")
def root_of_the_variance(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> float:
    if mode not in MODES:
        raise ValueError(f"kaiming_std: expected mode to be 'fan_in' or 'fan_out', got {mode!r}")
    return math.sqrt(calculate_gain(nonlinearity, a) ** 2 / fans(weight)[MODES.index(mode)])


@variant("kaiming_std", "both directions in a dictionary")
def directions_by_name(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> float:
    fan = dict(zip(MODES, fans(weight), strict=True))
    if mode not in fan:
        raise ValueError(f"kaiming_std: expected mode to be 'fan_in' or 'fan_out', got {mode!r}")
    return float(calculate_gain(nonlinearity, a) * fan[mode] ** -0.5)


@variant("kaiming_normal_", "standard normal numbers, scaled")
def scaled_standard_normal(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *, rng: Rng | None = None
) -> Parameter:
    draw = generator("kaiming_normal_", rng).standard_normal(weight.shape)
    weight.value[...] = draw * kaiming_std(weight, a, mode, nonlinearity)
    return weight


@variant("kaiming_normal_", "a normal fill of scale 1, then multiplied in place")
def multiplied_in_place(
    weight: Parameter, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", *, rng: Rng | None = None
) -> Parameter:
    normal_(weight, rng=rng).value[...] *= kaiming_std(weight, a, mode, nonlinearity)
    return weight


@variant("orthogonal_", "Gram and Schmidt: column after column made orthogonal to those before")
def gram_schmidt(weight: Parameter, gain: float = 1, *, rng: Rng | None = None) -> Parameter:
    rows = weight.shape[0]
    draw = generator("orthogonal_", rng).standard_normal((rows, weight.value.size // rows))
    lines: list[Array] = []
    for line in draw if rows < draw.shape[1] else draw.T:
        for before in lines * 2:  # twice: rounding leaves a little of them the first time
            line = line - (before @ line) * before
        lines.append(line / np.linalg.norm(line))
    q = np.array(lines) if rows < draw.shape[1] else np.array(lines).T
    weight.value[...] = gain * q.reshape(weight.shape)
    return weight


@variant("orthogonal_", "the signs by a division, handed out by einsum")
def signs_by_division(weight: Parameter, gain: float = 1, *, rng: Rng | None = None) -> Parameter:
    rows = len(weight.value)
    columns = math.prod(weight.shape[1:])
    draw = generator("orthogonal_", rng).normal(size=(rows, columns))
    q, r = np.linalg.qr(draw if rows >= columns else draw.T)
    diagonal = np.diagonal(r)
    q = np.einsum("ij,j->ij", q, diagonal / abs(diagonal))
    weight.value[:] = (gain * (q if rows >= columns else np.swapaxes(q, 0, 1))).reshape(weight.shape)
    return weight

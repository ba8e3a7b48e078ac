"""What people write instead of batch normalisation: the arithmetic. misconceptions_of_layers.py has the layer."""

import numpy as np

from groundup.core import Array, misconception
from groundup.nn.batch_norm.batch_norm import Across, Axes, alone
from groundup.nn.batch_norm.misconceptions_of_layers import *  # noqa: F403


@misconception(
    "moments",
    "You divide the squares by M - 1. That is the variance for the running statistics; x̂ is made with M.",
    see="Mean 0, variance 1",
)
def unbiased(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    (total,) = across(x.sum(axis=axes, keepdims=True))
    (squares,) = across(((x - total / count) ** 2).sum(axis=axes, keepdims=True))
    return total / count, squares / (count - 1)


@misconception(
    "moments",
    "One mean for everything: your sum runs over all axes, so all channels are shifted alike.",
    see="Mean 0, variance 1",
)
def over_everything(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    return x.mean(keepdims=True), x.var(keepdims=True)


@misconception(
    "moments",
    "The axes that you sum over are gone from your mean, so it no longer lines up with x.",
    see="Build",
)
def axes_dropped(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    return x.mean(axis=axes), x.var(axis=axes)


@misconception(
    "moments",
    "Your variance is the mean of the squares: the mean was not subtracted first.",
    see="Mean 0, variance 1",
)
def not_centred(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    total, squares = across(x.sum(axis=axes, keepdims=True), (x**2).sum(axis=axes, keepdims=True))
    return total / count, squares / count


@misconception(
    "moments",
    "Mean of squares less square of mean: right on paper, but far from zero both are large and their digits cancel.",
    see="A variance without digits",
)
def cancelled(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    total, squares = across(x.sum(axis=axes, keepdims=True), (x**2).sum(axis=axes, keepdims=True))
    mean = total / count
    return mean, squares / count - mean**2


@misconception(
    "moments",
    "What you return second is the standard deviation: the root comes later, with eps under it.",
    see="Mean 0, variance 1",
)
def deviation(x: Array, axes: Axes, count: float, across: Across = alone) -> tuple[Array, Array]:
    return x.mean(axis=axes, keepdims=True), x.std(axis=axes, keepdims=True)


@misconception(
    "standardise",
    "eps stands outside your root. It is added to the variance.",
    see="Mean 0, variance 1",
)
def eps_outside(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    r = 1 / (np.sqrt(variance) + eps)
    return (x - mean) * r, r


@misconception(
    "standardise",
    "You divide by the variance, not by its root: what you get has variance 1/σ².",
    see="Mean 0, variance 1",
)
def no_root(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    r = 1 / (variance + eps)
    return (x - mean) * r, r


@misconception(
    "standardise",
    "eps is missing: a channel whose numbers are all equal is divided by zero.",
    see="Mean 0, variance 1",
)
def eps_forgotten(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    with np.errstate(all="ignore"):
        r = 1 / np.sqrt(variance)
        return (x - mean) * r, r


@misconception(
    "standardise",
    "What you return second is the deviation, where r is one over it.",
    see="Build",
)
def r_upside_down(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    deviation = np.sqrt(variance + eps)
    return (x - mean) / deviation, deviation


@misconception(
    "standardise",
    "The mean is not subtracted: your numbers have variance 1, about where they were.",
    see="Mean 0, variance 1",
)
def mean_left_in(x: Array, mean: Array, variance: Array, eps: float) -> tuple[Array, Array]:
    r = 1 / np.sqrt(variance + eps)
    return x * r, r


@misconception(
    "standardise_backward",
    "You treat µ and σ² as constants. Each x moved them, and through them all the other outputs.",
    see="Statistics taken for constants",
)
def constants(dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone) -> Array:
    return r * dx_hat


@misconception(
    "standardise_backward",
    "The way through the mean is missing: your gradient does not sum to zero.",
    see="Back through the statistics",
)
def mean_path_missing(dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone) -> Array:
    (stretch,) = across((dx_hat * x_hat).sum(axis=axes, keepdims=True))
    return r * (dx_hat - x_hat * (stretch / count))


@misconception(
    "standardise_backward",
    "The way through the variance is missing: your gradient still stretches x, which changes nothing.",
    see="Back through the statistics",
)
def variance_path_missing(
    dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone
) -> Array:
    (shift,) = across(dx_hat.sum(axis=axes, keepdims=True))
    return r * (dx_hat - shift / count)


@misconception(
    "standardise_backward",
    "You subtract sums where Eq. 5 has means: divide both by M.",
    see="Back through the statistics",
)
def sums_not_means(dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone) -> Array:
    shift, stretch = across(dx_hat.sum(axis=axes, keepdims=True), (dx_hat * x_hat).sum(axis=axes, keepdims=True))
    return r * (dx_hat - shift - x_hat * stretch)


@misconception(
    "standardise_backward",
    "r is missing: a channel that was made smaller on the way forward has to shrink its gradient as much.",
    see="Back through the statistics",
)
def r_missing(dx_hat: Array, x_hat: Array, r: Array, axes: Axes, count: float, across: Across = alone) -> Array:
    shift, stretch = across(dx_hat.sum(axis=axes, keepdims=True), (dx_hat * x_hat).sum(axis=axes, keepdims=True))
    return dx_hat - shift / count - x_hat * (stretch / count)

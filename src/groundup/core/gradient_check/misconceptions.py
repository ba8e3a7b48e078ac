"""What people write instead of a gradient check."""

from collections.abc import Callable

import numpy as np

from groundup.core.gradient_check.gradient_check import GradientError, numeric_gradient, weighted_sum, worst_error
from groundup.core.layer import Layer
from groundup.core.misconception import misconception
from groundup.core.rng import Rng, generator
from groundup.core.types import Array


@misconception(
    "weighted_sum",
    "The loss is computed once, when the function is made: it does not see that the weights have moved since.",
    see="Build",
)
def computed_once(layer: Layer, x: Array, upstream: Array) -> Callable[[], float]:
    value = float((upstream * layer.forward(x)).sum())
    return lambda: value


@misconception(
    "weighted_sum",
    "The upstream gradient is left out, which is an upstream of all ones: it cannot see a wrong softmax.",
    see="Break",
)
def all_ones_upstream(layer: Layer, x: Array, upstream: Array) -> Callable[[], float]:
    return lambda: float(layer.forward(x).sum())


@misconception(
    "numeric_gradient",
    "The difference is divided by eps. The two points lie two steps apart, so your slope is twice what it should be.",
    see="Derive",
)
def divided_by_one_step(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    return 2 * numeric_gradient(f, theta, eps)


@misconception(
    "numeric_gradient",
    "The difference is one-sided, from the point itself to one step above: "
    "its error falls with eps, that of a central one with its square.",
    see="Derive",
)
def one_sided(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    gradient, here = np.zeros_like(theta), f()
    for index in np.ndindex(theta.shape):
        before = theta[index]
        theta[index] = before + eps
        gradient[index] = (f() - here) / eps
        theta[index] = before
    return gradient


@misconception(
    "numeric_gradient",
    "The value is not put back after the walk: every later coordinate is measured from another point.",
    see="Break",
)
def not_put_back(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        theta[index] += eps
        above = f()
        theta[index] -= 2 * eps
        gradient[index] = (above - f()) / (2 * eps)
    return gradient


@misconception(
    "numeric_gradient",
    "You step in every coordinate at once. That is a slope along one diagonal, the same number everywhere.",
    see="Derive",
)
def all_coordinates_at_once(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    before = theta.copy()
    theta += eps
    above = f()
    theta[...] = before - eps
    below = f()
    theta[...] = before
    return np.full_like(theta, (above - below) / (2 * eps))


@misconception(
    "worst_error",
    "The difference is not divided by anything: beside gradients of a thousand, rounding alone looks like a fault.",
    see="Derive",
)
def absolute_error(name: str, analytic: Array, numeric: Array) -> GradientError:
    error = np.nan_to_num(np.abs(analytic - numeric), nan=np.inf)
    at = tuple(int(i) for i in np.unravel_index(int(error.argmax()), error.shape))
    return GradientError(name, at, float(analytic[at]), float(numeric[at]), float(error[at]))


@misconception(
    "worst_error",
    "The scale may fall below 1, so two gradients near zero look far apart where they only differ by rounding.",
    see="Derive",
)
def scale_below_one(name: str, analytic: Array, numeric: Array) -> GradientError:
    scale = np.maximum(np.abs(analytic), np.abs(numeric))
    error = np.nan_to_num(np.abs(analytic - numeric) / scale, nan=np.inf)
    at = tuple(int(i) for i in np.unravel_index(int(error.argmax()), error.shape))
    return GradientError(name, at, float(analytic[at]), float(numeric[at]), float(error[at]))


@misconception(
    "worst_error",
    "A nan slips through as no error at all: every comparison with nan is false, so say yourself that it is the worst.",
    see="Break",
)
def nan_is_fine(name: str, analytic: Array, numeric: Array) -> GradientError:
    return worst_error(name, np.where(np.isnan(analytic), numeric, analytic), numeric)


@misconception(
    "gradcheck",
    "The gradients that an earlier backward left behind are still in grad when yours are added: clear them first.",
    see="Break",
)
def gradients_not_cleared(
    layer: Layer, x: Array, *, rng: Rng, eps: float = 1e-6, wrt_input: bool = True
) -> list[GradientError]:
    draw = generator("gradcheck", rng)
    layer.to(np.float64)
    upstream = draw.standard_normal(layer.forward(x).shape)
    dx = layer.backward(upstream)
    analytic = {name: p.grad.copy() for name, p in layer.named_parameters()}
    loss = weighted_sum(layer, x, upstream)
    errors = [worst_error("x", dx, numeric_gradient(loss, x, eps))] if wrt_input else []
    errors += [worst_error(n, analytic[n], numeric_gradient(loss, p.value, eps)) for n, p in layer.named_parameters()]
    return sorted(errors, key=lambda e: -e.error)


@misconception(
    "gradcheck",
    "Only the parameters are checked: a wrong gradient for the input passes, and every layer below it learns from it.",
    see="In practice",
)
def input_forgotten(
    layer: Layer, x: Array, *, rng: Rng, eps: float = 1e-6, wrt_input: bool = True
) -> list[GradientError]:
    from groundup.core.gradient_check.gradient_check import gradcheck

    return gradcheck(layer, x, rng=rng, eps=eps, wrt_input=False)


@misconception(
    "gradcheck",
    "The smallest disagreement comes first in your list. The reader looks at the first: let it be the worst.",
    see="Build",
)
def best_first(layer: Layer, x: Array, *, rng: Rng, eps: float = 1e-6, wrt_input: bool = True) -> list[GradientError]:
    from groundup.core.gradient_check.gradient_check import gradcheck

    return gradcheck(layer, x, rng=rng, eps=eps, wrt_input=wrt_input)[::-1]

"""The gradient check written another way, and just as right."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter

import numpy as np

from groundup.core.gradient_check.gradient_check import GradientError, numeric_gradient, weighted_sum, worst_error
from groundup.core.layer import Layer
from groundup.core.misconception import variant
from groundup.core.rng import Rng
from groundup.core.types import Array


def _dot(layer: Layer, x: Array, upstream: Array) -> float:
    return float(np.vdot(upstream, layer.forward(x)))


@variant("weighted_sum", "a dot product, and its arguments bound beforehand")
def bound_arguments(layer: Layer, x: Array, upstream: Array) -> Callable[[], float]:
    return partial(_dot, layer, x, upstream)


@variant("weighted_sum", "a lambda, and a sum of the numbers one by one")
def lambda_and_numbers(layer: Layer, x: Array, upstream: Array) -> Callable[[], float]:
    return lambda: float(sum(r * y for r, y in zip(upstream.ravel(), layer.forward(x).ravel(), strict=True)))


@variant("numeric_gradient", "the flat view of theta, one number after the other")
def along_the_flat_view(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    slopes = []
    for i, before in enumerate(theta.ravel().tolist()):
        theta.flat[i] = before + eps
        above = f()
        theta.flat[i] = before - eps
        slopes.append((above - f()) / (2 * eps))
        theta.flat[i] = before
    return np.array(slopes, dtype=theta.dtype).reshape(theta.shape)


@variant("numeric_gradient", "one direction after the other, the whole array moved and put back")
def whole_array_moved(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    start, gradient = theta.copy(), np.zeros_like(theta)
    for i in range(theta.size):
        step = np.zeros(theta.size)
        step[i] = eps
        for sign in (1, -1):
            theta[...] = start + sign * step.reshape(theta.shape)
            gradient.flat[i] += sign * f() / (2 * eps)
    theta[...] = start
    return gradient


@variant("worst_error", "place by place in plain numbers")
def place_by_place(name: str, analytic: Array, numeric: Array) -> GradientError:
    if analytic.shape != numeric.shape:
        raise ValueError(f"gradcheck: expected {name}.grad of shape {numeric.shape}, got {analytic.shape}")
    worst = GradientError(name, (0,) * analytic.ndim if analytic.size else (), 0.0, 0.0, -1.0)
    for index in np.ndindex(analytic.shape):
        a, n = float(analytic[index]), float(numeric[index])
        error = abs(a - n) / max(1.0, abs(a), abs(n))
        error = error if error == error else np.inf  # nan is not even equal to itself
        if error > worst.error:
            worst = GradientError(name, index, a, n, error)
    return worst if analytic.size else GradientError(name, (), 0.0, 0.0, 0.0)


@variant("worst_error", "the largest of three sizes, and the first place of the largest error")
def first_of_the_largest(name: str, analytic: Array, numeric: Array) -> GradientError:
    if analytic.shape != numeric.shape:
        raise ValueError(f"gradcheck: expected {name}.grad of shape {numeric.shape}, got {analytic.shape}")
    if analytic.size == 0:
        return GradientError(name, (), 0.0, 0.0, 0.0)
    scale = np.stack([np.ones_like(numeric), abs(analytic), abs(numeric)]).max(axis=0)
    error = abs(analytic - numeric) / scale
    error[np.isnan(error)] = np.inf
    at = tuple(int(i) for i in np.argwhere(error == error.max())[0])
    return GradientError(name, at, float(analytic[at]), float(numeric[at]), float(error[at]))


@variant("gradcheck", "another random upstream; a table of arrays to check, walked in one loop")
def one_table(layer: Layer, x: Array, *, rng: Rng, eps: float = 1e-6, wrt_input: bool = True) -> list[GradientError]:
    layer.to(np.float64)
    layer.zero_grad()
    x = np.array(x, dtype=np.float64)
    upstream = np.random.default_rng(rng).uniform(-1, 1, layer.forward(x).shape)
    table = [("x", x, layer.backward(upstream))] if wrt_input else []
    if not wrt_input:
        layer.backward(upstream)
    table += [(name, p.value, p.grad.copy()) for name, p in layer.named_parameters()]
    loss = weighted_sum(layer, x, upstream)
    errors = [worst_error(name, analytic, numeric_gradient(loss, theta, eps)) for name, theta, analytic in table]
    return sorted(errors, key=attrgetter("error"), reverse=True)


@variant("gradcheck", "the walking first, the gradients by algebra afterwards")
def walking_first(
    layer: Layer, x: Array, *, rng: Rng, eps: float = 1e-6, wrt_input: bool = True
) -> list[GradientError]:
    layer.to(np.float64)
    x = x.astype(np.float64)
    upstream = np.random.default_rng(rng).standard_normal(layer.forward(x).shape)
    loss = weighted_sum(layer, x, upstream)
    parameters = dict(layer.named_parameters())
    walked = {name: numeric_gradient(loss, p.value, eps) for name, p in parameters.items()}
    walked_x = numeric_gradient(loss, x, eps) if wrt_input else None
    layer.zero_grad()
    layer.forward(x)
    dx = layer.backward(upstream)
    errors = [] if walked_x is None else [worst_error("x", dx, walked_x)]
    errors += [worst_error(name, p.grad, walked[name]) for name, p in parameters.items()]
    errors.sort(key=attrgetter("error"), reverse=True)
    return errors

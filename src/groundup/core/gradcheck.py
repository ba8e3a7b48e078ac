"""Gradient checking: the gradient found by algebra beside the one found by walking.

For a scalar L(θ) and a small step ε, Taylor's theorem gives

    (1)  ∂L/∂θᵢ ≈ (L(θ + ε eᵢ) - L(θ - ε eᵢ)) / 2ε,      with error O(ε²)

A layer returns an array y, not a scalar. A *random* upstream gradient R turns it into one:

    (2)  L = Σ R ∘ y,      so that ∂L/∂y = R

R must be random: with R all ones a softmax, whose outputs sum to one, has gradient zero whatever its backward does.
Rounding costs about u/ε (u = 1.1e-16 in float64), truncation about ε²: ε = 1e-6 balances them. In float32 there is
no good ε.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from groundup.core.layer import Layer
from groundup.core.rng import Rng, generator
from groundup.core.types import Array


@dataclass(frozen=True)
class GradientError:
    """The worst disagreement over one array: where, the two values, and |a - n| / max(1, |a|, |n|)."""

    name: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float


def numeric_gradient(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    """∂f/∂θ by central differences, Eq. 1. ``f`` reads ``theta``, which is changed in place and put back."""
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        before = theta[index]
        theta[index] = before + eps
        above = f()
        theta[index] = before - eps
        below = f()
        theta[index] = before
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def compare(name: str, analytic: Array, numeric: Array) -> GradientError:
    """The worst disagreement between two gradients of one array."""
    if analytic.shape != numeric.shape:
        raise ValueError(f"gradcheck: {name}.grad has shape {analytic.shape}, its array {numeric.shape}")
    if analytic.size == 0:
        return GradientError(name, (), 0.0, 0.0, 0.0)
    scale = np.maximum(1.0, np.maximum(np.abs(analytic), np.abs(numeric)))
    error = np.nan_to_num(np.abs(analytic - numeric) / scale, nan=np.inf)
    where = np.unravel_index(int(error.argmax()), error.shape)
    at = tuple(int(i) for i in where)
    return GradientError(name, at, float(analytic[at]), float(numeric[at]), float(error[at]))


def gradcheck(layer: Layer, x: Array, *, rng: Rng, eps: float = 1e-6, wrt_input: bool = True) -> list[GradientError]:
    """Check ∂L/∂x and every parameter's gradient of a layer; the worst disagreement first.

    The layer is converted to float64. It must be deterministic: the same x gives the same y.
    """
    draw = generator("gradcheck", rng)
    layer.to(np.float64).zero_grad()
    x = x.astype(np.float64)
    upstream = draw.standard_normal(layer.forward(x).shape)  # R of Eq. 2
    dx = layer.backward(upstream)
    analytic = {name: p.grad.copy() for name, p in layer.named_parameters()}

    def loss() -> float:
        return float((upstream * layer.forward(x)).sum())  # Eq. 2

    errors = [compare("x", dx, numeric_gradient(loss, x, eps))] if wrt_input else []
    for name, parameter in layer.named_parameters():
        errors.append(compare(name, analytic[name], numeric_gradient(loss, parameter.value, eps)))
    return sorted(errors, key=lambda e: -e.error)

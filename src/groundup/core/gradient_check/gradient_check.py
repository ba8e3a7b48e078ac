"""Gradient checking: the gradient found by algebra beside the one found by walking.

For a scalar L(θ) and a small step ε along one coordinate, Taylor's theorem gives

    (1)  ∂L/∂θᵢ = (L(θ + ε eᵢ) - L(θ - ε eᵢ)) / 2ε + O(ε²)

A layer returns an array y, not a scalar. A *random* upstream gradient R makes one of it:

    (2)  L = Σ R ∘ y,      so that ∂L/∂y = R

R must be random: with R all ones a softmax, whose outputs sum to one, has slope zero whatever its backward does. Two
gradients a (algebra) and n (walking) are compared by their largest relative difference:

    (3)  max |a - n| / max(1, |a|, |n|)

Rounding costs Eq. 1 about u/ε (u = 1.1e-16 in float64) and the step about ε²: ε = 1e-6 is a good compromise. In float32
there is none. Derivation: lesson.md, "Derive".  Source: Nocedal and Wright, Numerical Optimization (2006), section 8.1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from groundup.core.layer import Layer
from groundup.core.parameter import Parameter
from groundup.core.rng import Rng, generator
from groundup.core.types import Array


@dataclass(frozen=True)
class GradientError:
    """The worst disagreement over one array: where it is, both values, and their difference by Eq. 3."""

    name: str
    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float


def weighted_sum(layer: Layer, x: Array, upstream: Array) -> Callable[[], float]:
    """The L of Eq. 2 as a function of nothing: it reads the layer's parameters and x anew each time it is called."""

    def loss() -> float:
        return float((upstream * layer.forward(x)).sum())  # Eq. 2

    return loss


def numeric_gradient(f: Callable[[], float], theta: Array, eps: float = 1e-6) -> Array:
    """∂f/∂θ by Eq. 1, same shape as θ. ``f`` reads ``theta``, which is changed in place and put back exactly."""
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        before = theta[index]
        theta[index] = before + eps
        above = f()
        theta[index] = before - eps
        below = f()
        theta[index] = before  # not += eps: that would leave a rounding error behind
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def worst_error(name: str, analytic: Array, numeric: Array) -> GradientError:
    """The worst disagreement between two gradients of one array, Eq. 3. A nan is as bad as can be.

    Raises ValueError when the shapes differ.
    """
    if analytic.shape != numeric.shape:
        raise ValueError(f"gradcheck: expected {name}.grad of shape {numeric.shape}, got {analytic.shape}")
    if analytic.size == 0:
        return GradientError(name, (), 0.0, 0.0, 0.0)
    scale = np.maximum(1.0, np.maximum(np.abs(analytic), np.abs(numeric)))
    error = np.nan_to_num(np.abs(analytic - numeric) / scale, nan=np.inf)
    at = tuple(int(i) for i in np.unravel_index(int(error.argmax()), error.shape))
    return GradientError(name, at, float(analytic[at]), float(numeric[at]), float(error[at]))


def gradcheck(layer: Layer, x: Array, *, rng: Rng, eps: float = 1e-6, wrt_input: bool = True) -> list[GradientError]:
    """Check ∂L/∂x and the gradient of every parameter of a layer; the worst disagreement comes first.

    The layer is converted to float64 and must be deterministic: the same x gives the same y.
    """
    draw = generator("gradcheck", rng)
    layer.to(np.float64).zero_grad()
    x = x.astype(np.float64)
    upstream = draw.standard_normal(layer.forward(x).shape)  # R of Eq. 2
    dx = layer.backward(upstream)
    analytic = {name: p.grad.copy() for name, p in layer.named_parameters()}
    loss = weighted_sum(layer, x, upstream)
    errors = [worst_error("x", dx, numeric_gradient(loss, x, eps))] if wrt_input else []
    for name, parameter in layer.named_parameters():
        errors.append(worst_error(name, analytic[name], numeric_gradient(loss, parameter.value, eps)))
    return sorted(errors, key=lambda e: -e.error)


class Example(Layer):
    """A layer to try the check on: y = f(x) Wᵀ with f(x) = x or x³; ``spoil`` multiplies what backward gives."""

    def __init__(self, inputs: int, outputs: int, *, cubic: bool = False, spoil: float = 1.0) -> None:
        self.weight = Parameter(1.0 + np.arange(inputs * outputs, dtype=float).reshape(outputs, inputs))
        self.cubic, self.spoil = cubic, spoil

    def forward(self, x: Array) -> Array:
        """(N, I) -> (N, O)."""
        self.keep(x)
        return (x**3 if self.cubic else x) @ self.weight.value.T

    def backward(self, dy: Array) -> Array:
        """(N, O) -> (N, I), times ``spoil``, which is 1 for a right gradient."""
        x = self.kept()
        self.weight.grad += self.spoil * dy.T @ (x**3 if self.cubic else x)
        return self.spoil * (dy @ self.weight.value) * (3 * x**2 if self.cubic else 1)

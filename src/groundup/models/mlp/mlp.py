"""MLP: the multi-layer perceptron, linear layers with an activation between each two.

With h₀ = x, and for l = 1 .. L:

    (1)  zₗ = hₗ₋₁ Wₗᵀ + bₗ
    (2)  hₗ = φ(zₗ)  for l < L,        y = z_L                  no activation after the last layer: losses take logits

and back, with δ_L = dy, by the chain rule:

    (3)  dWₗ = δₗᵀ hₗ₋₁        dbₗ = Σₙ δₗ        dhₗ₋₁ = δₗ Wₗ
    (4)  δₗ₋₁ = dhₗ₋₁ ∘ φ'(zₗ₋₁)

    (5)  θ ← θ - η ∂L/∂θ                                        update_weights

Axes: N batch, then the widths given as ``layers``.  Derivation: lesson.md, "Derive".
Source: Rumelhart, Hinton, Williams, Nature 323 (1986).
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np

from groundup.core import Array, Layer, Rng, expect_in, expect_positive, generator
from groundup.nn.activation import ReLU, Sigmoid, Tanh
from groundup.nn.init import kaiming_uniform_, xavier_uniform_, zeros_
from groundup.nn.linear import Linear
from groundup.nn.loss import Loss

ACTIVATIONS: dict[str, type[Layer]] = {"relu": ReLU, "tanh": Tanh, "sigmoid": Sigmoid}


class MLP(Layer):
    """Map (N, layers[0]) to (N, layers[-1]) by Eqs. 1 and 2.

    Weights start by He's rule for relu and by Glorot's for tanh and sigmoid, biases at zero. State keys are those of
    torch.nn.Sequential(Linear, activation, Linear, ...): "0.weight", "0.bias", "2.weight", ...

    Raises ValueError for fewer than two widths, a width below 1, an unknown activation; TypeError without ``rng``.
    """

    def __init__(self, layers: Sequence[int], activation: str = "relu", *, rng: Rng | None = None) -> None:
        if len(layers) < 2:
            raise ValueError(f"MLP: expected at least an input and an output width, got layers={list(layers)}")
        expect_positive("MLP", **{f"layers[{i}]": width for i, width in enumerate(layers)})
        if activation not in ACTIVATIONS:
            raise ValueError(f"MLP: expected activation to be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
        self.stack = self.build(layers, activation, generator("MLP", rng))

    def build(self, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
        """The layers in order, from the input up.

        From each width to the next a ``_started_linear``, drawn from ``rng`` in this order; between each two of them a
        new activation of the class that ``ACTIVATIONS`` has under this name.
        """
        stack: list[Layer] = []
        for fan_in, fan_out in pairwise(layers):
            stack += [_started_linear(fan_in, fan_out, activation, rng), ACTIVATIONS[activation]()]
        return stack[:-1]  # none after the last layer

    def children(self) -> Iterator[tuple[str, Layer]]:
        yield from ((str(i), layer) for i, layer in enumerate(self.stack))

    def forward(self, x: Array) -> Array:
        """(N, layers[0]) -> (N, layers[-1]), Eqs. 1 and 2."""
        for layer in self.stack:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """(N, layers[-1]) -> (N, layers[0]), Eqs. 3 and 4; adds to every gradient on the way."""
        for layer in reversed(self.stack):
            dy = layer.backward(dy)
        return dy

    def needs_input_grad(self, needed: bool = True) -> Self:
        """Whether anybody reads dx: the first layer computes it, at the price of one product of three."""
        self.stack[0].needs_input_grad(needed)
        return super().needs_input_grad(needed)

    def update_weights(self, lr: float) -> None:
        """One step of gradient descent, Eq. 5; then the gradients are cleared for the next batch."""
        expect_in("MLP.update_weights", "lr", lr, 0.0)
        for parameter in self.parameters():
            parameter.value -= lr * parameter.grad
        self.zero_grad()

    def train_step(self, x: Array, target: Any, loss: Loss, lr: float) -> float:
        """One batch forward, back and down, Eqs. 1 to 5; the loss before the step. Gradients begin and end at zero."""
        self.zero_grad()
        value = loss(self.forward(x), target)
        self.backward(loss.backward())
        self.update_weights(lr)
        return float(value)


def _started_linear(fan_in: int, fan_out: int, activation: str, rng: np.random.Generator) -> Linear:
    """(N, fan_in) -> (N, fan_out): a linear layer whose weights start as its activation wants, its bias at zero."""
    layer = Linear(fan_in, fan_out, rng=rng)
    weight, bias = layer.parameters()
    if activation == "relu":
        kaiming_uniform_(weight, nonlinearity="relu", rng=rng)
    else:
        xavier_uniform_(weight, rng=rng)
    zeros_(bias)
    return layer

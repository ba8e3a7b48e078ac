"""What people write instead of a multi-layer network."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from groundup.core import Array, Layer, misconception
from groundup.models.mlp.mlp import ACTIVATIONS, MLP, _started_linear
from groundup.nn.activation import ReLU
from groundup.nn.linear import Linear


@misconception(
    "MLP.build",
    "There is an activation after the last layer as well. The loss takes logits, which may be any number.",
    see="Break",
)
def activation_at_the_end(self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
    stack: list[Layer] = []
    for fan_in, fan_out in pairwise(layers):
        stack += [_started_linear(fan_in, fan_out, activation, rng), ACTIVATIONS[activation]()]
    return stack


@misconception(
    "MLP.build",
    "No activation stands between the layers. A stack of linear maps is one linear map, however deep.",
    see="Derive",
)
def linear_layers_alone(self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
    return [_started_linear(fan_in, fan_out, activation, rng) for fan_in, fan_out in pairwise(layers)]


@misconception(
    "MLP.build",
    "One activation is made and used in every place. It keeps what it saw last, so the way back meets wrong slopes.",
    see="Build",
)
def one_activation_for_all(self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
    stack: list[Layer] = []
    bend = ACTIVATIONS[activation]()
    for fan_in, fan_out in pairwise(layers):
        stack += [_started_linear(fan_in, fan_out, activation, rng), bend]
    return stack[:-1]


@misconception(
    "MLP.build",
    "You build with ReLU whatever activation was asked for.",
    see="Build",
)
def always_relu(self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
    stack: list[Layer] = []
    for fan_in, fan_out in pairwise(layers):
        stack += [_started_linear(fan_in, fan_out, activation, rng), ReLU()]
    return stack[:-1]


@misconception(
    "MLP.build",
    "Your layers start as nn.Linear does by itself, not as this activation wants; see the helper below the class.",
    see="In the frameworks",
)
def plain_linear(self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
    stack: list[Layer] = []
    for fan_in, fan_out in pairwise(layers):
        stack += [Linear(fan_in, fan_out, rng=rng), ACTIVATIONS[activation]()]
    return stack[:-1]


@misconception(
    "MLP.build",
    "Every layer takes as many inputs as the network. A layer takes what the one before it gives.",
    see="Derive",
)
def all_as_wide_as_the_input(
    self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator
) -> list[Layer]:
    stack: list[Layer] = []
    for fan_out in layers[1:]:
        stack += [_started_linear(layers[0], fan_out, activation, rng), ACTIVATIONS[activation]()]
    return stack[:-1]


@misconception(
    "MLP.forward",
    "Every layer gets the network's input instead of what the layer before it gave.",
    see="Build",
)
def every_layer_gets_the_input(self: MLP, x: Array) -> Array:
    y = x
    for layer in self.stack:
        y = layer.forward(x)
    return y


@misconception(
    "MLP.forward",
    "Your return stands inside the loop: the first layer ran, and no other.",
    see="Build",
)
def returns_in_the_loop(self: MLP, x: Array) -> Array:
    for layer in self.stack:
        x = layer.forward(x)
        return x
    return x


@misconception(
    "MLP.forward",
    "Your way through the stack steps over the activations: what is left is one linear map.",
    see="Derive",
)
def no_activations(self: MLP, x: Array) -> Array:
    for layer in self.stack:
        x = layer.forward(x) if isinstance(layer, Linear) else x
    return x


@misconception(
    "MLP.forward",
    "You bend what the last layer gave: no output below zero is left, and the loss wants logits.",
    see="Break",
)
def activation_after_the_last_layer(self: MLP, x: Array) -> Array:
    for layer in self.stack:
        x = layer.forward(x)
    return np.maximum(x, 0)


@misconception(
    "MLP.forward",
    "The last layer is missing: what you return are the hidden units.",
    see="Build",
)
def last_layer_missing(self: MLP, x: Array) -> Array:
    for layer in self.stack[:-1]:
        x = layer.forward(x)
    return x


@misconception(
    "MLP.backward",
    "You go through the layers from first to last. The gradient enters at the end and leaves at the start.",
    see="Derive",
)
def first_to_last(self: MLP, dy: Array) -> Array:
    for layer in self.stack:
        dy = layer.backward(dy)
    return dy


@misconception(
    "MLP.backward",
    "Every layer gets the gradient of the network's output: what the layer above handed down is lost.",
    see="Derive",
)
def same_gradient_for_all(self: MLP, dy: Array) -> Array:
    dx = dy
    for layer in reversed(self.stack):
        dx = layer.backward(dy)
    return dx


@misconception(
    "MLP.backward",
    "Your return stands inside the loop: the last layer has its gradients, and no other.",
    see="Build",
)
def stops_after_the_last_layer(self: MLP, dy: Array) -> Array:
    for layer in reversed(self.stack):
        dy = layer.backward(dy)
        return dy
    return dy


@misconception(
    "MLP.backward",
    "What you return is the gradient that came in, not the one for the network's input.",
    see="Build",
)
def returns_what_came_in(self: MLP, dy: Array) -> Array:
    dx = dy
    for layer in reversed(self.stack):
        dx = layer.backward(dx)
    return dy


@misconception(
    "MLP.backward",
    "The way back skips the activations, as if their slope were 1 everywhere.",
    see="Derive",
)
def slopes_left_out(self: MLP, dy: Array) -> Array:
    for layer in reversed(self.stack):
        dy = layer.backward(dy) if isinstance(layer, Linear) else dy
    return dy


@misconception(
    "MLP.backward",
    "The gradients of an earlier backward are cleared first. Backward adds; whoever wants them gone clears them.",
    see="Break",
)
def clears_before_it_adds(self: MLP, dy: Array) -> Array:
    self.zero_grad()
    for layer in reversed(self.stack):
        dy = layer.backward(dy)
    return dy


@misconception(
    "MLP.update_weights",
    "You add the gradient: that is a step uphill.",
    see="Derive",
)
def uphill(self: MLP, lr: float) -> None:
    for parameter in self.parameters():
        parameter.value += lr * parameter.grad
    self.zero_grad()


@misconception(
    "MLP.update_weights",
    "The gradients are still there after the step, and the next batch adds to them.",
    see="Break",
)
def gradients_not_cleared(self: MLP, lr: float) -> None:
    for parameter in self.parameters():
        parameter.value -= lr * parameter.grad


@misconception(
    "MLP.update_weights",
    "No weight moves, and the gradients are gone: they were cleared before the step, or the step went into a copy.",
    see="Break",
)
def cleared_too_early(self: MLP, lr: float) -> None:
    self.zero_grad()
    for parameter in self.parameters():
        parameter.value -= lr * parameter.grad


@misconception(
    "MLP.update_weights",
    "Only the weights move, the biases stay where they began.",
    see="Build",
)
def biases_stay(self: MLP, lr: float) -> None:
    for name, parameter in self.named_parameters():
        if name.endswith("weight"):
            parameter.value -= lr * parameter.grad
    self.zero_grad()


@misconception(
    "MLP.update_weights",
    "The learning rate is left out of the step.",
    see="Derive",
)
def learning_rate_left_out(self: MLP, lr: float) -> None:
    for parameter in self.parameters():
        parameter.value -= parameter.grad
    self.zero_grad()


@misconception(
    "MLP.update_weights",
    "The learning rate is applied twice, to the gradient and again in the step.",
    see="Derive",
)
def learning_rate_twice(self: MLP, lr: float) -> None:
    for parameter in self.parameters():
        parameter.grad *= lr
        parameter.value -= lr * parameter.grad
    self.zero_grad()


@misconception(
    "MLP.update_weights",
    "The last layer takes a step, the layers below it none.",
    see="Build",
)
def last_layer_alone(self: MLP, lr: float) -> None:
    for parameter in self.stack[-1].parameters():
        parameter.value -= lr * parameter.grad
    self.zero_grad()

"""What people write instead of a multi-layer network."""

import numpy as np

from groundup.core import Array, misconception
from groundup.models.mlp.mlp import MLP
from groundup.nn.activation import ReLU
from groundup.nn.linear import Linear


@misconception(
    "MLP.forward",
    "Every layer gets the network's input instead of what the layer before it gave.",
    see="Build",
)
def every_layer_gets_the_input(self: MLP, x: Array) -> Array:
    y = x
    for layer in self.stack:
        y = layer.forward(x) if layer is self.stack[0] else layer.forward(y if isinstance(layer, ReLU) else x)
    return y


@misconception(
    "MLP.forward",
    "The activations are left out. A stack of linear maps is one linear map, however deep.",
    see="Break",
)
def no_activations(self: MLP, x: Array) -> Array:
    for layer in self.stack:
        x = layer.forward(x) if isinstance(layer, Linear) else x
    return x


@misconception(
    "MLP.forward",
    "There is an activation after the last layer as well: no output below zero is left, and the loss wants logits.",
    see="Derive",
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
    see="In practice",
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
    see="In practice",
)
def gradients_not_cleared(self: MLP, lr: float) -> None:
    for parameter in self.parameters():
        parameter.value -= lr * parameter.grad


@misconception(
    "MLP.update_weights",
    "The gradients are cleared before the step, so that no weight moves.",
    see="In practice",
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

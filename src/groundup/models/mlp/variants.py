"""The multi-layer perceptron written another way, and just as right."""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise

import numpy as np

from groundup.core import Array, Layer, variant
from groundup.models.mlp.mlp import ACTIVATIONS, MLP, _started_linear


@variant("MLP.build", "activations everywhere, and a linear layer in every second place")
def every_second_place(self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
    linear = [_started_linear(i, o, activation, rng) for i, o in pairwise(layers)]
    stack: list[Layer] = [ACTIVATIONS[activation]() for _ in range(2 * len(linear) - 1)]
    stack[::2] = linear
    return stack


@variant("MLP.build", "an activation before each linear layer but the first")
def activation_before(self: MLP, layers: Sequence[int], activation: str, rng: np.random.Generator) -> list[Layer]:
    stack: list[Layer] = []
    for i in range(1, len(layers)):
        if i > 1:
            stack.append(ACTIVATIONS[activation]())
        stack.append(_started_linear(layers[i - 1], layers[i], activation, rng))
    return stack


@variant("MLP.forward", "a fold over the stack")
def fold(self: MLP, x: Array) -> Array:
    y: Array = reduce(lambda h, layer: layer.forward(h), self.stack, x)
    return y


@variant("MLP.forward", "each layer called, every output in a list")
def list_of_outputs(self: MLP, x: Array) -> Array:
    outputs = [x]
    for _, layer in self.children():
        outputs.append(layer(outputs[-1]))
    return outputs[-1]


@variant("MLP.backward", "numbers of the layers, counted down")
def counted_down(self: MLP, dy: Array) -> Array:
    for i in range(len(self.stack) - 1, -1, -1):
        dy = self.stack[i].backward(dy)
    return dy


@variant("MLP.backward", "the last layer, then what is left, by recursion")
def last_and_rest(self: MLP, dy: Array) -> Array:
    def back(layers: Sequence[Layer], dy: Array) -> Array:
        return back(layers[:-1], layers[-1].backward(dy)) if layers else dy

    return back(self.stack, dy)


@variant("MLP.update_weights", "a new value written over the old one, and each gradient cleared with it")
def one_after_the_other(self: MLP, lr: float) -> None:
    for _, parameter in self.named_parameters():
        parameter.value[...] = parameter.value - lr * parameter.grad
        parameter.grad[...] = 0


@variant("MLP.update_weights", "the step made of the gradient in place, layer by layer")
def step_made_of_gradient(self: MLP, lr: float) -> None:
    for layer in self.stack:
        for parameter in layer.parameters():
            parameter.grad *= -lr
            parameter.value += parameter.grad
            parameter.grad.fill(0)

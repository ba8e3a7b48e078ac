"""AlexNet written another way, and just as right."""

from functools import reduce
from typing import Any

import numpy as np

from groundup.core import Array, Layer, Sequential, variant
from groundup.models.alexnet.alexnet import AlexNet
from groundup.nn.activation import ReLU
from groundup.nn.conv import Conv2d
from groundup.nn.dropout import Dropout
from groundup.nn.linear import Linear
from groundup.nn.pool import MaxPool2d


@variant("features", "a loop over a table of kernel, stride, padding and pooling")
def from_a_table(channels: list[int], rng: np.random.Generator) -> list[Layer]:
    table = [(11, 4, 2, True), (5, 1, 2, True), (3, 1, 1, False), (3, 1, 1, False), (3, 1, 1, True)]
    layers: list[Layer] = []
    for inputs, outputs, (kernel, stride, padding, pooled) in zip([3, *channels[:-1]], channels, table, strict=True):
        layers += [Conv2d(inputs, outputs, kernel, stride, padding, rng=rng), ReLU()]
        if pooled:
            layers.append(MaxPool2d(3, 2))
    return layers


@variant("features", "all five convolutions first, the others put in between")
def convolutions_first(channels: list[int], rng: np.random.Generator) -> list[Layer]:
    layers: list[Layer] = [Conv2d(3, channels[0], 11, stride=4, padding=2, rng=rng)]
    for i, kernel in enumerate((5, 3, 3, 3)):
        layers.append(Conv2d(channels[i], channels[i + 1], kernel, padding="same", rng=rng))
    for behind in reversed(range(5)):  # from the end, so that the places in front do not move
        layers[behind + 1 : behind + 1] = [ReLU()] if behind in (2, 3) else [ReLU(), MaxPool2d((3, 3), stride=(2, 2))]
    return layers


@variant("classifier", "a loop over the hidden layers")
def loop_over_hidden(inputs: int, hidden: int, classes: int, dropout: float, rng: np.random.Generator) -> list[Layer]:
    layers: list[Layer] = []
    for width in (inputs, hidden):
        layers.extend([Dropout(dropout, rng=rng), Linear(width, hidden, rng=rng), ReLU()])
    return [*layers, Linear(hidden, classes, rng=rng)]


@variant("classifier", "the three linear layers first, put in their places later")
def linear_layers_first(
    inputs: int, hidden: int, classes: int, dropout: float, rng: np.random.Generator
) -> list[Layer]:
    widths = [inputs, hidden, hidden, classes]
    first, second, last = (Linear(widths[i], widths[i + 1], rng=rng) for i in range(3))
    drops = [Dropout(p=dropout, rng=rng) for _ in range(2)]  # they draw nothing before the first batch
    return [drops[0], first, ReLU(), drops[1], second, ReLU(), last]


@variant("AlexNet.forward", "the four parts as one Sequential")
def one_sequential(self: AlexNet, x: Array) -> Array:
    logits: Array = Sequential(self.features, self.avgpool, self.flatten, self.classifier)(self.picture(x))
    return logits


@variant("AlexNet.forward", "every layer by itself, one after the other")
def layer_by_layer(self: AlexNet, x: Array) -> Array:
    x = self.picture(x)
    for _, layer in self.features.children():
        x = layer.forward(x)
    x = self.flatten.forward(self.avgpool.forward(x))
    for _, layer in self.classifier.children():
        x = layer.forward(x)
    return x


@variant("AlexNet.backward", "a loop over the parts, the last first")
def loop_from_the_last(self: AlexNet, dy: Array) -> Any:
    for part in (self.classifier, self.flatten, self.avgpool, self.features):
        dy = part.backward(dy)
    return dy


@variant("AlexNet.backward", "every layer by itself, from the last to the first")
def layer_by_layer_back(self: AlexNet, dy: Array) -> Any:
    stack = [
        *(layer for _, layer in self.features.children()),
        self.avgpool,
        self.flatten,
        *(layer for _, layer in self.classifier.children()),
    ]
    return reduce(lambda d, layer: layer.backward(d), stack[::-1], dy)

"""What people write instead of AlexNet."""

from typing import Any

import numpy as np

from groundup.core import Array, Layer, misconception
from groundup.models.alexnet import alexnet
from groundup.models.alexnet.alexnet import AlexNet
from groundup.nn.activation import ReLU
from groundup.nn.conv import Conv2d
from groundup.nn.dropout import Dropout
from groundup.nn.pool import MaxPool2d

Generator = np.random.Generator


@misconception(
    "features",
    "Your poolings lie side by side, windows of 2. Those of AlexNet are 3 wide and 2 apart: they overlap.",
    see="Shapes",
)
def windows_side_by_side(channels: list[int], rng: Generator) -> list[Layer]:
    return [MaxPool2d(2) if isinstance(layer, MaxPool2d) else layer for layer in alexnet.features(channels, rng)]


@misconception(
    "features",
    "There is a pooling behind every convolution. The third and the fourth have none: the maps are small already.",
    see="Shapes",
)
def pooled_everywhere(channels: list[int], rng: Generator) -> list[Layer]:
    layers: list[Layer] = []
    for layer in alexnet.features(channels, rng):
        if not isinstance(layer, MaxPool2d):
            layers.append(layer)
        if isinstance(layer, ReLU):
            layers.append(MaxPool2d(3, stride=2, padding=1))
    return layers


@misconception(
    "features",
    "The last convolution has no ReLU behind it.",
    see="Shapes",
)
def last_without_relu(channels: list[int], rng: Generator) -> list[Layer]:
    layers = alexnet.features(channels, rng)
    return [*layers[:-2], layers[-1]]


@misconception(
    "features",
    "Your second convolution has no padding: it eats two rows at each edge, and the later maps are too small.",
    see="Shapes",
)
def second_without_padding(channels: list[int], rng: Generator) -> list[Layer]:
    layers = alexnet.features(channels, rng)
    second = layers[3]
    assert isinstance(second, Conv2d)
    bare = Conv2d(channels[0], channels[1], 5, rng=0)
    bare.weight, bare.bias = second.weight, second.bias
    return [*layers[:3], bare, *layers[4:]]


@misconception(
    "classifier",
    "Dropout stands behind the linear layers in yours. It stands before: it leaves out some of what a layer gets.",
    see="The head",
)
def dropout_behind(inputs: int, hidden: int, classes: int, dropout: float, rng: Generator) -> list[Layer]:
    drop, first, relu, drop_too, second, relu_too, last = alexnet.classifier(inputs, hidden, classes, dropout, rng)
    return [first, relu, drop, second, relu_too, drop_too, last]


@misconception(
    "classifier",
    "There is no dropout in your head, so sixty million weights may learn the pictures by heart.",
    see="The head",
)
def dropout_left_out(inputs: int, hidden: int, classes: int, dropout: float, rng: Generator) -> list[Layer]:
    layers = alexnet.classifier(inputs, hidden, classes, dropout, rng)
    return [Dropout(0.0, rng=rng) if isinstance(layer, Dropout) else layer for layer in layers]


@misconception(
    "classifier",
    "The share that is left out is 0.5 in yours, whatever was asked for.",
    see="The head",
)
def always_half(inputs: int, hidden: int, classes: int, dropout: float, rng: Generator) -> list[Layer]:
    return alexnet.classifier(inputs, hidden, classes, 0.5, rng)


@misconception(
    "classifier",
    "There is a ReLU behind the last layer as well: no logit below zero is left.",
    see="The head",
)
def relu_at_the_end(inputs: int, hidden: int, classes: int, dropout: float, rng: Generator) -> list[Layer]:
    return [*alexnet.classifier(inputs, hidden, classes, dropout, rng), ReLU()]


@misconception(
    "AlexNet.forward",
    "You flatten before the maps are brought to 6 by 6. That fits pictures of 224 pixels and no others.",
    see="The head",
)
def flattened_first(self: AlexNet, x: Array) -> Array:
    rows = self.flatten(self.features(self.picture(x)))
    logits: Array = self.classifier(rows)
    return logits


@misconception(
    "AlexNet.forward",
    "What you return are probabilities. The loss takes logits and makes them probabilities itself.",
    see="The head",
)
def probabilities(self: AlexNet, x: Array) -> Array:
    logits = _right(self, x)
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Array = e / e.sum(axis=-1, keepdims=True)
    return shares


@misconception(
    "AlexNet.forward",
    "Your rows read the maps as (H, W, C). The weights of the classifier expect (C, H, W).",
    see="The head",
)
def channels_last(self: AlexNet, x: Array) -> Array:
    maps = self.avgpool(self.features(self.picture(x)))
    logits: Array = self.classifier(self.flatten(maps.transpose(0, 2, 3, 1)))
    return logits


@misconception(
    "AlexNet.backward",
    "You return the gradient of the maps. The way back goes on through the convolutions to the picture.",
    see="Backward",
)
def stops_at_the_maps(self: AlexNet, dy: Array) -> Any:
    return self.avgpool.backward(self.flatten.backward(self.classifier.backward(dy)))


@misconception(
    "AlexNet.backward",
    "The gradients of an earlier batch are cleared first. Backward adds; whoever wants them gone clears them.",
    see="Backward",
)
def clears_before_it_adds(self: AlexNet, dy: Array) -> Any:
    self.zero_grad()
    return _back(self, dy)


_right, _back = AlexNet.forward, AlexNet.backward  # before any of the above takes their place

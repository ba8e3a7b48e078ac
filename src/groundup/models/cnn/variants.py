"""The drawn network written another way, and just as right."""

from collections.abc import Iterable, Sequence
from functools import reduce
from math import sqrt

import numpy as np

from groundup.core import Layer, Rng, Sequential, variant
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.dropout import Dropout
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, MaxPool2d

Generator = np.random.Generator


@variant("features", "backwards: how large a picture would have to be for one pixel more")
def counted_up(size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1) -> int:
    lost = blocks * (kernel_size - 1 - 2 * padding)
    pixels = 0
    while True:
        needed = pixels + 1
        for _ in channels:
            needed = 2 * needed + lost  # a stage backwards
        if needed > size:
            return channels[-1] * pixels**2
        pixels += 1


@variant("features", "fold the stages, and stop at nothing")
def folded(size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1) -> int:
    lost = blocks * (kernel_size - 1 - 2 * padding)
    side = reduce(lambda pixels, _: max(pixels - lost, 0) // 2, channels, size)
    return int(side * side * channels[-1])


@variant("stage", "the convolutions first, then a loop that puts the others between")
def convolutions_first(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: Generator
) -> Sequential:
    widths = [inputs] + [outputs] * (blocks - 1)
    convolutions = [Conv2d(width, outputs, kernel_size, 1, padding, rng=rng) for width in widths]
    layers: list[Layer] = []
    for convolution in convolutions:
        layers.append(convolution)
        if batch_norm:
            layers.append(BatchNorm2d(outputs))
        layers.append(ReLU())
    layers.append(MaxPool2d((2, 2), stride=2))
    return Sequential(*layers)


@variant("stage", "pool before the last ReLU: a maximum and an increasing function change places")
def pooled_before_the_last_relu(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: Generator
) -> Sequential:
    layers: list[Layer] = []
    for seen in (inputs, *(outputs,) * (blocks - 1)):
        layers.append(Conv2d(seen, outputs, kernel_size, padding=padding, rng=rng))
        layers.extend([BatchNorm2d(outputs)] * batch_norm)
        layers.append(ReLU())
    return Sequential(*layers[:-1], MaxPool2d(2), ReLU())


@variant("head", "one way for both: the pooling is left out or put in front")
def in_front(maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: Generator, masks: Rng) -> Sequential:
    layers: list[Layer] = [Flatten(1)]
    width = maps
    if hidden > 0:
        layers += [Linear(flat, hidden, rng=rng), ReLU()]
        width = hidden
    else:
        layers.insert(0, AdaptiveAvgPool2d((1, 1)))
    layers += [Dropout(p=dropout, rng=masks), Linear(width, classes, rng=rng)]
    return Sequential(*layers)


@variant("head", "both heads written out, in an if and an else")
def written_out(
    maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: Generator, masks: Rng
) -> Sequential:
    left_out = Dropout(dropout, rng=masks)
    if hidden:
        first, last = Linear(flat, hidden, rng=rng), Linear(hidden, classes, rng=rng)
        return Sequential(Flatten(), first, ReLU(), left_out, last)
    return Sequential(AdaptiveAvgPool2d(1), Flatten(), left_out, Linear(maps, classes, rng=rng))


@variant("start", "the draw itself, from the fan in")
def drawn_by_hand(layers: Iterable[Layer], rng: Generator) -> None:
    for layer in filter(lambda layer: isinstance(layer, Conv2d | Linear), layers):
        weight, bias = layer.parameters()
        fan_in = weight.value[0].size
        weight.value[...] = rng.normal(0.0, sqrt(2 / fan_in), weight.shape)
        bias.value[...] = 0


@variant("start", "by the names of the parameters: more axes than one is a weight that sums run over")
def by_rank(layers: Iterable[Layer], rng: Generator) -> None:
    for layer in layers:
        dense = [p for p in layer.parameters() if p.value.ndim > 1]
        for parameter in dense:
            scale = np.sqrt(2.0 / np.prod(parameter.shape[1:]))
            parameter.value[...] = scale * rng.standard_normal(parameter.shape)
        if dense:
            layer.parameters()[1].value.fill(0)

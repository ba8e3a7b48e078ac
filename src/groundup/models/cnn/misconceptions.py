"""What people write instead of the drawn network."""

from collections.abc import Iterable, Sequence

import numpy as np

from groundup.core import Layer, Rng, Sequential, misconception
from groundup.models.cnn import cnn
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.conv.conv import output_size
from groundup.nn.dropout import Dropout
from groundup.nn.flatten import Flatten
from groundup.nn.init import kaiming_normal_, xavier_normal_, zeros_
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d

Generator = np.random.Generator


@misconception(
    "features",
    "You count as if convolutions kept the size. Without padding each takes a kernel less one off an axis.",
    see="Shapes",
)
def size_kept(size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1) -> int:
    return channels[-1] * (size >> len(channels)) ** 2


@misconception(
    "features",
    "You count the places of one map. The last stage has many maps.",
    see="Shapes",
)
def places_of_one_map(
    size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1
) -> int:
    return cnn.features(size, channels, kernel_size, padding, blocks) // channels[-1]


@misconception(
    "features",
    "You count the maps of every stage. Those of earlier stages are used up: what the last one gives is left.",
    see="Shapes",
)
def maps_of_all_stages(
    size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1
) -> int:
    return cnn.features(size, channels, kernel_size, padding, blocks) // channels[-1] * sum(channels)


@misconception(
    "features",
    "You count one convolution a stage however many there are.",
    see="Shapes",
)
def one_block(size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1) -> int:
    return cnn.features(size, channels, kernel_size, padding)


@misconception(
    "features",
    "An axis that has run below zero is squared, and a picture that leaves nothing seems to leave something.",
    see="Shapes",
)
def below_zero(size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1) -> int:
    for _ in channels:
        for _ in range(blocks):
            size = output_size(size, kernel_size, padding=padding)
        size = size // 2
    return channels[-1] * size**2


@misconception(
    "stage",
    "There is a pooling behind every convolution. A stage has one, at its end.",
    see="Stages",
)
def pooled_after_each(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: Generator
) -> Sequential:
    layers = cnn.stage(inputs, outputs, kernel_size, padding, blocks, batch_norm, rng)
    pooled = ([layer, MaxPool2d(2)] if isinstance(layer, ReLU) else [layer] for layer in list(layers)[:-1])
    return Sequential(*(layer for few in pooled for layer in few))


@misconception(
    "stage",
    "Nothing stands between the convolutions and the pooling that bends: convolutions in a row are one convolution.",
    see="Stages",
)
def without_activations(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: Generator
) -> Sequential:
    layers = cnn.stage(inputs, outputs, kernel_size, padding, blocks, batch_norm, rng)
    return Sequential(*(layer for layer in layers if not isinstance(layer, ReLU)))


@misconception(
    "stage",
    "The normalisation stands behind the activation: what it gives is bent no more, and negative numbers go on.",
    see="Stages",
)
def normalised_after_the_activation(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: Generator
) -> Sequential:
    layers: list[Layer] = []
    for block in range(blocks):
        layers += [Conv2d(outputs if block else inputs, outputs, kernel_size, padding=padding, rng=rng), ReLU()]
        layers += [BatchNorm2d(outputs)] if batch_norm else []
    return Sequential(*layers, MaxPool2d(2))


@misconception(
    "stage",
    "You leave the normalisation out although it was asked for.",
    see="Stages",
)
def never_normalised(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: Generator
) -> Sequential:
    return cnn.stage(inputs, outputs, kernel_size, padding, blocks, False, rng)


@misconception(
    "stage",
    "You pool by means where the largest is wanted.",
    see="Stages",
)
def means(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: Generator
) -> Sequential:
    layers = list(cnn.stage(inputs, outputs, kernel_size, padding, blocks, batch_norm, rng))
    return Sequential(*layers[:-1], AvgPool2d(2))


@misconception(
    "head",
    "An activation stands behind the last layer. Logits may be any number, and the loss expects them so.",
    see="The head",
)
def activation_at_the_end(
    maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: Generator, masks: Rng
) -> Sequential:
    return Sequential(*cnn.head(maps, flat, hidden, classes, dropout, rng, masks), ReLU())


@misconception(
    "head",
    "Dropout stands behind the last layer: whole logits are left out, and a class that is left out cannot be told.",
    see="The head",
)
def dropout_on_the_logits(
    maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: Generator, masks: Rng
) -> Sequential:
    layers = cnn.head(maps, flat, hidden, classes, dropout, rng, masks)
    (left_out,) = (layer for layer in layers if isinstance(layer, Dropout))
    return Sequential(*(layer for layer in layers if layer is not left_out), left_out)


@misconception(
    "head",
    "The two dense layers follow on each other with nothing that bends between them: together they are one.",
    see="The head",
)
def dense_without_activation(
    maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: Generator, masks: Rng
) -> Sequential:
    layers = cnn.head(maps, flat, hidden, classes, dropout, rng, masks)
    return Sequential(*(layer for layer in layers if type(layer) is not ReLU))


@misconception(
    "head",
    "You give dropout the part of the units that stay. It takes the part that is left out.",
    see="The head",
)
def part_that_stays(
    maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: Generator, masks: Rng
) -> Sequential:
    return cnn.head(maps, flat, hidden, classes, 1 - dropout, rng, masks)


@misconception(
    "head",
    "You leave dropout out where there are no hidden units. It has something to leave out there, too: the means.",
    see="The head",
)
def means_without_dropout(
    maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: Generator, masks: Rng
) -> Sequential:
    if hidden:
        return cnn.head(maps, flat, hidden, classes, dropout, rng, masks)
    return Sequential(AdaptiveAvgPool2d(1), Flatten(), Dropout(0.0, rng=masks), Linear(maps, classes, rng=rng))


@misconception(
    "start",
    "You draw by Glorot's rule, which is for activations that do not cut half of the numbers off.",
    see="Where the weights begin",
)
def by_glorots_rule(layers: Iterable[Layer], rng: Generator) -> None:
    for layer in layers:
        if isinstance(layer, Conv2d | Linear):
            weight, bias = layer.parameters()
            xavier_normal_(weight, rng=rng)
            zeros_(bias)


@misconception(
    "start",
    "You leave the gain at 1. ReLU cuts half of the numbers off, and the rest has to make up for them.",
    see="Where the weights begin",
)
def without_gain(layers: Iterable[Layer], rng: Generator) -> None:
    for layer in layers:
        if isinstance(layer, Conv2d | Linear):
            weight, bias = layer.parameters()
            kaiming_normal_(weight, nonlinearity="linear", rng=rng)
            zeros_(bias)


@misconception(
    "start",
    "You count the outputs of a layer, and it is the numbers that are added up whose variance grows.",
    see="Where the weights begin",
)
def fan_out(layers: Iterable[Layer], rng: Generator) -> None:
    for layer in layers:
        if isinstance(layer, Conv2d | Linear):
            weight, bias = layer.parameters()
            kaiming_normal_(weight, mode="fan_out", nonlinearity="relu", rng=rng)
            zeros_(bias)


@misconception(
    "start",
    "The biases stay as they were drawn.",
    see="Where the weights begin",
)
def biases_as_drawn(layers: Iterable[Layer], rng: Generator) -> None:
    for layer in layers:
        if isinstance(layer, Conv2d | Linear):
            kaiming_normal_(layer.parameters()[0], nonlinearity="relu", rng=rng)


@misconception(
    "start",
    "The dense layers stay as they were drawn: you start the convolutions alone.",
    see="Where the weights begin",
)
def convolutions_alone(layers: Iterable[Layer], rng: Generator) -> None:
    cnn.start([layer for layer in layers if isinstance(layer, Conv2d)], rng)

"""VGG written another way, and just as right."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, Layer, Rng, Sequential, variant
from groundup.models.vgg.vgg import VGG
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.pool import MaxPool2d


@variant("plan", "whole columns: repeated numbers, and channels out moved down by one row")
def whole_columns(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    blocks = np.repeat(np.arange(len(depths)), depths)
    outputs = np.repeat(channels, depths)
    return np.column_stack([blocks, np.concatenate([[3], outputs[:-1]]), outputs])


@variant("plan", "a first row for each block, and copies of one that keeps its channels")
def first_and_further_rows(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    before = [3, *channels[:-1]]
    table: list[list[int]] = []
    for i in range(len(depths)):
        table += [[i, before[i], channels[i]]] + (depths[i] - 1) * [[i, channels[i], channels[i]]]
    return np.asarray(table)


@variant("plan", "a table of zeros, filled in place; a row looks up the one above")
def filled_table(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    table, row = np.zeros((sum(depths), 3), int), 0
    for i, count in enumerate(depths):
        table[row : row + count, 0], table[row : row + count, 2] = i, channels[i]
        row += count
    table[0, 1] = 3
    table[1:, 1] = table[:-1, 2]
    return table


@variant("block", "the convolutions first, then what stands behind each")
def convolutions_first(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    convolutions = [Conv2d(int(i), int(o), (3, 3), padding="same", rng=rng) for i, o in widths]
    groups: list[list[Layer]] = [
        [c, BatchNorm2d(c.out_channels), ReLU()] if batch_norm else [c, ReLU()] for c in convolutions
    ]
    return Sequential(*chain(*groups), MaxPool2d(kernel_size=2, stride=2))


@variant("block", "a list of layers, None where there is none")
def left_out_where_none(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    layers: list[Layer | None] = []
    for row in range(len(widths)):
        inputs, outputs = int(widths[row, 0]), int(widths[row, 1])
        layers += [Conv2d(inputs, outputs, 3, 1, 1, rng=rng), BatchNorm2d(outputs) if batch_norm else None, ReLU()]
    layers.append(MaxPool2d(2))
    return Sequential(*filter(None, layers))


@variant("VGG.backward", "the four stations as one Sequential")
def one_sequential(self: VGG, dy: Array) -> Any:
    return Sequential(self.features, self.avgpool, self.flatten, self.classifier).backward(dy)


@variant("VGG.backward", "every layer by itself, from the last to the first")
def layer_by_layer(self: VGG, dy: Array) -> Any:
    for _, layer in reversed(list(self.classifier.children())):
        dy = layer.backward(dy)
    dy = self.avgpool.backward(self.flatten.backward(dy))
    for _, layer in reversed(list(self.features.children())):
        dy = layer.backward(dy)
    return dy

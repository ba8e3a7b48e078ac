"""What people write instead of VGG."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, Layer, Rng, Sequential, misconception
from groundup.models.vgg.vgg import VGG, plan
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.pool import AvgPool2d, MaxPool2d


@misconception(
    "plan",
    "You widen at the last convolution of a block: it is the first that brings the new channels.",
    see="Blocks and channels",
)
def widened_at_the_end(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    rows, inputs = [], 3
    for i, (convolutions, outputs) in enumerate(zip(depths, channels, strict=True)):
        rows += [(i, inputs, inputs)] * (convolutions - 1) + [(i, inputs, outputs)]
        inputs = outputs
    return np.array(rows)


@misconception(
    "plan",
    "Each of your blocks begins with the 3 channels of the picture. It gets what the block before it gives.",
    see="Blocks and channels",
)
def always_from_the_picture(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    table = plan(depths, channels)
    first = np.flatnonzero(np.diff(table[:, 0], prepend=-1))
    table[first, 1] = 3
    return table


@misconception(
    "plan",
    "Your channels double at every block. The list of channels is given, and its last two are alike.",
    see="Blocks and channels",
)
def doubled_for_ever(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    return plan(depths, [channels[0] * 2**i for i in range(len(channels))])


@misconception(
    "plan",
    "Your blocks are counted from 1: the rows of block 0 will be looked for and not be found.",
    see="Build",
)
def counted_from_one(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    rows: IntArray = plan(depths, channels) + np.array([1, 0, 0])
    return rows


def _convolutions(widths: IntArray, rng: Rng, padding: int = 1) -> list[Conv2d]:
    return [Conv2d(inputs, outputs, 3, padding=padding, rng=rng) for inputs, outputs in widths.tolist()]


def _bent(convolutions: list[Conv2d], batch_norm: bool) -> list[Layer]:
    layers: list[Layer] = []
    for convolution in convolutions:
        norm = [BatchNorm2d(convolution.out_channels)] if batch_norm else []
        layers += [convolution, *norm, ReLU()]
    return layers


@misconception(
    "block",
    "Your block bends once, at its end: between two convolutions without a ReLU there is no gain over one.",
    see="Two small windows for a large one",
)
def bent_once(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    *first, last = _convolutions(widths, rng)
    straight = [layer for layer in _bent(first, batch_norm) if not isinstance(layer, ReLU)]
    return Sequential(*straight, *_bent([last], batch_norm), MaxPool2d(2))


@misconception(
    "block",
    "Without padding each convolution takes a pixel off every edge: of 32 pixels nothing would reach the fifth block.",
    see="Blocks and channels",
)
def no_padding(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    return Sequential(*_bent(_convolutions(widths, rng, padding=0), batch_norm), MaxPool2d(2))


@misconception(
    "block",
    "You pool before the convolutions: they are to look at all the pixels, and what they found is then thinned out.",
    see="Blocks and channels",
)
def pooled_first(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    return Sequential(MaxPool2d(2), *_bent(_convolutions(widths, rng), batch_norm))


@misconception(
    "block",
    "You pool by the mean. VGG asks whether a feature is there, and takes the maximum.",
    see="Blocks and channels",
)
def pooled_by_the_mean(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    return Sequential(*_bent(_convolutions(widths, rng), batch_norm), AvgPool2d(2))


@misconception(
    "block",
    "Your normalisation stands behind the ReLU. It belongs before it: a mean of 0 is what lets half of it through.",
    see="Build",
)
def normalised_after_the_bend(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    layers: list[Layer] = []
    for convolution in _convolutions(widths, rng):
        norm = [BatchNorm2d(convolution.out_channels)] if batch_norm else []
        layers += [convolution, ReLU(), *norm]
    return Sequential(*layers, MaxPool2d(2))


@misconception(
    "block",
    "batch_norm is ignored: your block never normalises.",
    see="Build",
)
def never_normalised(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    return Sequential(*_bent(_convolutions(widths, rng), False), MaxPool2d(2))


@misconception(
    "VGG.backward",
    "You stop where the classifier begins: the convolutions get no gradient, and would stay as they were drawn.",
    see="Build",
)
def classifier_alone(self: VGG, dy: Array) -> Any:
    return self.avgpool.backward(self.flatten.backward(self.classifier.backward(dy)))

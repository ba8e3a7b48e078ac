"""VGG: nothing but 3 × 3 convolutions, five poolings, and three dense layers.

    (1)  a block        k times (conv 3 × 3, padding 1 – ReLU), then max pooling 2 × 2: half the size
    (2)  VGG-11         blocks of 1, 1, 2, 2, 2 convolutions;      VGG-16   of 2, 2, 3, 3, 3
    (3)  channels       64, 128, 256, 512, 512, the same within a block
    (4)  classifier     4096 – dropout – 4096 – dropout – classes

Two 3 × 3 convolutions see what one of 5 × 5 sees, with 18 in place of 25 weights a pair of channels, and a ReLU more.
``batch_norm`` puts a batch normalisation after each convolution; ``width`` scales all channels for small trials.
Axes: (N, 3, 224, 224), or any size of at least 32 pixels.
Derivation: lesson.md, "Derive".  Source: Simonyan and Zisserman, ICLR 2015, table 1, columns A and D.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from groundup.core import Array, IntArray, Layer, Rng, Sequential, expect_in, expect_positive, generator
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.dropout import Dropout
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, MaxPool2d

DEPTHS = {11: (1, 1, 2, 2, 2), 16: (2, 2, 3, 3, 3)}  # convolutions a block, Eq. 2
CHANNELS = (64, 128, 256, 512, 512)


class VGG(Layer):
    """Map (N, 3, H, W) to logits (N, num_classes) by Eqs. 1 to 4; ``depth`` is 11 or 16.

    State keys are torchvision's: "features.0.weight", ..., "classifier.0.weight", "classifier.3.weight", ...
    Raises ValueError for another depth or sizes below 1, TypeError without ``rng``, ShapeError for too small a picture.
    """

    def __init__(
        self,
        depth: int = 16,
        num_classes: int = 1000,
        dropout: float = 0.5,
        *,
        batch_norm: bool = False,
        width: float = 1.0,
        rng: Rng | None = None,
    ) -> None:
        if depth not in DEPTHS:
            raise ValueError(f"VGG: expected depth to be one of {', '.join(map(str, DEPTHS))}, got {depth!r}")
        expect_positive("VGG", num_classes=num_classes)
        expect_in("VGG", "width", width, 1e-3)
        draw, hidden = generator("VGG", rng), max(1, round(4096 * width))
        table = plan(DEPTHS[depth], [max(1, round(c * width)) for c in CHANNELS])
        blocks = [block(table[table[:, 0] == i, 1:], batch_norm, draw) for i in range(len(CHANNELS))]
        self.features = Sequential(*(layer for part in blocks for layer in part))  # counted through, as torchvision
        self.avgpool = AdaptiveAvgPool2d((7, 7))
        self.classifier = Sequential(
            Linear(int(table[-1, 2]) * 49, hidden, rng=draw), ReLU(), Dropout(dropout, rng=draw),
            Linear(hidden, hidden, rng=draw), ReLU(), Dropout(dropout, rng=draw), Linear(hidden, num_classes, rng=draw),
        )  # fmt: skip
        self.flatten = Flatten()

    def forward(self, x: Array) -> Array:
        """(N, 3, H, W) -> (N, num_classes)."""
        logits: Array = self.classifier(self.flatten(self.avgpool(self.features(x))))
        return logits

    def backward(self, dy: Array) -> Any:
        """(N, num_classes) -> (N, 3, H, W)."""
        d = self.flatten.backward(self.classifier.backward(dy))
        return self.features.backward(self.avgpool.backward(d))

    def needs_input_grad(self, needed: bool = True) -> Self:
        """Whether anybody reads dx: the first convolution computes it."""
        self.features.needs_input_grad(needed)
        return super().needs_input_grad(needed)


def plan(depths: Sequence[int], channels: Sequence[int]) -> IntArray:
    """(K, 3), a row for each convolution: its block, counted from 0, and the channels in and out, Eqs. 2 and 3.

    >>> plan((1, 2), (64, 128)).tolist()
    [[0, 3, 64], [1, 64, 128], [1, 128, 128]]
    """
    rows, inputs = [], 3
    for i, (convolutions, outputs) in enumerate(zip(depths, channels, strict=True)):
        for _ in range(convolutions):
            rows.append((i, inputs, outputs))
            inputs = outputs
    return np.array(rows)


def block(widths: IntArray, batch_norm: bool, rng: Rng) -> Sequential:
    """Eq. 1: a convolution for each row (channels in, channels out) of ``widths``, drawn in this order; pooling."""
    layers: list[Layer] = []
    for inputs, outputs in widths.tolist():
        layers.append(Conv2d(inputs, outputs, 3, padding=1, rng=rng))
        layers += [BatchNorm2d(outputs), ReLU()] if batch_norm else [ReLU()]
    return Sequential(*layers, MaxPool2d(2))

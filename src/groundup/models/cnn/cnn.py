"""CNN: stages of convolutions and pooling that read a picture, and a small dense head that decides.

    (1)  a stage     B times (conv K × K – ReLU), then max pooling 2 × 2
    (2)  s ← ⌊(s + B (2P - K + 1)) / 2⌋                  pixels along an axis, after each stage
    (3)  F = C s²                                         numbers that the C maps of the last stage hold
    (4)  head        row of F – dense D – ReLU – dropout – dense, one logit a class
    (5)  or          the mean of each of the C maps – dropout – dense, where D is 0
    (6)  weights     normal with mean 0 and Var(w) = 2 / fan_in; biases 0                              He's rule

The defaults are the first network of most courses: 32 and 64 filters of 3 × 3 without padding, 128 hidden units,
dropout 0.5. ``batch_norm`` puts a normalisation between each convolution and its ReLU.
Axes: N batch, C channels, (H, H) pixels, 28 unless told otherwise; kernel K, padding P.
Derivation: lesson.md, "Derive".  Sources: LeCun et al., Proceedings of the IEEE 86 (1998), for the plan; He et al.,
ICCV 2015, section 2.2, for Eq. 6; Lin, Chen, Yan, ICLR 2014, section 3.2, for Eq. 5.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from groundup.core import Array, Layer, Rng, Sequential, ShapeError, expect_in, expect_positive, expect_rank, generator
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.conv.conv import output_size
from groundup.nn.dropout import Dropout
from groundup.nn.flatten import Flatten
from groundup.nn.init import kaiming_normal_, zeros_
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, MaxPool2d


def features(size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1) -> int:
    """F of Eq. 3: how many numbers the last stage gives for a picture of ``size`` by ``size`` pixels.

    ``channels`` has an entry for each stage; 0 where the picture is too small to leave a pixel.

    >>> features(28, (32, 64))
    1600
    """
    for _ in channels:
        for _ in range(blocks):
            size = output_size(size, kernel_size, padding=padding)
        size = max(0, size // 2)  # a row that is left over is dropped, Eq. 2
    return channels[-1] * size**2


def stage(
    inputs: int, outputs: int, kernel_size: int, padding: int, blocks: int, batch_norm: bool, rng: np.random.Generator
) -> Sequential:
    """The layers of Eq. 1: (N, inputs, H, W) -> (N, outputs, H', W'); weights are drawn from ``rng`` in their order.

    The first convolution changes the number of channels, the others keep it. ``batch_norm`` puts a BatchNorm2d between
    each convolution and its ReLU.
    """
    layers: list[Layer] = []
    for block in range(blocks):
        layers.append(Conv2d(outputs if block else inputs, outputs, kernel_size, padding=padding, rng=rng))
        layers += [BatchNorm2d(outputs), ReLU()] if batch_norm else [ReLU()]
    return Sequential(*layers, MaxPool2d(2))


def head(
    maps: int, flat: int, hidden: int, classes: int, dropout: float, rng: np.random.Generator, masks: Rng
) -> Sequential:
    """The layers of Eq. 4, or of Eq. 5 where ``hidden`` is 0: (N, maps, s, s) -> (N, classes); flat = maps s².

    Weights are drawn from ``rng`` in this order; dropout draws its masks from ``masks``.
    """
    if hidden == 0:
        return Sequential(AdaptiveAvgPool2d(1), Flatten(), Dropout(dropout, rng=masks), Linear(maps, classes, rng=rng))
    dense = Linear(flat, hidden, rng=rng)
    return Sequential(Flatten(), dense, ReLU(), Dropout(dropout, rng=masks), Linear(hidden, classes, rng=rng))


def start(layers: Iterable[Layer], rng: np.random.Generator) -> None:
    """Draw the weight of every convolution and dense layer anew by Eq. 6, in order, and set its bias to 0."""
    for layer in layers:
        if isinstance(layer, Conv2d | Linear):
            weight, bias = layer.parameters()
            kaiming_normal_(weight, nonlinearity="relu", rng=rng)
            zeros_(bias)


class CNN(Sequential):
    """Map (N, in_channels, size, size) to logits (N, num_classes) by Eqs. 1 to 6.

    A stage for each entry of ``channels``, ``blocks`` convolutions in each. With hidden=0 pictures may have any size.
    State keys are those of torch.nn.Sequential: "0.weight", "3.weight", "7.weight", "10.weight", biases.

    Raises ValueError for sizes below 1, a dropout outside [0, 1] and pictures too small to leave a pixel; TypeError
    without ``rng``; ShapeError in ``forward`` for pictures of another shape.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        channels: Sequence[int] = (32, 64),
        hidden: int = 128,
        dropout: float = 0.5,
        *,
        kernel_size: int = 3,
        padding: int = 0,
        batch_norm: bool = False,
        blocks: int = 1,
        size: int = 28,
        rng: Rng | None = None,
    ) -> None:
        expect_positive("CNN", num_classes=num_classes, in_channels=in_channels, stages=len(channels))
        expect_positive("CNN", **{f"channels[{i}]": width for i, width in enumerate(channels)})
        expect_positive("CNN", kernel_size=kernel_size, blocks=blocks, size=size)
        expect_in("CNN", "hidden", hidden, 0)
        expect_in("CNN", "padding", padding, 0)
        flat = features(size, channels, kernel_size, padding, blocks)
        if flat == 0:
            raise ValueError(f"CNN: expected pictures that leave a pixel after {len(channels)} stages, got {size=}")
        draw = generator("CNN", rng)
        (masks,) = draw.spawn(1)  # dropout's own, so that weights do not hang on how often it drew
        layers: list[Layer] = []
        for inputs, outputs in zip((in_channels, *channels), channels, strict=False):
            layers += stage(inputs, outputs, kernel_size, padding, blocks, batch_norm, draw)
        layers += head(channels[-1], flat, hidden, num_classes, dropout, draw, masks)
        start(layers, draw)
        super().__init__(*layers)
        self.shape = (in_channels, size, size) if hidden else None  # None: any size, the mean takes what comes

    def forward(self, x: Array) -> Array:
        """(N, in_channels, size, size) -> (N, num_classes)."""
        if expect_rank("CNN.forward", x, "NCHW").shape[1:] != (self.shape or x.shape[1:]):
            raise ShapeError(
                f"CNN.forward: expected pictures of shape {self.shape}, got {x.shape[1:]}; "
                "set in_channels and size, or hidden=0 for any size"
            )
        logits: Array = super().forward(x)
        return logits

"""ResNet: blocks that add what they compute to what came in.

    (1)  block       y = ReLU(x̃ + BN(conv 3 × 3 (ReLU(BN(conv 3 × 3 (x))))))
    (2)  shortcut    x̃ = x, or BN(conv 1 × 1 / stride (x)) where the size or the channels change
    (3)  ResNet-18   conv 7 × 7 / 2 – BN – ReLU – pool 3 × 3 / 2; 4 stages of 2 blocks: 64, 128, 256, 512; mean; dense
    (4)  CIFAR       conv 3 × 3 – BN – ReLU; three stages of n blocks: 16, 32, 64; mean; dense: 6n + 2 layers

The first block of each stage but the first halves the picture. Back through Eq. 1 the gradient of the sum goes both
ways, so a part of it reaches every block unchanged.
Axes: (N, 3, 224, 224), or (N, 3, 32, 32) for the CIFAR form; smaller and larger ones pass, too.
Derivation: lesson.md, "Derive".  Source: He, Zhang, Ren, Sun, CVPR 2016, table 1 and section 4.2 (with projections).
"""

from collections.abc import Sequence
from typing import Any

from groundup.core import Array, Layer, Rng, Sequential, expect_positive, generator
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.flatten import Flatten
from groundup.nn.init import kaiming_normal_
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, MaxPool2d


class BasicBlock(Layer):
    """Eqs. 1 and 2. Keys: conv1, bn1, conv2, bn2, and downsample.0, downsample.1 where there is a projection."""

    def __init__(self, inputs: int, outputs: int, stride: int, rng: Rng) -> None:
        self.conv1 = _conv(inputs, outputs, 3, stride, rng)
        self.bn1 = BatchNorm2d(outputs)
        self.relu1 = ReLU()
        self.conv2 = _conv(outputs, outputs, 3, 1, rng)
        self.bn2 = BatchNorm2d(outputs)
        self.relu2 = ReLU()
        if stride != 1 or inputs != outputs:
            self.downsample = Sequential(_conv(inputs, outputs, 1, stride, rng), BatchNorm2d(outputs))

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, O, H/stride, W/stride)."""
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        shortcut = self.downsample(x) if hasattr(self, "downsample") else x
        out: Array = self.relu2(y + shortcut)
        return out

    def backward(self, dy: Array) -> Any:
        """The gradient of the sum goes both ways, and comes back as one."""
        dsum = self.relu2.backward(dy)
        dx = self.conv1.backward(self.bn1.backward(self.relu1.backward(self.conv2.backward(self.bn2.backward(dsum)))))
        return dx + (self.downsample.backward(dsum) if hasattr(self, "downsample") else dsum)


class ResNet(Layer):
    """Map (N, 3, H, W) to logits (N, num_classes); ``resnet18`` and ``resnet_cifar`` make the two of the paper.

    State keys are torchvision's: conv1, bn1, layer1.0.conv1, ..., layer2.0.downsample.0, ..., fc.
    Raises ValueError for sizes below 1, TypeError without ``rng``, ShapeError for pictures that do not fit.
    """

    def __init__(
        self,
        blocks: Sequence[int],
        channels: Sequence[int],
        num_classes: int = 1000,
        *,
        small_stem: bool = False,
        rng: Rng | None = None,
    ) -> None:
        expect_positive("ResNet", num_classes=num_classes, **{f"blocks[{i}]": n for i, n in enumerate(blocks)})
        expect_positive("ResNet", **{f"channels[{i}]": c for i, c in enumerate(channels)})
        draw = generator("ResNet", rng)
        self.conv1 = _conv(3, channels[0], 3 if small_stem else 7, 1 if small_stem else 2, draw)
        self.bn1, self.relu = BatchNorm2d(channels[0]), ReLU()
        self.maxpool = None if small_stem else MaxPool2d(3, stride=2, padding=1)
        self.stages = []
        inputs = channels[0]
        for i, (count, outputs) in enumerate(zip(blocks, channels, strict=True)):
            first = BasicBlock(inputs, outputs, 1 if i == 0 else 2, draw)
            self.stages.append(Sequential(first, *(BasicBlock(outputs, outputs, 1, draw) for _ in range(count - 1))))
            inputs = outputs
        self.avgpool, self.flatten = AdaptiveAvgPool2d(1), Flatten()
        self.fc = Linear(inputs, num_classes, rng=draw)

    def children(self) -> Any:
        """The stages are called layer1, layer2, ..., as torchvision calls them."""
        for name, child in super().children():
            stage, _, index = name.partition(".")
            yield (f"layer{int(index) + 1}" if stage == "stages" else name), child

    def forward(self, x: Array) -> Array:
        """(N, 3, H, W) -> (N, num_classes)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = y if self.maxpool is None else self.maxpool(y)
        for stage in self.stages:
            y = stage(y)
        logits: Array = self.fc(self.flatten(self.avgpool(y)))
        return logits

    def backward(self, dy: Array) -> Any:
        """(N, num_classes) -> (N, 3, H, W)."""
        d: Any = self.avgpool.backward(self.flatten.backward(self.fc.backward(dy)))
        for stage in reversed(self.stages):
            d = stage.backward(d)
        d = d if self.maxpool is None else self.maxpool.backward(d)
        return self.conv1.backward(self.bn1.backward(self.relu.backward(d)))

    def needs_input_grad(self, needed: bool = True) -> "ResNet":
        """Whether anybody reads dx: the first convolution computes it."""
        self.conv1.needs_input_grad(needed)
        self.input_grad = needed
        return self


def resnet18(num_classes: int = 1000, *, width: int = 64, rng: Rng | None = None) -> ResNet:
    """Eq. 3; ``width`` is 64 in the paper."""
    return ResNet((2, 2, 2, 2), [width * k for k in (1, 2, 4, 8)], num_classes, rng=rng)


def resnet_cifar(n: int = 3, num_classes: int = 10, *, width: int = 16, rng: Rng | None = None) -> ResNet:
    """Eq. 4: 20 layers for n = 3; ``width`` is 16 in the paper."""
    return ResNet((n, n, n), [width, 2 * width, 4 * width], num_classes, small_stem=True, rng=rng)


def _conv(inputs: int, outputs: int, kernel: int, stride: int, rng: Rng) -> Conv2d:
    """A convolution without bias, which the normalisation behind it would take away; He's start by fan out."""
    layer = Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False, rng=rng)
    kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu", rng=rng)
    return layer

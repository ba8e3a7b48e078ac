"""ResNet in PyTorch, with torchvision's keys."""

from collections.abc import Sequence

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        out: Tensor = (y + (x if self.downsample is None else self.downsample(x))).relu()
        return out


class ResNet(nn.Module):
    """Stem, stages, mean, dense."""

    def __init__(
        self, blocks: Sequence[int], channels: Sequence[int], num_classes: int = 1000, *, small_stem: bool = False
    ) -> None:
        super().__init__()
        kernel = 3 if small_stem else 7
        self.conv1 = nn.Conv2d(3, channels[0], kernel, 1 if small_stem else 2, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(channels[0])
        self.maxpool = nn.Identity() if small_stem else nn.MaxPool2d(3, 2, 1)
        inputs, self.depth = channels[0], len(blocks)
        for i, (count, outputs) in enumerate(zip(blocks, channels, strict=True)):
            first = BasicBlock(inputs, outputs, 1 if i == 0 else 2)
            stage = nn.Sequential(first, *(BasicBlock(outputs, outputs, 1) for _ in range(count - 1)))
            setattr(self, f"layer{i + 1}", stage)
            inputs = outputs
        self.fc = nn.Linear(inputs, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        y = self.maxpool(self.bn1(self.conv1(x)).relu())
        for i in range(self.depth):
            y = getattr(self, f"layer{i + 1}")(y)
        logits: Tensor = self.fc(y.mean(dim=(2, 3)))
        return logits


def resnet18(num_classes: int = 1000, *, width: int = 64) -> ResNet:
    """Four stages of two blocks."""
    return ResNet((2, 2, 2, 2), [width * k for k in (1, 2, 4, 8)], num_classes)


def resnet_cifar(n: int = 3, num_classes: int = 10, *, width: int = 16) -> ResNet:
    """Three stages of n blocks."""
    return ResNet((n, n, n), [width, 2 * width, 4 * width], num_classes, small_stem=True)

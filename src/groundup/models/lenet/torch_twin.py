"""LeNet-5 in PyTorch, with the keys of ours."""

from torch import nn


def side(size: int, padding: int = 2) -> int:
    """Pixels along an axis of what the second pooling gives."""
    return ((size + 2 * padding - 4) // 2 - 4) // 2


def LeNet(
    num_classes: int = 10,
    in_channels: int = 1,
    activation: str = "tanh",
    pool: str = "average",
    padding: int = 2,
    size: int = 28,
) -> nn.Sequential:
    """The same layers in the same order."""
    act = {"tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    shrink = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}[pool]
    return nn.Sequential(
        nn.Conv2d(in_channels, 6, 5, padding=padding), act(), shrink(2),
        nn.Conv2d(6, 16, 5), act(), shrink(2), nn.Flatten(),
        nn.Linear(16 * side(size, padding) ** 2, 120), act(), nn.Linear(120, 84), act(), nn.Linear(84, num_classes),
    )  # fmt: skip

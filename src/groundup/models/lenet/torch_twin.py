"""LeNet-5 in PyTorch, with the keys of ours."""

from torch import nn


def LeNet(
    num_classes: int = 10, in_channels: int = 1, activation: str = "tanh", pool: str = "average", padding: int = 2
) -> nn.Sequential:
    """The same layers in the same order."""
    act = {"tanh": nn.Tanh, "relu": nn.ReLU}[activation]
    shrink = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}[pool]
    return nn.Sequential(
        nn.Conv2d(in_channels, 6, 5, padding=padding), act(), shrink(2),
        nn.Conv2d(6, 16, 5), act(), shrink(2), nn.Flatten(),
        nn.Linear(400, 120), act(), nn.Linear(120, 84), act(), nn.Linear(84, num_classes),
    )  # fmt: skip

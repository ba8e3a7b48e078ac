"""The same network in PyTorch, with the keys of ours."""

from collections.abc import Sequence

from torch import nn


def features(size: int, channels: Sequence[int], kernel_size: int = 3, padding: int = 0, blocks: int = 1) -> int:
    """Numbers that the last stage gives."""
    for _ in channels:
        size = (size + blocks * (2 * padding - kernel_size + 1)) // 2
    return channels[-1] * max(0, size) ** 2


def CNN(
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
) -> nn.Sequential:
    """The same layers in the same order, started by He's rule."""
    layers: list[nn.Module] = []
    inputs = in_channels
    for outputs in channels:
        for _ in range(blocks):
            layers.append(nn.Conv2d(inputs, outputs, kernel_size, padding=padding))
            layers += [nn.BatchNorm2d(outputs), nn.ReLU()] if batch_norm else [nn.ReLU()]
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    if hidden:
        flat = features(size, channels, kernel_size, padding, blocks)
        layers += [nn.Flatten(), nn.Linear(flat, hidden), nn.ReLU(), nn.Dropout(dropout)]
    else:
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(dropout)]
    layers.append(nn.Linear(hidden or inputs, num_classes))
    for layer in layers:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)

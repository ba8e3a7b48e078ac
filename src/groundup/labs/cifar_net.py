"""ResNet9: a short residual network for pictures of 32 x 32, in PyTorch, as a PyTorch user writes it.

    (1)  unit(i, o)      conv 3 × 3, i to o channels, no bias – batch norm – ReLU
    (2)  residual(c)     y = x + unit(unit(x))
    (3)  the network     unit(3, w) – unit(w, 2w) – pool – residual(2w) – unit(2w, 4w) – pool – unit(4w, 8w) – pool
                         – residual(8w) – the largest of each map – dense, its logits scaled by 1/8

Axes: (N, 3, 32, 32) to (N, classes); w is the width. Eight convolutions and one dense layer.
Sources: He et al., CVPR 2016, for Eq. 2; the layout is that of D. Page's entry to DAWNBench (2018), narrower.
"""

from torch import Tensor, nn


def unit(inputs: int, outputs: int, *, pool: bool = False) -> nn.Sequential:
    """Eq. 1, and max pooling 2 x 2 where asked for."""
    conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU(), *([nn.MaxPool2d(2)] if pool else []))


class Residual(nn.Module):
    """Eq. 2: (N, C, H, W) to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.units = nn.Sequential(unit(channels, channels), unit(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.units(x)
        return out


class ResNet9(nn.Module):
    """Eq. 3."""

    def __init__(self, width: int = 24, classes: int = 10) -> None:
        super().__init__()
        w = width
        self.features = nn.Sequential(
            unit(3, w), unit(w, 2 * w, pool=True), Residual(2 * w),  # (N, 2w, 16, 16)
            unit(2 * w, 4 * w, pool=True),  # (N, 4w, 8, 8)
            unit(4 * w, 8 * w, pool=True), Residual(8 * w),  # (N, 8w, 4, 4)
            nn.AdaptiveMaxPool2d(1), nn.Flatten(),  # (N, 8w)
        )  # fmt: skip
        self.classifier = nn.Linear(8 * w, classes, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(x)) / 8
        return logits

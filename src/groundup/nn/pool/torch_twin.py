"""Pooling in PyTorch: classes of the same names and arguments, and the formulas by hand where torch has them inside."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MaxPool1d = nn.MaxPool1d
MaxPool2d = nn.MaxPool2d
AvgPool1d = nn.AvgPool1d
AvgPool2d = nn.AvgPool2d
AdaptiveAvgPool1d = nn.AdaptiveAvgPool1d
AdaptiveAvgPool2d = nn.AdaptiveAvgPool2d
AdaptiveMaxPool1d = nn.AdaptiveMaxPool1d
AdaptiveMaxPool2d = nn.AdaptiveMaxPool2d


def windows(x: Tensor, kernel: tuple[int, int], stride: tuple[int, int]) -> Tensor:
    """(N, C, H, W) -> (N, C, OH, OW, KH, KW): every window as a view."""
    return x.unfold(2, kernel[0], stride[0]).unfold(3, kernel[1], stride[1])


def winners(x: Tensor, kernel: tuple[int, int], stride: tuple[int, int]) -> Tensor:
    """Where in the image each maximum was found: H W places, counted row by row."""
    return F.max_pool2d(x, kernel, stride, return_indices=True)[1]


def global_average(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C): what AdaptiveAvgPool2d(1) and a flatten give."""
    return torch.mean(x, dim=(2, 3))

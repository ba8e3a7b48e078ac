"""Preprocessing in PyTorch: torchvision.transforms.v2 has these names; below is what stands behind them."""

import torch
from torch import Tensor
from torch.nn import functional as F


def to_float(x: Tensor) -> Tensor:
    """Bytes -> float32 in [0, 1]: v2.ToDtype(torch.float32, scale=True)."""
    return x.to(torch.float32) / 255


def to_nchw(x: Tensor) -> Tensor:
    """(N, H, W, C) -> (N, C, H, W), in one piece of memory."""
    return x.permute(0, 3, 1, 2).contiguous()


def to_nhwc(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H, W, C)."""
    return x.permute(0, 2, 3, 1).contiguous()


def rgb_to_grey(x: Tensor) -> Tensor:
    """(N, 3, H, W) -> (N, 1, H, W) as a convolution of one pixel: v2.Grayscale()."""
    return F.conv2d(x, torch.tensor([0.299, 0.587, 0.114], dtype=x.dtype).reshape(1, 3, 1, 1))


def grey_to_rgb(x: Tensor) -> Tensor:
    """(N, 1, H, W) -> (N, 3, H, W) without a copy: the channels share one memory."""
    return x.expand(-1, 3, -1, -1)


def bgr_to_rgb(x: Tensor) -> Tensor:
    """(N, 3, H, W), channels the other way round."""
    return x.flip(1)


def center_crop(x: Tensor, height: int, width: int) -> Tensor:
    """The middle: two cuts along one axis each, views both."""
    x = x.narrow(2, (x.shape[2] - height) // 2, height)
    return x.narrow(3, (x.shape[3] - width) // 2, width)


def pad_to_square(x: Tensor, fill: float = 0.0) -> Tensor:
    """(N, C, H, W) -> (N, C, S, S); F.pad names the last axis first."""
    down, across = (max(x.shape[2:]) - n for n in x.shape[2:])
    return F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2), value=fill)


def resize(x: Tensor, size: tuple[int, int], mode: str = "bilinear", antialias: bool = True) -> Tensor:
    """(N, C, H, W) -> (N, C, *size). interpolate takes antialias=False unless told; torchvision's resize, True."""
    return F.interpolate(x, size, mode=mode, antialias=antialias and mode == "bilinear")


def channel_statistics(x_train: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel; torch.std divides by n - 1 unless told not to."""
    return x_train.mean(dim=(0, 2, 3)), x_train.std(dim=(0, 2, 3), correction=0)


def normalize(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """v2.Normalize(mean, std)."""
    return (x - mean[:, None, None]) / std[:, None, None]

"""Augmentation in PyTorch, each picture by its own draw; torchvision.transforms.v2 draws once for a whole batch."""

import torch
from torch import Tensor
from torch.nn import functional as F


def hflip(x: Tensor, chosen: Tensor) -> Tensor:
    """(N, C, H, W) with the pictures where ``chosen`` (N,) is true mirrored."""
    return torch.where(chosen[:, None, None, None], x.flip(-1), x)


def crop(x: Tensor, top: Tensor, left: Tensor, height: int, width: int) -> Tensor:
    """(N, C, H, W) -> (N, C, height, width), from each picture its own window."""
    windows = x.unfold(2, height, 1).unfold(3, width, 1)  # (N, C, H - height + 1, W - width + 1, height, width)
    return windows[torch.arange(len(x)), :, top, left]


def affine(x: Tensor, inverse: Tensor) -> Tensor:
    """(N, C, H, W) with each picture mapped by its ``inverse`` (N, 2, 3) in pixels.

    affine_grid counts from -1 to 1 across the picture, whatever its size, so the matrix has to be rescaled.
    """
    half = torch.tensor([x.shape[3], x.shape[2]], dtype=x.dtype) / 2  # one unit across, one unit down
    linear, shift = inverse[:, :, :2] * half / half[:, None], inverse[:, :, 2:] / half[:, None]
    grid = F.affine_grid(torch.cat([linear, shift], dim=2), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def erase(x: Tensor, top: Tensor, left: Tensor, height: Tensor, width: Tensor, value: float = 0.0) -> Tensor:
    """(N, C, H, W) with ``value`` in one rectangle a picture, picture by picture."""
    y = x.clone()
    for picture, i, j, h, w in zip(y, top, left, height, width, strict=True):
        picture[:, max(i, 0) : max(i + h, 0), max(j, 0) : max(j + w, 0)] = value
    return y


def adjust_brightness(x: Tensor, factor: Tensor) -> Tensor:
    """Each picture times its own factor, cut to [0, 1]."""
    return (x * factor[:, None, None, None]).clamp(0, 1)


def adjust_contrast(x: Tensor, factor: Tensor) -> Tensor:
    """Each picture between its own mean grey and itself, or beyond itself: torch.lerp."""
    weights = torch.tensor([0.299, 0.587, 0.114] if x.shape[1] == 3 else [1.0] * x.shape[1], dtype=x.dtype)
    grey = torch.einsum("nchw,c->n", x, weights / weights.sum()) / (x.shape[2] * x.shape[3])
    return torch.lerp(grey[:, None, None, None].expand_as(x), x, factor[:, None, None, None]).clamp(0, 1)

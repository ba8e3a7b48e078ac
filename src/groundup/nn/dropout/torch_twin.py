"""Dropout in PyTorch. Its generator is another one, so the same seed draws another mask: hand it ours to compare."""

import torch
from torch import Tensor, nn

Dropout = nn.Dropout
Dropout2d = nn.Dropout2d


def inverted_mask(u: Tensor, p: float, dtype: torch.dtype) -> Tensor:
    """m of Eq. 1."""
    scale = 1 / (1 - p) if p < 1 else 0.0
    return (u >= p).to(dtype) * scale


class GivenMask(nn.Module):
    """Dropout by a mask that somebody else drew; autograd finds Eq. 4."""

    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.mask = mask

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask

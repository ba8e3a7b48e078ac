"""Positions in PyTorch: torch.nn has no layer for them, so these are written as users write them."""

import torch
from torch import Tensor, nn


def sinusoidal(positions: int, width: int, base: float = 10000.0) -> Tensor:
    """The table of sines and cosines."""
    t = torch.arange(positions, dtype=torch.float64)[:, None]
    angles = t / base ** (torch.arange(0, width, 2, dtype=torch.float64) / width)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :width]


class LearnedPositionalEmbedding(nn.Module):
    """A row for each position."""

    def __init__(self, max_len: int, d_model: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(max_len, d_model).normal_(0, 0.02))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight[: x.shape[-2]]


def rotary(x: Tensor, base: float = 10000.0, interleaved: bool = True) -> Tensor:
    """Pairs as complex numbers, turned by a product."""
    steps, width = x.shape[-2:]
    angles = torch.arange(steps)[:, None] * base ** (-torch.arange(0, width, 2, dtype=x.dtype) / width)
    turn = torch.polar(torch.ones_like(angles), angles)
    front = x.shape[:-1]
    pairs = x.reshape(*front, -1, 2) if interleaved else x.reshape(*front, 2, -1).transpose(-1, -2)
    turned: Tensor = torch.view_as_real(torch.view_as_complex(pairs.contiguous()) * turn)
    return (turned if interleaved else turned.transpose(-1, -2)).flatten(-2)

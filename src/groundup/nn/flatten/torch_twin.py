"""Flatten and Unflatten in PyTorch; autograd turns the shape back."""

import torch
from torch import Tensor, nn

Flatten = nn.Flatten
Unflatten = nn.Unflatten


def flat_shape(shape: tuple[int, ...], start_dim: int, end_dim: int) -> tuple[int, ...]:
    """The shape of Eq. 2, asked of torch without any numbers."""
    return tuple(torch.empty(shape, device="meta").flatten(start_dim, end_dim).shape)


def shares_memory(x: Tensor) -> bool:
    """Whether flattening is a view of x, as it is where the numbers lie in row-major order, or a copy."""
    return x.flatten(1).untyped_storage().data_ptr() == x.untyped_storage().data_ptr()


def columns_for_channels_last(weight: Tensor, image: tuple[int, int, int]) -> Tensor:
    """(O, C H W) -> (O, H W C)."""
    return weight.reshape(-1, *image).permute(0, 2, 3, 1).flatten(1)

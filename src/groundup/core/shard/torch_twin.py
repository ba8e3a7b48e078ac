"""Shards in PyTorch: what DistributedDataParallel does over machines, here one after the other in one process."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def deal(x: Tensor, shards: int, axis: int = 0) -> list[Tensor]:
    """``tensor_split``: lengths that differ by at most one."""
    return list(torch.tensor_split(x, shards, dim=axis))


def add_in_order(parts: Sequence[Tensor]) -> Tensor:
    """p₀ + p₁ + ..."""
    total = parts[0].clone()
    for part in parts[1:]:
        total = total + part
    return total


def sharded_gradients(module: nn.Module, x: Tensor, dy: Tensor, shards: int) -> list[Tensor]:
    """The gradient of every parameter, shard by shard; what all-reduce adds up between machines."""
    parameters, found = list(module.parameters()), []
    for rows, upstream in zip(deal(x, shards), deal(dy, shards), strict=True):
        found.append(torch.autograd.grad(module(rows), parameters, upstream))
    return [add_in_order(parts) for parts in zip(*found, strict=True)]

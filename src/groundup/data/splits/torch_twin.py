"""Splits in PyTorch, which has random_split and knows neither classes nor groups; scikit-learn has those."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Subset, TensorDataset, random_split

__all__ = ["random_parts", "standardise"]


def random_parts(x: Tensor, y: Tensor, sizes: Sequence[float], seed: int) -> list[Subset[tuple[Tensor, ...]]]:
    """Parts of these shares, rows at random, the same again from the same seed. A rare class may miss a part."""
    return random_split(TensorDataset(x, y), list(sizes), torch.Generator().manual_seed(seed))


def standardise(train: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
    """All by mean and deviation of the training rows; PyTorch's std divides by N - 1 unless it is told otherwise."""
    mean, scale = train.mean(0), train.std(0, correction=0)
    scale = torch.where(scale > 0, scale, 1.0)
    return tuple((x - mean) / scale for x in (train, *others))

"""Initialisation in PyTorch: torch.nn.init, and by hand the standard deviations that it keeps to itself."""

import math
from typing import Any

from torch import Tensor
from torch.nn.init import (
    _calculate_fan_in_and_fan_out,
    calculate_gain,
    constant_,
    kaiming_normal_,
    kaiming_uniform_,
    normal_,
    ones_,
    orthogonal_,
    uniform_,
    xavier_normal_,
    xavier_uniform_,
    zeros_,
)

__all__ = [
    "calculate_gain", "constant_", "fans", "gram", "kaiming_normal_", "kaiming_std", "kaiming_uniform_", "normal_",
    "ones_", "orthogonal_", "uniform_", "uniform_bound", "xavier_normal_", "xavier_std", "xavier_uniform_", "zeros_",
]  # fmt: skip


def fans(weight: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out), Eq. 2."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(weight)
    return fan_in, fan_out


def xavier_std(weight: Tensor, gain: float = 1.0) -> float:
    """The standard deviation inside xavier_normal_, Eq. 3."""
    return gain * math.sqrt(2 / sum(fans(weight)))


def kaiming_std(weight: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: Any = "leaky_relu") -> float:
    """The standard deviation inside kaiming_normal_, Eq. 4."""
    fan = fans(weight)[["fan_in", "fan_out"].index(mode)]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def uniform_bound(std: float) -> float:
    """The bound inside the two uniform fills, Eq. 6."""
    return math.sqrt(3) * std


def gram(weight: Tensor) -> Tensor:
    """W Wᵀ or Wᵀ W, whichever is smaller."""
    rows = weight.flatten(start_dim=1)
    return rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows

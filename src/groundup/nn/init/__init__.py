"""Initialisation: where the weights begin."""

from groundup.nn.init.init import (
    calculate_gain,
    constant_,
    fans,
    gram,
    kaiming_normal_,
    kaiming_std,
    kaiming_uniform_,
    normal_,
    ones_,
    orthogonal_,
    uniform_,
    uniform_bound,
    xavier_normal_,
    xavier_std,
    xavier_uniform_,
    zeros_,
)

__all__ = [
    "calculate_gain", "constant_", "fans", "gram", "kaiming_normal_", "kaiming_std", "kaiming_uniform_", "normal_",
    "ones_", "orthogonal_", "uniform_", "uniform_bound", "xavier_normal_", "xavier_std", "xavier_uniform_", "zeros_",
]  # fmt: skip

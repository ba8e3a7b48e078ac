"""Normalisation over the batch, the features, groups of channels; by the root mean square."""

from groundup.nn.norm.fast import LayerNorm
from groundup.nn.norm.norm import BatchNorm1d, BatchNorm2d, GroupNorm, RMSNorm

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "LayerNorm", "RMSNorm"]

"""Normalisation of one row at a time: over its features, over groups of channels, by the root mean square."""

from groundup.nn.layer_norm.fast import LayerNorm
from groundup.nn.layer_norm.layer_norm import GroupNorm, RMSNorm

__all__ = ["GroupNorm", "LayerNorm", "RMSNorm"]

"""Whole networks."""

from groundup.models.mlp import MLP

__all__ = ["MLP"]

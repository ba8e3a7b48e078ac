"""The multi-layer perceptron."""

from groundup.models.mlp.mlp import MLP

__all__ = ["MLP"]

"""The multi-layer perceptron."""

from groundup.models.mlp.fast import MLP

__all__ = ["MLP"]

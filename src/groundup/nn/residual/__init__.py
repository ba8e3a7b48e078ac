"""Residual connections: a layer adds to its input instead of replacing it."""

from groundup.nn.residual.residual import Residual, residual_block

__all__ = ["Residual", "residual_block"]

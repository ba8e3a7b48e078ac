"""Gradients found by the machine. The names are torch's; NumPy does the arithmetic."""

from groundup.autograd.tape import Graph, Tensor, cat, maximum, no_grad, stack, where

__all__ = ["Graph", "Tensor", "cat", "maximum", "no_grad", "stack", "where"]

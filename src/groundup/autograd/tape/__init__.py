"""The tape: reverse-mode automatic differentiation over NumPy arrays."""

from groundup.autograd.tape.functions import cat, maximum, stack, where
from groundup.autograd.tape.graph import Graph
from groundup.autograd.tape.recording import no_grad
from groundup.autograd.tape.tape import Tensor, topological_order, unbroadcast

__all__ = ["Graph", "Tensor", "cat", "maximum", "no_grad", "stack", "topological_order", "unbroadcast", "where"]

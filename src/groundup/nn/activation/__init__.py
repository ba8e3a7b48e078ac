"""Activations: sigmoid, tanh, ReLU and its leaky sister, softmax, and the gated SiLU and GELU."""

from groundup.nn.activation.activation import (
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    log_softmax,
    sigmoid,
    softmax,
)
from groundup.nn.activation.erf import erf
from groundup.nn.activation.fast import GELU

__all__ = [
    "GELU", "LeakyReLU", "ReLU", "SiLU", "Sigmoid", "Softmax", "Tanh", "erf", "log_softmax", "sigmoid", "softmax",
]  # fmt: skip

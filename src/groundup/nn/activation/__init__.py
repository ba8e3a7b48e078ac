"""Activations: sigmoid, tanh, ReLU and its leaky sister, softmax, and the gated SiLU and GELU."""

from groundup.nn.activation.activation import (
    GELU,
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

__all__ = [
    "GELU", "LeakyReLU", "ReLU", "SiLU", "Sigmoid", "Softmax", "Tanh", "erf", "log_softmax", "sigmoid", "softmax",
]  # fmt: skip

"""Layers, losses and initialisation. Names, shapes and defaults are those of torch.nn."""

from groundup.nn import init
from groundup.nn.activation import GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from groundup.nn.linear import Linear
from groundup.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from groundup.nn.perceptron import Perceptron

__all__ = [
    "GELU",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "LeakyReLU",
    "Linear",
    "MSELoss",
    "Perceptron",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "init",
]

"""Layers, losses and initialisation. Names, shapes and defaults are those of torch.nn."""

from groundup.nn import init
from groundup.nn.activation import GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from groundup.nn.ctc_loss import CTCLoss
from groundup.nn.kl_loss import KLDivLoss
from groundup.nn.linear import Linear
from groundup.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from groundup.nn.perceptron import Perceptron
from groundup.nn.robust_loss import HuberLoss, L1Loss, SmoothL1Loss

__all__ = [
    "GELU",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CrossEntropyLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "MSELoss",
    "Perceptron",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Tanh",
    "init",
]

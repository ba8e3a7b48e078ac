"""Layers, losses and initialisation. Names, shapes and defaults are those of torch.nn."""

from groundup.nn import init
from groundup.nn.activation import GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from groundup.nn.conv import Conv1d, Conv2d
from groundup.nn.ctc_loss import CTCLoss
from groundup.nn.embedding import Embedding
from groundup.nn.flatten import Flatten, Unflatten
from groundup.nn.kl_loss import KLDivLoss
from groundup.nn.linear import Linear
from groundup.nn.loss import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from groundup.nn.perceptron import Perceptron
from groundup.nn.pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AvgPool1d,
    AvgPool2d,
    MaxPool1d,
    MaxPool2d,
)
from groundup.nn.residual import Residual
from groundup.nn.robust_loss import HuberLoss, L1Loss, SmoothL1Loss

__all__ = [
    "GELU",
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "Conv1d",
    "Conv2d",
    "CrossEntropyLoss",
    "Embedding",
    "Flatten",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LeakyReLU",
    "Linear",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "Perceptron",
    "ReLU",
    "Residual",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Tanh",
    "Unflatten",
    "init",
]

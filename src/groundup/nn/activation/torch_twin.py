"""The activations in PyTorch: every one is there, under the same name and with the same defaults but one.

``nn.Softmax`` has dim=None, which guesses an axis and warns; ours is -1, the last.
"""

import torch
from torch import Tensor, nn

GELU = nn.GELU
LeakyReLU = nn.LeakyReLU
ReLU = nn.ReLU
Sigmoid = nn.Sigmoid
SiLU = nn.SiLU
Softmax = nn.Softmax
Tanh = nn.Tanh

erf = torch.erf
sigmoid = torch.sigmoid


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """Eq. 5 along one axis."""
    return torch.softmax(x, dim=axis)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """The logarithm of Eq. 5."""
    return torch.log_softmax(x, dim=axis)

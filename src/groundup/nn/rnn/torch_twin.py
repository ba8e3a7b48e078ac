"""The RNN in PyTorch."""

from torch import nn

RNN = nn.RNN
RNNCell = nn.RNNCell

"""The GRU in PyTorch."""

from torch import nn

GRU = nn.GRU
GRUCell = nn.GRUCell

"""The LSTM in PyTorch."""

from torch import nn

LSTM = nn.LSTM
LSTMCell = nn.LSTMCell

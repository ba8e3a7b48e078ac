"""The LSTM: cell and layer."""

from groundup.nn.lstm.fast import LSTM
from groundup.nn.lstm.lstm import LSTMCell

__all__ = ["LSTM", "LSTMCell"]

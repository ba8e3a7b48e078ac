"""The LSTM: cell and layer."""

from groundup.nn.lstm.lstm import LSTM, LSTMCell

__all__ = ["LSTM", "LSTMCell"]

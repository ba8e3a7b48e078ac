"""The RNN: cell and layer."""

from groundup.nn.rnn.rnn import RNN, RNNCell

__all__ = ["RNN", "RNNCell"]

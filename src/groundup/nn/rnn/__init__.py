"""The RNN: cell and layer."""

from groundup.nn.rnn.rnn import RNN, RNNCell, gradient_reach

__all__ = ["RNN", "RNNCell", "gradient_reach"]

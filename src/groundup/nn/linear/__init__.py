"""The linear (dense, fully connected) layer."""

from groundup.nn.linear.fast import Linear

__all__ = ["Linear"]

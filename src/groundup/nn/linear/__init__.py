"""The linear (dense, fully connected) layer."""

from groundup.nn.linear.linear import Linear

__all__ = ["Linear"]

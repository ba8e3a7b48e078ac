"""Layers, losses and initialisation. Names, shapes and defaults are those of torch.nn."""

from groundup.nn.linear import Linear

__all__ = ["Linear"]

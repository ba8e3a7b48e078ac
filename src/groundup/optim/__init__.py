"""Optimisers. Names, arguments and defaults are those of torch.optim."""

from groundup.optim.sgd import SGD

__all__ = ["SGD"]

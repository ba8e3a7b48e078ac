"""Stochastic gradient descent."""

from groundup.optim.sgd.sgd import SGD

__all__ = ["SGD"]

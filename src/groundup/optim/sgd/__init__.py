"""Stochastic gradient descent."""

from groundup.optim.sgd.sgd import SGD, decayed

__all__ = ["SGD", "decayed"]

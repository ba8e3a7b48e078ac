"""Adagrad and RMSprop."""

from groundup.optim.rmsprop.rmsprop import Adagrad, RMSprop

__all__ = ["Adagrad", "RMSprop"]

"""Dropout: numbers are left out at random while training."""

from groundup.nn.dropout.dropout import Dropout, Dropout2d

__all__ = ["Dropout", "Dropout2d"]

"""Pooling: maximum, average, and windows that adapt to the size of the output."""

from groundup.nn.pool.fast import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from groundup.nn.pool.pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
)

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "MaxPool1d",
    "MaxPool2d",
]

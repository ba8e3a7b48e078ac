"""Batch normalisation, and the arithmetic that every normalisation shares."""

from groundup.nn.batch_norm.batch_norm import BatchNorm1d
from groundup.nn.batch_norm.fast import BatchNorm2d

__all__ = ["BatchNorm1d", "BatchNorm2d"]

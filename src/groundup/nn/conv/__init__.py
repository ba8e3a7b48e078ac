"""Convolution along sequences and over images."""

from groundup.nn.conv.conv import Conv1d, output_size, patches, scatter
from groundup.nn.conv.fast import Conv2d

__all__ = ["Conv1d", "Conv2d", "output_size", "patches", "scatter"]

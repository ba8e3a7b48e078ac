"""The transposed convolution: from small images to large ones."""

from groundup.nn.conv_transpose.conv_transpose import ConvTranspose2d

__all__ = ["ConvTranspose2d"]

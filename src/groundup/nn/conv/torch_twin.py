"""Convolution in PyTorch: the layers themselves, and the columns of a matrix product by ``unfold``."""

import torch
from torch import Tensor, nn

Conv1d = nn.Conv1d
Conv2d = nn.Conv2d


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Asked of a layer instead of computed."""
    layer = nn.Conv1d(1, 1, kernel, stride, padding, dilation, device="meta")  # shapes without numbers
    return int(layer(torch.empty(1, 1, size, device="meta")).shape[-1])


def by_columns(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """The same result by Eq. 3, for one group: unfold, multiply, give the places the shape of an image."""
    assert not isinstance(layer.padding, str)
    columns = nn.functional.unfold(x, layer.kernel_size, layer.dilation, layer.padding, layer.stride)  # (N, R, P)
    y: Tensor = layer.weight.flatten(1) @ columns  # (O, R) @ (N, R, P)
    if layer.bias is not None:
        y = y + layer.bias[:, None]
    return y.reshape(layer(x).shape)

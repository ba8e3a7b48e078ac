"""Convolution in PyTorch: the layers themselves, and the columns of a matrix product by ``unfold``."""

import torch
from torch import Tensor, nn

Conv1d = nn.Conv1d
Conv2d = nn.Conv2d


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Asked of a layer instead of computed."""
    layer = nn.Conv1d(1, 1, kernel, stride=stride, padding=padding, dilation=dilation)
    return int(layer(torch.zeros(1, 1, size)).shape[-1])


def by_columns(layer: nn.Conv2d, x: Tensor) -> Tensor:
    """The same result by Eq. 3: unfold, multiply, fold the places back into an image; one group."""
    args = {"dilation": layer.dilation, "padding": layer.padding, "stride": layer.stride}
    columns = nn.functional.unfold(x, layer.kernel_size, **args)  # (N, C·KH·KW, P)
    y = layer.weight.flatten(1) @ columns + layer.bias[:, None]
    sizes = [
        output_size(n, k, s, p, d)
        for n, k, s, p, d in zip(
            x.shape[2:], layer.kernel_size, layer.stride, layer.padding, layer.dilation, strict=True
        )
    ]
    return y.unflatten(-1, sizes)

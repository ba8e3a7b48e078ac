"""The transposed convolution in PyTorch: the layer itself, and the same by autograd of a convolution."""

import torch
from torch import Tensor, nn

ConvTranspose2d = nn.ConvTranspose2d


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> int:
    """Asked of a layer instead of computed."""
    layer = nn.ConvTranspose1d(1, 1, kernel, stride, padding, output_padding, dilation=dilation, device="meta")
    return int(layer(torch.empty(1, 1, size, device="meta")).shape[-1])


def by_autograd(layer: nn.ConvTranspose2d, x: Tensor) -> Tensor:
    """What this layer does is the gradient of a convolution with the same weight, with x as the upstream gradient."""
    assert not isinstance(layer.padding, str)
    y = torch.zeros_like(layer(x), requires_grad=True)
    conv = nn.functional.conv2d(y, layer.weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
    conv = conv[:, :, : x.shape[2], : x.shape[3]]  # output_padding may leave room for one more window
    (found,) = torch.autograd.grad(conv, y, grad_outputs=x)
    return found if layer.bias is None else found + layer.bias[:, None, None]

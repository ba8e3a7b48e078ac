"""The receptive field in PyTorch, measured: which pixels have a gradient."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from groundup.core.receptive_field.receptive_field import Window


def convolutions(windows: Iterable[Window]) -> nn.Sequential:
    """Layers that look through these windows along one axis; all weights are 1, so a gradient counts paths."""
    layers = [
        nn.Conv1d(1, 1, w.kernel, w.stride, w.padding, w.dilation, bias=False, dtype=torch.float64) for w in windows
    ]
    for layer in layers:
        nn.init.ones_(layer.weight)
    return nn.Sequential(*layers)


def footprint(module: nn.Module, x: Tensor, at: tuple[int, ...]) -> Tensor:
    """|∂y/∂x| of the output at this place, for one image (1, C, ...), added up over channels in and out."""
    x = x.detach().requires_grad_()
    module(x)[(0, slice(None), *at)].sum().backward()
    assert x.grad is not None
    return x.grad[0].abs().sum(dim=0)


def seen(grad: Tensor, dim: int) -> tuple[int, int]:
    """The first and the last place along an axis of a footprint where it is not zero."""
    others = [d for d in range(grad.ndim) if d != dim]
    where = (grad.amax(dim=others) if others else grad).nonzero().flatten()
    return int(where[0]), int(where[-1])

"""The receptive field in PyTorch, measured: which pixels have a gradient."""

from torch import Tensor, nn


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

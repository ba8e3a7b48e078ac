"""Batch normalisation in PyTorch: the layers are there, under the same names and with the same defaults."""

import torch
from torch import Tensor, nn

BatchNorm1d = nn.BatchNorm1d
BatchNorm2d = nn.BatchNorm2d


def moments(x: Tensor, axes: tuple[int, ...], count: float) -> tuple[Tensor, Tensor]:
    """µ and σ² of Eq. 1; torch divides by M - 1 unless told otherwise. ``count`` is what torch counts itself."""
    variance, mean = torch.var_mean(x, dim=axes, correction=0, keepdim=True)
    return mean, variance


def standardise(x: Tensor, mean: Tensor, variance: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """x̂ and r of Eq. 2."""
    r = torch.rsqrt(variance + eps)
    return (x - mean) * r, r


def standardise_backward(dx_hat: Tensor, x: Tensor, eps: float, axes: tuple[int, ...]) -> Tensor:
    """Eq. 5, found by autograd instead of by hand."""
    x = x.detach().requires_grad_()
    x_hat, _ = standardise(x, *moments(x, axes, 0), eps)
    (dx,) = torch.autograd.grad(x_hat, x, grad_outputs=dx_hat)
    return dx

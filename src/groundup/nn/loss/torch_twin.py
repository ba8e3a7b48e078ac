"""The losses in PyTorch: the same names, arguments and defaults, and autograd for the gradients."""

import torch
from torch import Tensor, nn

Loss = nn.modules.loss._Loss
MSELoss = nn.MSELoss
BCEWithLogitsLoss = nn.BCEWithLogitsLoss
CrossEntropyLoss = nn.CrossEntropyLoss


def typical_probability(loss: Tensor) -> float:
    """The probability that a mean log loss stands for, Eq. 5."""
    return torch.exp(-loss).item()


def value_and_gradient(loss: nn.Module, pred: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """L and ∂L/∂pred of Eqs. 2 to 4, the gradient found by autograd."""
    pred = pred.detach().requires_grad_()
    value = loss(pred, target)
    (gradient,) = torch.autograd.grad(value, pred)
    return value.detach(), gradient

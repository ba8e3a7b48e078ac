"""Gradient checking in PyTorch: torch.autograd.gradcheck, the same central differences on a function of tensors."""

import torch
from torch import Tensor, nn


def gradcheck(layer: nn.Module, x: Tensor, eps: float = 1e-6, tolerance: float = 1e-6) -> bool:
    """Whether autograd's gradients of x and of every parameter agree with finite differences. Raises GradcheckError."""
    layer = layer.double()
    x = x.detach().double().requires_grad_()

    def f(x: Tensor, *parameters: Tensor) -> Tensor:
        names = [name for name, _ in layer.named_parameters()]
        y: Tensor = torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x,))
        return y

    return bool(torch.autograd.gradcheck(f, (x, *layer.parameters()), eps=eps, atol=tolerance))

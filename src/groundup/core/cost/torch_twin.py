"""The costs of a PyTorch module: parameters by hand, operations by torch's own counter."""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(module: nn.Module) -> int:
    """``parameters()`` lists a shared tensor once."""
    return sum(parameter.numel() for parameter in module.parameters())


def flops(module: nn.Module, *inputs: Tensor) -> int:
    """Operations of one forward pass: products and convolutions, two for each multiply-add."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(*inputs)
    return int(counter.get_total_flops())

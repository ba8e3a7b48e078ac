"""SGD in PyTorch: torch.optim.SGD, and the loop around it as a user writes it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

SGD = torch.optim.SGD


def train_step(
    model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], optimiser: torch.optim.Optimizer, x: Tensor, y: Tensor
) -> float:
    """Clear, forward, backward, step; returns the loss before the step."""
    optimiser.zero_grad()
    value = loss(model(x), y)
    value.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return value.item()

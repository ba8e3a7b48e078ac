"""Penalties in PyTorch: there is no class for them, one adds a term to the loss."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

soft_threshold = nn.functional.softshrink


def weights(model: nn.Module) -> list[nn.Parameter]:
    """Parameters of two axes or more."""
    return [p for p in model.parameters() if p.ndim >= 2]


class Penalty:
    """The same term, found its gradient by autograd: ``(loss + penalty()).backward()``."""

    def __init__(self, parameters: Iterable[nn.Parameter], l1: float = 0.0, l2: float = 0.0) -> None:
        self.parameters, self.l1, self.l2 = list(parameters), l1, l2

    def __call__(self) -> Tensor:
        terms = [self.l1 * p.abs().sum() + self.l2 / 2 * p.square().sum() for p in self.parameters]
        return torch.stack(terms).sum()

    @torch.no_grad()
    def shrink(self, lr: float) -> None:
        for p in self.parameters:
            p.copy_(soft_threshold(p, lr * self.l1) / (1 + lr * self.l2))

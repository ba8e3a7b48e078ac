"""Clipping in PyTorch, and where it stands in the loop."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm", "train_step"]


def train_step(
    model: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    optimiser: torch.optim.Optimizer,
    x: Tensor,
    y: Tensor,
    max_norm: float,
) -> float:
    """Clear, forward, backward, clip, step; returns the norm before clipping."""
    optimiser.zero_grad()
    loss(model(x), y).backward()  # type: ignore[no-untyped-call]
    norm = clip_grad_norm_(model.parameters(), max_norm)
    optimiser.step()
    return float(norm)

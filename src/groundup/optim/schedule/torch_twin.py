"""Schedules in PyTorch, and warm-up before a cosine."""

import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "warm_cosine",
]


def warm_cosine(optimiser: torch.optim.Optimizer, warm: int, total: int) -> SequentialLR:
    """A straight line up over ``warm`` steps, then half a cosine down over the rest."""
    up = LinearLR(optimiser, start_factor=1 / warm, total_iters=warm)
    down = CosineAnnealingLR(optimiser, T_max=total - warm)
    return SequentialLR(optimiser, [up, down], milestones=[warm])

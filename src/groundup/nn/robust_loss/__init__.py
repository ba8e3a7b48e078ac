"""Losses that one wrong number cannot rule: L1, Huber, smooth L1."""

from groundup.nn.robust_loss.robust_loss import HuberLoss, L1Loss, SmoothL1Loss

__all__ = ["HuberLoss", "L1Loss", "SmoothL1Loss"]

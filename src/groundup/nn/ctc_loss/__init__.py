"""Connectionist temporal classification: labels without their places."""

from groundup.nn.ctc_loss.ctc_loss import CTCLoss, collapse, greedy

__all__ = ["CTCLoss", "collapse", "greedy"]

"""Losses: mean squared error, binary cross-entropy, cross-entropy."""

from groundup.nn.loss.loss import BCEWithLogitsLoss, CrossEntropyLoss, Loss, MSELoss, typical_probability

__all__ = ["BCEWithLogitsLoss", "CrossEntropyLoss", "Loss", "MSELoss", "typical_probability"]

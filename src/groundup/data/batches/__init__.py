"""Batches: rows handed out a few at a time, in a new order each epoch, resumable in the middle."""

from groundup.data.batches.batches import Batch, Loader, Transform, balanced_weights

__all__ = ["Batch", "Loader", "Transform", "balanced_weights"]

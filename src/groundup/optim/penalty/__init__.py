"""L1, L2 and elastic penalties, and the soft threshold."""

from groundup.optim.penalty.penalty import Penalty, soft_threshold, weights

__all__ = ["Penalty", "soft_threshold", "weights"]

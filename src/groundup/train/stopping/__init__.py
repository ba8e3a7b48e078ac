"""Early stopping: a rule, and the callback that ends a run by it."""

from groundup.train.stopping.stopping import EarlyStopping, Patience

__all__ = ["EarlyStopping", "Patience"]

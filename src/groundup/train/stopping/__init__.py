"""Early stopping: a rule, and the callback that ends a run by it."""

from groundup.train.stopping.stopping import EarlyStopping, Patience, generalisation_loss, rates_on_plateau, replay

__all__ = ["EarlyStopping", "Patience", "generalisation_loss", "rates_on_plateau", "replay"]

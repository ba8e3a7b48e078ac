"""Early stopping: a rule, and the callback that ends a run by it."""

from groundup.train.stopping.callback import EarlyStopping
from groundup.train.stopping.stopping import Patience, generalisation_loss, rates_on_plateau, replay

__all__ = ["EarlyStopping", "Patience", "generalisation_loss", "rates_on_plateau", "replay"]

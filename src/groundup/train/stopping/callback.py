"""Early stopping as a callback of the training loop."""

from typing import TYPE_CHECKING, Any

from groundup.train.callbacks import Callback
from groundup.train.folder import Metric
from groundup.train.stopping.stopping import Patience

if TYPE_CHECKING:
    from groundup.train.trainer import Trainer


class EarlyStopping(Callback):
    """End a run after ``patience`` epochs without a better validation loss (or accuracy, with ``mode="max"``).

    Stands before Checkpoint, which saves what the others remember. Raises ValueError as Patience does.
    """

    def __init__(self, patience: int = 5, min_delta: float = 0.0, mode: str = "min") -> None:
        self.rule = Patience(patience, min_delta, mode)

    def on_epoch(self, trainer: "Trainer", metric: Metric | None) -> None:
        if metric is None:
            return
        measure = metric.loss if self.rule.mode == "min" else metric.accuracy
        if measure is not None and self.rule.step(measure):
            what = "loss" if self.rule.mode == "min" else "accuracy"
            trainer.stop(f"no better validation {what} than {self.rule.best:.4g} for {self.rule.waited} epochs")

    def state(self) -> dict[str, Any]:
        return {"best": self.rule.best, "waited": self.rule.waited}

    def restore(self, state: dict[str, Any]) -> None:
        self.rule.best, self.rule.waited = state["best"], state["waited"]

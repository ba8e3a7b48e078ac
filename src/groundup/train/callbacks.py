"""What happens around the loop. A callback overrides the moments it cares about."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from groundup.core import Array, StateDict
from groundup.train.folder import Metric, RunFolder

if TYPE_CHECKING:
    from groundup.train.trainer import Trainer


class Callback:
    """The moments of a run. Each gets the trainer: its step, epoch, epochs, model and the rest are there to read."""

    def on_start(self, trainer: "Trainer") -> None:
        """Before anything; a resumed run is put back in its place here."""

    def on_step(self, trainer: "Trainer", metric: Metric) -> None:
        """After each batch."""

    def on_epoch(self, trainer: "Trainer", metric: Metric | None) -> None:
        """After each epoch, and once before the first, with the validation's figures where there is such a split."""

    def on_interrupt(self, trainer: "Trainer") -> None:
        """Training was asked to stop, between two steps."""

    def on_end(self, trainer: "Trainer") -> None:
        """Always, after an error too."""


class MetricsWriter(Callback):
    """metrics.jsonl: a line a step, a line a validation."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    def on_step(self, trainer: "Trainer", metric: Metric) -> None:
        self.run.add_metric(metric)

    def on_epoch(self, trainer: "Trainer", metric: Metric | None) -> None:
        if metric is not None:
            self.run.add_metric(metric)


class Checkpoint(Callback):
    """Keep the run able to go on, and keep its best weights: those of the lowest validation loss, else the last.

    Stands after MetricsWriter among the callbacks: what it saves counts the lines written so far. It saves every
    ``every_seconds``, at the end, and when interrupted. A folder that has a resume file continues from it.
    """

    def __init__(self, run: RunFolder, *, every_seconds: float = 1.0) -> None:
        self.run, self.every_seconds = run, every_seconds
        self.best_loss, self.best_epoch = float("inf"), 0
        self.best: StateDict = {}
        self._saved_at = time.monotonic()

    def on_start(self, trainer: "Trainer") -> None:
        found = self.run.load_resume()
        if found is not None:
            state, facts = found
            trainer.restore(part_of(state, "trainer."), facts)
            self.best, self.best_loss, self.best_epoch = (
                part_of(state, "best."),
                facts["best_loss"],
                facts["best_epoch"],
            )

    def on_step(self, trainer: "Trainer", metric: Metric) -> None:
        if time.monotonic() - self._saved_at > self.every_seconds:
            self.save(trainer)

    def on_epoch(self, trainer: "Trainer", metric: Metric | None) -> None:
        if metric is None or metric.loss < self.best_loss:
            self.best_loss = metric.loss if metric else float("inf")
            self.best_epoch, self.best = trainer.epoch, trainer.model.state_dict()
        if trainer.epoch == trainer.epochs:
            self.save(trainer)

    def on_interrupt(self, trainer: "Trainer") -> None:
        self.save(trainer)

    def save(self, trainer: "Trainer") -> None:
        """Write resume.safetensors for this very step, and the best weights for whoever wants to use them."""
        state, facts = trainer.state()
        arrays = {f"trainer.{k}": v for k, v in state.items()} | {f"best.{k}": v for k, v in self.best.items()}
        self.run.save_resume(arrays, {**facts, "best_loss": self.best_loss, "best_epoch": self.best_epoch})
        self.run.save_checkpoint(self.best)
        self._saved_at = time.monotonic()


def part_of(arrays: Mapping[str, Array], prefix: str) -> StateDict:
    """The arrays whose name begins with ``prefix``, without it."""
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}

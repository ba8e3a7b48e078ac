"""What happens around the loop. A callback overrides the moments it cares about."""

import time
from typing import TYPE_CHECKING, Any

from groundup.core import StateDict
from groundup.train.folder import Metric, RunFolder
from groundup.train.learner import part_of

if TYPE_CHECKING:
    from groundup.train.trainer import Trainer


class Callback:
    """The moments of a run. Each gets the trainer: its step, epoch, epochs, learner and the rest are there to read.

    One that remembers something from moment to moment says it in ``state``, as plain values, and takes it back in
    ``restore``: a run that goes on after a kill then goes on as if nothing had happened.
    """

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

    def state(self) -> dict[str, Any]:
        """What is remembered, fit for JSON."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what ``state`` returned."""


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
    """Keep the run able to go on, and keep its best weights.

    Best is the lowest validation loss, or with ``select="accuracy"`` the highest validation accuracy (the later of
    equals); without a validation split the last. Stands after MetricsWriter, and after whatever changes the course of
    training: what it saves counts the lines written so far, and holds the others' state. It saves every
    ``every_seconds`` (less often where saving takes long), at the end, and when interrupted. A folder that has a
    resume file continues from it.
    """

    def __init__(self, run: RunFolder, *, select: str = "loss", every_seconds: float = 1.0) -> None:
        if select not in ("loss", "accuracy"):
            raise ValueError(f"Checkpoint: expected select to be loss or accuracy, got {select!r}")
        self.run, self.select, self.every_seconds = run, select, every_seconds
        self.best_score, self.best_epoch = float("inf"), 0
        self.best: StateDict = {}
        self._save_at = time.monotonic() + every_seconds

    def on_start(self, trainer: "Trainer") -> None:
        found = self.run.load_resume()
        if found is not None:
            arrays, facts = found
            trainer.restore(part_of(arrays, "trainer."), facts)
            self.best = part_of(arrays, "best.")

    def on_step(self, trainer: "Trainer", metric: Metric) -> None:
        if time.monotonic() > self._save_at:
            self.save(trainer)

    def on_epoch(self, trainer: "Trainer", metric: Metric | None) -> None:
        score = self._score(metric)
        if score <= self.best_score:
            self.best_score, self.best_epoch = score, trainer.epoch
            self.best = trainer.learner.weights()
        if trainer.over:
            self.save(trainer)

    def _score(self, metric: Metric | None) -> float:
        """The lower the better; where nothing is measured every epoch is as good as the best."""
        if metric is None:
            return self.best_score
        return metric.loss if self.select == "loss" or metric.accuracy is None else -metric.accuracy

    def on_interrupt(self, trainer: "Trainer") -> None:
        self.save(trainer)

    def save(self, trainer: "Trainer") -> None:
        """Write resume.safetensors for this very step, and the best weights for whoever wants to use them."""
        began = time.monotonic()
        state, facts = trainer.state()
        arrays = {f"trainer.{k}": v for k, v in state.items()} | {f"best.{k}": v for k, v in self.best.items()}
        self.run.save_resume(arrays, facts)
        self.run.save_checkpoint(self.best)
        now = time.monotonic()
        self._save_at = now + max(self.every_seconds, 20 * (now - began))  # at most a twentieth of the time

    def state(self) -> dict[str, Any]:
        return {"best_score": self.best_score, "best_epoch": self.best_epoch}

    def restore(self, state: dict[str, Any]) -> None:
        self.best_score, self.best_epoch = state["best_score"], state["best_epoch"]

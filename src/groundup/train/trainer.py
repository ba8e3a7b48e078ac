"""The training loop: everything that is the same for every network, and nothing else.

Each epoch hands every batch to the learner, which takes one step on it, and ends with a look at the validation split.
What a loop does besides (files, charts, schedules, stopping early) is in callbacks.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from groundup.core import Array, StateDict
from groundup.data import Loader
from groundup.train.callbacks import Callback
from groundup.train.folder import Metric
from groundup.train.interrupt import Interrupted, asked_to_stop
from groundup.train.learner import Learner

Measure = Callable[[Array, Any], float]
EVALUATION_ROWS = 1024  # at a time: the activations of a whole split need not fit in memory


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


class Trainer:
    """Train ``learner`` on ``loader``; measure it on ``val`` (x, y) before the first epoch and after each.

    ``measure(prediction, y)`` gives an accuracy in [0, 1], where one makes sense. Callbacks are called in their order.
    """

    def __init__(
        self,
        learner: Learner,
        loader: Loader,
        *,
        val: tuple[Array, Any] | None = None,
        measure: Measure | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.learner, self.loader = learner, loader
        self.val, self.measure, self.callbacks = val, measure, list(callbacks)
        self.step = self.epoch = self.epochs = 0
        self.seconds = 0.0  # spent in training, over all parts of a resumed run
        self.stopped = ""  # why it ends before its last epoch; a callback says so by ``stop``

    def fit(self, epochs: int) -> None:
        """Train until ``epochs`` epochs are done. Raises Interrupted after Ctrl-C, DivergedError, OSError."""
        self.epochs = epochs
        try:
            self._tell("on_start")
            if self.step == 0:
                self._end_epoch()  # how it stands before any training
            with asked_to_stop() as asked:
                while self.epoch < epochs and not self.stopped:
                    self._train_epoch(asked)
                    self.epoch += 1
                    self._end_epoch()
        finally:
            self._tell("on_end")

    def stop(self, why: str) -> None:
        """Let this epoch be the last. A callback calls it in ``on_epoch``."""
        self.stopped = why

    @property
    def over(self) -> bool:
        """Whether the last epoch is done."""
        return self.epoch == self.epochs or bool(self.stopped)

    def _train_epoch(self, asked: Callable[[], bool]) -> None:
        """What is left of the epoch: all of it, or the rest after a resume."""
        for x, y in self.loader:
            began = time.perf_counter()
            metric = self._train_batch(x, y)
            self.seconds += time.perf_counter() - began
            self._tell("on_step", metric)
            if asked():
                self._tell("on_interrupt")
                raise Interrupted

    def _train_batch(self, x: Array, y: Any) -> Metric:
        """One step of the learner, and what it showed."""
        with np.errstate(over="ignore", invalid="ignore"):  # a loss that is no number is spoken of below
            loss, prediction = self.learner.step(x, y)
        self.step += 1
        accuracy = self.measure(prediction, y) if self.measure else None
        return Metric(self.step, self.epoch + 1, "train", self._finite(loss), accuracy)

    def _finite(self, loss: float) -> float:
        if math.isfinite(loss):
            return loss
        lr = self.learner.lr
        raise DivergedError(
            f"Trainer: expected a finite loss, got {loss} in step {self.step} (epoch {self.epoch + 1}); the steps are "
            f"too long, or the inputs not scaled. Try a learning rate of {lr / 10:g} (it is {lr:g}) or a bound on the "
            "gradient's norm, and look at the last lines of metrics.jsonl; the best weights until then are kept"
        )

    def _end_epoch(self) -> None:
        metric = None
        if self.val is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                loss, accuracy, _ = self.evaluate(*self.val)
            metric = Metric(self.step, self.epoch, "val", self._finite(loss), accuracy)
        self._tell("on_epoch", metric)

    def evaluate(self, x: Array, y: Any) -> tuple[float, float | None, Array]:
        """Mean loss, accuracy and predictions over a whole split, without training."""
        parts = [self.learner.predict(x[i : i + EVALUATION_ROWS]) for i in range(0, len(x), EVALUATION_ROWS)]
        prediction = np.concatenate(parts)
        accuracy = self.measure(prediction, y) if self.measure else None
        return self.learner.loss_of(prediction, y), accuracy, prediction

    def _tell(self, event: str, *what: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(self, *what)

    # State: what is needed to go on bit for bit.

    def state(self) -> tuple[StateDict, dict[str, Any]]:
        """Arrays by name, and plain values."""
        arrays, learner = self.learner.state()
        return arrays, {
            "step": self.step,
            "epoch": self.epoch,
            "seconds": self.seconds,
            "stopped": self.stopped,
            "learner": learner,
            "loader": self.loader.state(),
            "callbacks": {type(callback).__name__: callback.state() for callback in self.callbacks},
        }

    def restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Put back what ``state`` returned. Raises StateError where it is another model's."""
        self.learner.restore(arrays, facts["learner"])
        self.step, self.epoch, self.seconds = facts["step"], facts["epoch"], facts["seconds"]
        self.stopped = facts["stopped"]
        self.loader.restore(facts["loader"])
        for callback in self.callbacks:
            if type(callback).__name__ in facts["callbacks"]:  # one that is new to the run begins here
                callback.restore(facts["callbacks"][type(callback).__name__])

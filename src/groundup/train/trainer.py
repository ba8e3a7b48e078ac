"""The training loop: everything that is the same for every network, and nothing else.

For each batch (x, y):

    (1)  ŷ = f(x; θ)      L = loss(ŷ, y)      forward
    (2)  ∂L/∂θ            backward, from the loss through the layers
    (3)  θ ← step(θ, ∂L/∂θ)                   the optimiser's rule

What a loop does besides (files, charts, stopping) is in callbacks.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from groundup.core import Array, Layer, StateDict, restore_rng, rng_state
from groundup.data import Loader
from groundup.nn.loss import Loss
from groundup.optim.optimizer import Optimizer
from groundup.train.callbacks import Callback, part_of
from groundup.train.folder import Metric
from groundup.train.interrupt import Interrupted, asked_to_stop

Measure = Callable[[Array, Any], float]
EVALUATION_ROWS = 1024  # at a time: the activations of a whole split need not fit in memory


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


class Trainer:
    """Train ``model`` on ``loader``; measure it on ``val`` (x, y) before the first epoch and after each.

    ``measure(prediction, y)`` gives an accuracy in [0, 1], where one makes sense. Callbacks are called in their order.
    """

    def __init__(
        self,
        model: Layer,
        loss: Loss,
        optimiser: Optimizer,
        loader: Loader,
        *,
        val: tuple[Array, Any] | None = None,
        measure: Measure | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.model, self.loss, self.optimiser, self.loader = model, loss, optimiser, loader
        self.val, self.measure, self.callbacks = val, measure, list(callbacks)
        self.step = self.epoch = self.epochs = 0
        self.seconds = 0.0  # spent in training, over all parts of a resumed run

    def fit(self, epochs: int) -> None:
        """Train until ``epochs`` epochs are done. Raises Interrupted after Ctrl-C, DivergedError, OSError."""
        self.epochs = epochs
        try:
            self._tell("on_start")
            if self.step == 0:
                self._end_epoch()  # how it stands before any training
            with asked_to_stop() as asked:
                while self.epoch < epochs:
                    self._train_epoch(asked)
                    self.epoch += 1
                    self._end_epoch()
        finally:
            self._tell("on_end")

    def _train_epoch(self, asked: Callable[[], bool]) -> None:
        """What is left of the epoch: all of it, or the rest after a resume."""
        self.model.train()
        for x, y in self.loader:
            began = time.perf_counter()
            metric = self._train_batch(x, y)
            self.seconds += time.perf_counter() - began
            self._tell("on_step", metric)
            if asked():
                self._tell("on_interrupt")
                raise Interrupted

    def _train_batch(self, x: Array, y: Any) -> Metric:
        """One batch, Eqs. 1-3."""
        with np.errstate(over="ignore", invalid="ignore"):  # a loss that is no number is spoken of below
            prediction = self.model(x)
            loss = self._finite(float(self.loss(prediction, y)))
            self.optimiser.zero_grad()
            self.model.backward(self.loss.backward())
            self.optimiser.step()
        self.step += 1
        accuracy = self.measure(prediction, y) if self.measure else None
        return Metric(self.step, self.epoch + 1, "train", loss, accuracy)

    def _finite(self, loss: float) -> float:
        if math.isfinite(loss):
            return loss
        raise DivergedError(
            f"Trainer: expected a finite loss, got {loss} after step {self.step} (epoch {self.epoch + 1}); the steps "
            f"are too long, or the inputs not scaled. Try a learning rate of {self.optimiser.lr / 10:g} (it is "
            f"{self.optimiser.lr:g}), and look at the last lines of metrics.jsonl"
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
        self.model.eval()
        parts = [self.model(x[i : i + EVALUATION_ROWS]) for i in range(0, len(x), EVALUATION_ROWS)]
        self.model.train()
        prediction = np.concatenate(parts)
        accuracy = self.measure(prediction, y) if self.measure else None
        return float(self.loss(prediction, y)), accuracy, prediction

    def _tell(self, event: str, *what: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(self, *what)

    # State: what is needed to go on bit for bit.

    def state(self) -> tuple[StateDict, dict[str, Any]]:
        """Arrays by name, and plain values."""
        arrays = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        arrays |= {f"optimiser.{k}": v for k, v in self.optimiser.state_dict().items()}
        return arrays, {
            "step": self.step,
            "epoch": self.epoch,
            "seconds": self.seconds,
            "lr": self.optimiser.lr,
            "loader": self.loader.state(),
            "rng": {name: rng_state(rng) for name, rng in generators(self.model)},
        }

    def restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Put back what ``state`` returned. Raises StateError where it is another model's."""
        self.model.load_state_dict(part_of(arrays, "model."))
        self.optimiser.load_state_dict(part_of(arrays, "optimiser."))
        self.step, self.epoch, self.seconds = facts["step"], facts["epoch"], facts["seconds"]
        self.optimiser.lr = facts["lr"]
        self.loader.restore(facts["loader"])
        for name, rng in generators(self.model):
            restore_rng(rng, facts["rng"][name])


def generators(layer: Layer, prefix: str = "") -> Iterator[tuple[str, np.random.Generator]]:
    """Every random generator that a layer holds (dropout has one), with its dotted name."""
    for name, value in vars(layer).items():
        if isinstance(value, np.random.Generator):
            yield prefix + name, value
    for name, child in layer.children():
        yield from generators(child, f"{prefix}{name}.")

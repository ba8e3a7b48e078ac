"""A run that is interrupted and resumed, beside one that nobody touched. They should end alike, and they do not.

Nor do the best weights have the best loss. Run this file to see how far apart things are.
"""

from math import inf
from typing import Any

import numpy as np

from groundup.core import Array, IntArray
from groundup.data.batches.batches import Loader
from groundup.models.mlp import MLP
from groundup.nn.loss import CrossEntropyLoss
from groundup.optim.sgd import SGD


def clouds(seed: int) -> tuple[Array, IntArray]:
    """150 points (150, 2) of three clouds that overlap, and which cloud each is of."""
    rng, y = np.random.default_rng(seed), np.arange(150) % 3
    return rng.normal(0, 0.8, (150, 2)) + np.array([[0, 1], [1, -1], [-1, -1]])[y], y


class Run:
    """A network in training, and the best of its weights so far."""

    def __init__(self, seed: int) -> None:
        x, y = clouds(0)
        self.model = MLP([2, 12, 3], rng=seed).to(np.float64)
        self.loss, self.optimiser = CrossEntropyLoss(), SGD(self.model.parameters(), 0.1, momentum=0.9)
        self.loader, self.held = Loader(x[:90], y[:90], 10, rng=seed), (x[90:], y[90:])
        self.best_loss, self.best = inf, [p.value.copy() for p in self.model.parameters()]

    def epoch(self) -> float:
        """Train for an epoch; the loss on rows held out of it."""
        for x, y in self.loader:
            self.loss(self.model(x), y)
            self.optimiser.zero_grad()
            self.model.backward(self.loss.backward())
            self.optimiser.step()
        measured = self.measure()
        if measured < self.best_loss:
            self.best_loss = measured
            self.best = [p.value.copy() for p in self.model.parameters()]
        return measured

    def measure(self) -> float:
        """The loss on held-out rows."""
        return float(self.loss(self.model(self.held[0]), self.held[1]))

    def save(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "loader": self.loader.state(),
            "best_loss": self.best_loss,
            "best": self.best,
        }

    def resume(self, saved: dict[str, Any]) -> None:
        """Go on from what another run saved."""
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.loader.restore(saved["loader"])
        self.best_loss, self.best = saved["best_loss"], saved["best"]


def apart(seed: int, epochs: int, interrupted_after: int) -> float:
    """The largest difference between a weight of a run that was resumed and that of one that nobody touched."""
    whole, first, second = Run(seed), Run(seed), Run(seed + 1)
    for _ in range(epochs):
        whole.epoch()
    for _ in range(interrupted_after):
        first.epoch()
    second.resume(first.save())
    for _ in range(epochs - interrupted_after):
        second.epoch()
    pairs = zip(whole.model.parameters(), second.model.parameters(), strict=True)
    return max(float(np.abs(p.value - q.value).max()) for p, q in pairs)


def missed(seed: int, epochs: int = 25) -> float:
    """How much higher the loss of the best weights is than the lowest loss of the run."""
    run = Run(seed)
    lowest = min(run.epoch() for _ in range(epochs))
    for p, value in zip(run.model.parameters(), run.best, strict=True):
        p.value[...] = value
    return run.measure() - lowest


if __name__ == "__main__":
    print(f"resumed after three epochs of six, it ends {apart(0, 6, 3):.2g} apart")
    print(f"the best weights are {missed(0):.2g} worse than the best epoch")

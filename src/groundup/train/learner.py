"""Learner: what a training loop trains. A network, its loss and its optimiser, and no more.

For each batch (x, y):

    (1)  ŷ = f(x; θ)      L = loss(ŷ, y)      forward
    (2)  ∂L/∂θ            backward, from the loss through the layers
    (3)  g ← g min(1, c/|g|)                  where the gradient's norm is held to c
    (4)  θ ← step(θ, g)                       the optimiser's rule

The loop, its callbacks and the files of a run know this interface alone, so they are the same for a network in NumPy
and for one in PyTorch.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from groundup.core import Array, Layer, Sharded, StateDict, restore_rng, rng_state
from groundup.nn.loss import Loss
from groundup.optim.clip import clip_grad_norm_
from groundup.optim.optimizer import Optimizer


class Learner(Protocol):
    """A network that can take a step, answer, and be put away and taken up again."""

    model: Any  # a Layer here, an nn.Module in PyTorch
    lr: float

    def step(self, x: Array, y: Any) -> tuple[float, Array]:
        """One step on one batch, Eqs. 1 to 4: the loss before it, and the prediction."""

    def predict(self, x: Array) -> Array:
        """What the network says, without training."""

    def loss_of(self, prediction: Array, y: Any) -> float:
        """The loss of a prediction."""

    def weights(self) -> StateDict:
        """A copy of the network's state dict, with torch.nn's keys."""

    def load_weights(self, weights: Mapping[str, Array]) -> None:
        """Put weights in. Raises StateError where they are another network's."""

    def gradients(self) -> StateDict:
        """The gradients of the last step, by the parameters' names."""

    def state(self) -> tuple[StateDict, dict[str, Any]]:
        """All that the next step depends on: arrays by name, and plain values."""

    def restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Put back what ``state`` returned."""


class NumpyLearner:
    """A network of ours. ``clip_norm`` 0 leaves gradients as they are; ``threads`` above 1 deals each batch to as many.

    Each thread draws dropout's numbers for itself, so a run with two threads is another run than one with one thread.
    """

    def __init__(
        self, model: Layer, loss: Loss, optimiser: Optimizer, *, clip_norm: float = 0.0, threads: int = 1
    ) -> None:
        self.model, self.loss, self.optimiser, self.clip_norm = model, loss, optimiser, clip_norm
        self._net = Sharded(model, threads) if threads > 1 else model
        self._net.needs_input_grad(False)

    @property
    def lr(self) -> float:
        return self.optimiser.lr

    @lr.setter
    def lr(self, value: float) -> None:
        self.optimiser.lr = value

    def step(self, x: Array, y: Any) -> tuple[float, Array]:
        """Eqs. 1 to 4."""
        self.model.train()
        prediction = self._net(x)
        loss = float(self.loss(prediction, y))
        self.optimiser.zero_grad()
        self._net.backward(self.loss.backward())
        if self.clip_norm:
            clip_grad_norm_(self.optimiser.params, self.clip_norm)
        self.optimiser.step()
        return loss, prediction

    def predict(self, x: Array) -> Array:
        """In evaluation: no dropout, running statistics."""
        self.model.eval()
        prediction: Array = self.model(x)
        self.model.train()
        return prediction

    def loss_of(self, prediction: Array, y: Any) -> float:
        return float(self.loss(prediction, y))

    def weights(self) -> StateDict:
        return self.model.state_dict()

    def load_weights(self, weights: Mapping[str, Array]) -> None:
        self.model.load_state_dict(weights)

    def gradients(self) -> StateDict:
        return {name: parameter.grad for name, parameter in self.model.named_parameters()}

    def state(self) -> tuple[StateDict, dict[str, Any]]:
        arrays = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        arrays |= {f"optimiser.{k}": v for k, v in self.optimiser.state_dict().items()}
        return arrays, {"lr": self.lr, "rng": {name: rng_state(rng) for name, rng in self._generators()}}

    def restore(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Put back what ``state`` returned. Raises StateError where it is another model's."""
        self.model.load_state_dict(part_of(arrays, "model."))
        self.optimiser.load_state_dict(part_of(arrays, "optimiser."))
        self.lr = facts["lr"]
        for name, rng in self._generators():
            restore_rng(rng, facts["rng"][name])

    def _generators(self) -> Iterator[tuple[str, np.random.Generator]]:
        """Those that draw: each thread's copy of the network has its own."""
        copies = self._net.copies if isinstance(self._net, Sharded) else (self.model,)
        for rank, copy in enumerate(copies):
            yield from generators(copy, f"{rank}.")


def generators(layer: Layer, prefix: str = "") -> Iterator[tuple[str, np.random.Generator]]:
    """Every random generator that a layer holds (dropout has one), with its dotted name."""
    for name, value in vars(layer).items():
        if isinstance(value, np.random.Generator):
            yield prefix + name, value
    for name, child in layer.children():
        yield from generators(child, f"{prefix}{name}.")


def part_of(arrays: Mapping[str, Array], prefix: str) -> StateDict:
    """The arrays whose name begins with ``prefix``, without it."""
    return {key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)}

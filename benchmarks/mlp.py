"""MLP 784-128-10, batch 64, float32: forward, backward and update, beside PyTorch eager on one thread."""

import numpy as np
import torch

from benchmarks.harness import EAGER, Ratio, Step, interleave, threads
from groundup.models import MLP
from groundup.nn import CrossEntropyLoss
from groundup.optim import SGD

BATCH, LEARNING_RATE, WIDTHS = 64, 0.1, [784, 128, 10]


def run() -> list[Ratio]:
    """The same step, from the same weights, on the same batch: as one call, and layer by layer."""
    rng = np.random.default_rng(0)
    x, y = rng.random((BATCH, WIDTHS[0]), dtype=np.float32), rng.integers(0, WIDTHS[-1], BATCH)
    eager = (EAGER, theirs(x, y))
    with threads(1):
        return [
            interleave("MLP 784-128-10, batch 64: train_step", in_one(x, y), eager, target=1.6),
            interleave("MLP 784-128-10, batch 64: layers, optimiser", by_layers(x, y), eager, target=1.6),
        ]


def in_one(x: np.ndarray, y: np.ndarray) -> Step:
    """``MLP.train_step``."""
    model, loss = MLP(WIDTHS, rng=0).needs_input_grad(False), CrossEntropyLoss()
    return lambda: model.train_step(x, y, loss, LEARNING_RATE)


def by_layers(x: np.ndarray, y: np.ndarray) -> Step:
    """Loss, layers and optimiser, each by its own call."""
    model, loss = MLP(WIDTHS, rng=0).needs_input_grad(False), CrossEntropyLoss()
    optimiser = SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        optimiser.zero_grad()
        loss(model(x), y)
        model.backward(loss.backward())
        optimiser.step()

    return step


def theirs(x: np.ndarray, y: np.ndarray) -> Step:
    """The same in PyTorch, from the same weights."""
    layers = [torch.nn.Linear(WIDTHS[0], WIDTHS[1]), torch.nn.ReLU(), torch.nn.Linear(WIDTHS[1], WIDTHS[2])]
    model = torch.nn.Sequential(*layers)
    model.load_state_dict({key: torch.from_numpy(value) for key, value in MLP(WIDTHS, rng=0).state_dict().items()})
    optimiser = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    their_x, their_y = torch.from_numpy(x), torch.from_numpy(y)

    def step() -> None:
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(their_x), their_y).backward()
        optimiser.step()

    return step

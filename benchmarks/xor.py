"""XOR 2-8-1, batch 4, float32: forward, backward and update, where the calls cost more than the arithmetic."""

import numpy as np
import torch
from micrograd import nn as micrograd_nn
from micrograd.engine import Value

from benchmarks.harness import EAGER, Ratio, Step, interleave, threads
from groundup.models import MLP
from groundup.nn import BCEWithLogitsLoss
from groundup.optim import SGD

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([[0], [1], [1], [0]], np.float32)
LEARNING_RATE = 0.5


def run() -> list[Ratio]:
    """The same step on the four points, as one call and layer by layer; each row begins with new weights."""
    with threads(1):
        return [
            interleave("XOR 2-8-1: train_step", in_one(), (EAGER, eager()), target=10),
            interleave("XOR 2-8-1: train_step", in_one(), ("micrograd", micrograd()), target=30),
            interleave("XOR 2-8-1: layers, optimiser", by_layers(), (EAGER, eager()), target=10),
        ]


def in_one() -> Step:
    """``MLP.train_step``."""
    model, loss = MLP([2, 8, 1], activation="tanh", rng=0).needs_input_grad(False), BCEWithLogitsLoss()
    return lambda: model.train_step(X, Y, loss, LEARNING_RATE)


def by_layers() -> Step:
    """Loss, layers and optimiser, each by its own call."""
    model, loss = MLP([2, 8, 1], activation="tanh", rng=0).needs_input_grad(False), BCEWithLogitsLoss()
    optimiser = SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        optimiser.zero_grad()
        loss(model(X), Y)
        model.backward(loss.backward())
        optimiser.step()

    return step


def eager() -> Step:
    """The same in PyTorch, from the same weights."""
    model, loss = (
        torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)),
        torch.nn.BCEWithLogitsLoss(),
    )
    ours = MLP([2, 8, 1], activation="tanh", rng=0)
    model.load_state_dict({key: torch.from_numpy(value) for key, value in ours.state_dict().items()})
    optimiser = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    x, y = torch.from_numpy(X), torch.from_numpy(Y)

    def step() -> None:
        optimiser.zero_grad()
        loss(model(x), y).backward()
        optimiser.step()

    return step


def micrograd() -> Step:
    """Its own network (ReLU inside) and a squared error: the library has neither tanh nor cross-entropy."""
    model, points, wanted = micrograd_nn.MLP(2, [8, 1]), X.tolist(), Y[:, 0].tolist()

    def step() -> None:
        total = sum(((model(p) - t) ** 2 for p, t in zip(points, wanted, strict=True)), Value(0.0))
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= LEARNING_RATE * p.grad / len(points)

    return step

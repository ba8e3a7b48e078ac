"""MLP 784-128-10, batch 64, float32: forward, backward and update, beside PyTorch eager on one thread."""

import numpy as np
import torch

from benchmarks.harness import Ratio, interleave
from groundup.models import MLP
from groundup.nn import CrossEntropyLoss
from groundup.optim import SGD

BATCH, LEARNING_RATE = 64, 0.1


def run() -> list[Ratio]:
    """The same step, from the same weights, on the same batch."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, y = rng.random((BATCH, 784), dtype=np.float32), rng.integers(0, 10, BATCH)
    model, loss = MLP([784, 128, 10], rng=0).needs_input_grad(False), CrossEntropyLoss()
    optimiser = SGD(model.parameters(), lr=LEARNING_RATE)
    theirs = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    theirs.load_state_dict({key: torch.from_numpy(value) for key, value in model.state_dict().items()})
    their_optimiser = torch.optim.SGD(theirs.parameters(), lr=LEARNING_RATE)
    their_x, their_y = torch.from_numpy(x), torch.from_numpy(y)

    def ours_step() -> None:
        optimiser.zero_grad()
        loss(model(x), y)
        model.backward(loss.backward())
        optimiser.step()

    def their_step() -> None:
        their_optimiser.zero_grad()
        torch.nn.functional.cross_entropy(theirs(their_x), their_y).backward()
        their_optimiser.step()

    return [interleave("MLP 784-128-10, batch 64", ours_step, ("PyTorch eager, one thread", their_step), target=1.6)]

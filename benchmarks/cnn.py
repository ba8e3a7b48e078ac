"""CNN conv32-pool-conv64-pool-dense128-10 on 28x28, batch 64, float32: forward, backward and SGD.

The layers stand in the same order on both sides: convolution, pooling, ReLU, which is the same function as pooling
after ReLU and less work.
"""

import numpy as np
import torch

from benchmarks.harness import EAGER, EAGER_TWO, Ratio, Step, idle, interleave, threads
from groundup.core import Layer, Sequential, Sharded
from groundup.nn import Conv2d, CrossEntropyLoss, Dropout, Flatten, Linear, MaxPool2d, ReLU
from groundup.optim import SGD

BATCH, LEARNING_RATE = 64, 0.01


def network() -> Sequential:
    """The curriculum's CNN with valid convolutions."""
    rng = np.random.default_rng(0)
    return Sequential(
        Conv2d(1, 32, 3, rng=rng), MaxPool2d(2), ReLU(), Conv2d(32, 64, 3, rng=rng), MaxPool2d(2), ReLU(),
        Flatten(), Linear(1600, 128, rng=rng), ReLU(), Dropout(0.5, rng=rng), Linear(128, 10, rng=rng),
    ).needs_input_grad(False)  # fmt: skip


def torch_network() -> torch.nn.Sequential:
    """The twin, with the same weights."""
    nn = torch.nn
    twin = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
    )  # fmt: skip
    twin.load_state_dict({key: torch.from_numpy(value) for key, value in network().state_dict().items()})
    return twin


def run() -> list[Ratio]:
    """One thread beside both memory formats; two threads where the machine is idle."""
    rng = np.random.default_rng(0)
    x, y = rng.random((BATCH, 1, 28, 28), dtype=np.float32), rng.integers(0, 10, BATCH)
    name = "CNN 32-64-128-10 on 28x28, batch 64"
    with threads(1):
        rows = [
            interleave(name, ours(network(), x, y), (EAGER, theirs(x, y)), target=1.5),
            interleave(name, ours(network(), x, y), (f"{EAGER}, channels_last", theirs(x, y, last=True)), target=1.0),
        ]
    if idle():
        with threads(2):
            sharded = ours(Sharded(network(), 2).needs_input_grad(False), x, y)
            rows.append(interleave(f"{name}, 2 threads", sharded, (EAGER_TWO, theirs(x, y)), target=1.4))
    return rows


def ours(model: Layer, x: np.ndarray, y: np.ndarray) -> Step:
    loss, optimiser = CrossEntropyLoss(), SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        optimiser.zero_grad()
        loss(model(x), y)
        model.backward(loss.backward())
        optimiser.step()

    return step


def theirs(x: np.ndarray, y: np.ndarray, *, last: bool = False) -> Step:
    model, images, labels = torch_network(), torch.from_numpy(x), torch.from_numpy(y)
    if last:
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step() -> None:
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimiser.step()

    return step

"""A linear classifier on six clouds of points, a few rows at a time. It is hardly better than a guess.

Run this file to see how many steps it takes, and which share of new points it has right.
"""

from collections.abc import Iterator

import numpy as np

from groundup.core import Array, IntArray
from groundup.nn.linear import Linear
from groundup.nn.loss import CrossEntropyLoss


def clouds(each: int, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """``each`` points (N, 2) of each of six clouds on a ring, and which cloud each is of."""
    y = np.repeat(np.arange(6), each)
    centre = 2 * np.stack([np.cos(y * np.pi / 3), np.sin(y * np.pi / 3)], axis=1)
    return centre + 0.5 * rng.standard_normal((6 * each, 2)), y


def batches(x: Array, y: IntArray, size: int, rng: np.random.Generator) -> Iterator[tuple[Array, IntArray]]:
    """The rows of an epoch, ``size`` at a time, in random order."""
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        rows = order[start : start + size]
        yield x[rows], y[rows]


def train(seed: int, epochs: int = 20) -> tuple[int, float]:
    """Steps taken, and the share of 600 new points that is right."""
    rng = np.random.default_rng(seed)
    x, y = clouds(50, rng)
    layer, loss, steps = Linear(2, 6, rng=rng).to(np.float64), CrossEntropyLoss(), 0
    for _ in range(epochs):
        for x_batch, y_batch in batches(x, y, 20, rng):
            loss(layer(x_batch), y_batch)
            layer.zero_grad()
            layer.backward(loss.backward())
            for p in layer.parameters():
                p.value -= 0.02 * p.grad
            steps += 1
    x_new, y_new = clouds(100, rng)
    return steps, float((layer(x_new).argmax(axis=1) == y_new).mean())


if __name__ == "__main__":
    print("{} steps, {:.2f} right".format(*train(0)))

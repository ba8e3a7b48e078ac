"""A network with dropout on two noisy rings. It learns, but what it reports of itself does not add up.

Run this file to see the accuracy on data held out of training, after each epoch.
"""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, IntArray, Layer, Rng, Sequential
from groundup.nn.activation import ReLU, Softmax
from groundup.nn.dropout import Dropout
from groundup.nn.linear import Linear
from groundup.nn.loss import CrossEntropyLoss


def rings(n: int, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """n points (n, 2) on two rings of radius 1 and 2, and which ring each is on."""
    label = rng.integers(0, 2, n)
    angle, radius = rng.uniform(0, 2 * np.pi, n), 1 + label + 0.15 * rng.standard_normal(n)
    points: Array = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)
    return points, label


def network(rng: Rng) -> Sequential:
    """2 -> 64 -> 2 with half of the hidden units left out in training."""
    return Sequential(Linear(2, 64, rng=rng), ReLU(), Dropout(0.5, rng=rng), Linear(64, 2, rng=rng))


def probabilities(model: Layer, x: Array) -> Array:
    """(N, 2) -> (N, 2): what the model says, as it is used after training."""
    model.eval()
    p: Array = Softmax()(model(x))
    model.train()
    return p


def accuracy(model: Layer, x: Array, label: IntArray) -> float:
    """The part of the points whose ring is the more probable one."""
    return float((probabilities(model, x).argmax(axis=1) == label).mean())


def train(
    seed: int, epochs: int = 30, report: Callable[[float], None] = lambda _: None
) -> tuple[float, Array, Array, Layer]:
    """The last accuracy on held-out points, their probabilities (200, 2) asked for twice, and the model.

    ``report`` is told the accuracy after each epoch.
    """
    rng = np.random.default_rng(seed)
    x, label = rings(400, rng)
    x_held, label_held = rings(200, rng)
    model, loss = network(rng), CrossEntropyLoss()
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for rows in np.split(order, 10):
            model.zero_grad()
            loss(model(x[rows]), label[rows])
            model.backward(loss.backward())
            for p in model.parameters():
                p.value -= 0.3 * p.grad
        report(accuracy(model, x_held, label_held))
    first, second = probabilities(model, x_held), probabilities(model, x_held)
    return accuracy(model, x_held, label_held), first, second, model


if __name__ == "__main__":
    train(0, report=print)

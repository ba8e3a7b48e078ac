"""What is this house worth? A small network is asked, and soon it gives every house the same answer.

Run this file to see, after each epoch, the error of the answers and the part of the hidden units that say anything.
"""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, Rng, Sequential
from groundup.nn.activation import ReLU
from groundup.nn.linear import Linear
from groundup.nn.loss import MSELoss


def houses(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """n houses: size, age and distance to the market (n, 3), each measured by its spread; the price (n, 1) in millions."""
    x = rng.standard_normal((n, 3)).astype(np.float32)
    size, age, distance = x.T
    price = 12 + 2 * np.abs(size + 0.5) - age * (distance > 0) + 0.2 * rng.standard_normal(n)
    return x, price[:, None].astype(np.float32)


def network(rng: Rng) -> Sequential:
    """3 -> 64 -> 1."""
    return Sequential(Linear(3, 64, rng=rng), ReLU(), Linear(64, 1, rng=rng))


def awake(net: Sequential, x: Array) -> float:
    """The part of the hidden units that answer at least one row with more than 0."""
    return float((net[1](net[0](x)) > 0).any(axis=0).mean())


def train(
    seed: int, epochs: int = 40, report: Callable[[float, float], None] = lambda *_: None
) -> tuple[Array, Array, float]:
    """Of 400 houses held out the true prices and the answers, each (400, 1), and the part of the units awake.

    ``report`` is told the root of the mean squared error, in millions, and the part awake, after each epoch.
    """
    rng = np.random.default_rng(seed)
    x, price = houses(800, rng)
    x_held, price_held = houses(400, rng)
    net, loss = network(rng), MSELoss()
    usual, spread = price.mean(), price.std()
    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(x)), 20):
            net.zero_grad()
            loss(net(x[rows]), (price[rows] - usual) / spread)
            net.backward(loss.backward())
            for p in net.parameters():
                p.value -= 0.1 * p.grad
        answers = usual + spread * net(x_held)
        report(float(np.sqrt(np.mean((answers - price_held) ** 2))), awake(net, x_held))
    return price_held, answers, awake(net, x_held)


if __name__ == "__main__":
    train(0, report=print)

"""Who will pass? A network of 32 units reads four marks of each student, and soon it says the same of everybody.

Run this file to see, after each epoch, the part of held-out students told right and the part of the units awake.
"""

from collections.abc import Callable

import numpy as np

from groundup.core import Array
from groundup.nn.activation.activation import ReLU, sigmoid


def students(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Four marks between 0 and 100 (n, 4), and 1 for those who pass (n, 1): two strong subjects outweigh two weak."""
    marks = np.clip(65 + 12 * rng.standard_normal((n, 4)), 0, 100)
    strong = np.sort(marks, axis=1)[:, 2:].mean(axis=1)
    passed = strong + 3 * rng.standard_normal(n) > 72
    return marks, passed[:, None].astype(float)


class Network:
    """4 -> 32 -> 1, with a ReLU between; each gradient is written out."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.weight, self.bias = rng.normal(0, 0.7, (32, 4)), np.zeros(32)
        self.out, self.out_bias = rng.normal(0, 0.25, (1, 32)), np.zeros(1)
        self.relu = ReLU()

    def hidden(self, x: Array) -> Array:
        """(N, 4) -> (N, 32)."""
        answers: Array = self.relu(x @ self.weight.T + self.bias)
        return answers

    def chances(self, x: Array) -> Array:
        """(N, 4) -> (N, 1): how likely each student is to pass."""
        return sigmoid(self.hidden(x) @ self.out.T + self.out_bias)

    def step(self, x: Array, target: Array, rate: float) -> None:
        """One step down the mean log loss of a batch."""
        dscore = (self.chances(x) - target) / len(x)  # (N, 1)
        dz = self.relu.backward(dscore @ self.out)  # (N, 32)
        self.out -= rate * dscore.T @ self.hidden(x)
        self.out_bias -= rate * dscore.sum(axis=0)
        self.weight -= rate * dz.T @ x
        self.bias -= rate * dz.sum(axis=0)

    def awake(self, x: Array) -> float:
        """The part of the hidden units that answer at least one row with more than 0."""
        return float((self.hidden(x) > 0).any(axis=0).mean())


def train(
    seed: int, epochs: int = 40, report: Callable[[float, float], None] = lambda *_: None
) -> tuple[float, float, Array]:
    """Of 400 students held out: the part told right, the part of the units awake, and their chances (400, 1)."""
    rng = np.random.default_rng(seed)
    x, passed = students(600, rng)
    x_held, passed_held = students(400, rng)
    usual, spread = x.mean(axis=0), x.std(axis=0)
    x, x_held = (x - usual) / spread, (x_held - usual) / spread
    net = Network(rng)
    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(x)), 20):
            net.step(x[rows], passed[rows], rate=0.3)
        told = float(((net.chances(x_held) > 0.5) == passed_held).mean())
        report(told, net.awake(x_held))
    return told, net.awake(x_held), net.chances(x_held)


if __name__ == "__main__":
    train(0, report=print)

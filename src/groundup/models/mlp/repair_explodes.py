"""Will it rain? A network reads a station's temperature, pressure and humidity. It guesses, and its loss leaps about.

Run this file to see the mean loss of a day after each epoch, and in the end the part of the held-out days
that is told right.
"""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, IntArray
from groundup.models.mlp.mlp import MLP
from groundup.nn.loss import CrossEntropyLoss


def days(n: int, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """n days (n, 3): kelvin, pascal and percent; 1 where it rained."""
    unusual = rng.standard_normal((n, 3))
    warm, high, humid = unusual.T
    rain = humid - high + warm * humid + 0.3 * rng.standard_normal(n) > 0
    measured: Array = (unusual * [6, 800, 12] + [298, 101300, 65]).astype(np.float32)
    return measured, rain.astype(np.int64)


def share_right(net: MLP, x: Array, rain: IntArray) -> float:
    """The part of the days that is told right."""
    return float((net.forward(x).argmax(axis=1) == rain).mean())


def train(
    seed: int, n: int = 800, epochs: int = 30, report: Callable[[float], None] = lambda _: None
) -> tuple[Array, float]:
    """The mean loss of a day after each epoch, and in the end the part told right of 400 days held out.

    ``report`` is told the loss of each epoch.
    """
    rng = np.random.default_rng(seed)
    x, rain = days(n, rng)
    x_held, rain_held = days(400, rng)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    x, x_held = (x - mean) / spread, (x_held - mean) / spread
    net, loss = MLP([3, 32, 2], rng=rng), CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        for rows in np.split(rng.permutation(n), n // 40):
            net.train_step(x[rows], rain[rows], loss, 0.3)
        losses.append(float(CrossEntropyLoss()(net.forward(x), rain)))
        report(losses[-1])
    return np.array(losses), share_right(net, x_held, rain_held)


if __name__ == "__main__":
    print("told right:", train(0, report=print)[1])

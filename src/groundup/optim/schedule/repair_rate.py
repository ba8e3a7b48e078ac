"""A line of best fit in twelve dimensions, by stochastic descent with a warm-up and a slow end. It does not arrive.

How far a run still is from the best fit is known exactly here, since least squares has a formula. Run this file to
see the rate and that distance after each epoch: it goes at a crawl, and who gets it to hurry sees it jump about.
"""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, Parameter
from groundup.optim.schedule import CosineAnnealingLR, LinearLR, LRScheduler, SequentialLR
from groundup.optim.sgd import SGD

BATCHES, WARM_UP, RATE = 25, 50, 0.05  # batches in an epoch; steps until the full rate; the full rate


def table(rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows (500, 12) and noisy sums of their columns (500,), each column with a weight."""
    x = rng.standard_normal((500, 12)) * np.geomspace(0.4, 1.5, 12)
    y: Array = x @ rng.standard_normal(12) * 3 + 2 * rng.standard_normal(500)
    return x, y


def plan(optimiser: SGD, epochs: int) -> LRScheduler:
    """The rate over a whole run: up to RATE in WARM_UP steps, then half a wave down to nothing at the end."""
    steps = epochs * BATCHES
    rise = LinearLR(optimiser, start_factor=0.01, total_iters=WARM_UP)
    fall = CosineAnnealingLR(optimiser, T_max=steps - WARM_UP)
    return SequentialLR(optimiser, [rise, fall], milestones=[WARM_UP])


def distance(w: Array, x: Array, y: Array) -> float:
    """By how much the mean squared error is above that of the best fit."""
    best = np.linalg.lstsq(x, y, rcond=None)[0]
    return float(((x @ (w - best)) ** 2).mean())


def train(
    seed: int, epochs: int = 20, report: Callable[[float, float], None] = lambda rate, left: None
) -> tuple[float, Array]:
    """The distance from the best fit at the end, and the rate of every step.

    ``report`` is told the rate and the distance after each epoch.
    """
    rng = np.random.default_rng(seed)
    x, y = table(rng)
    w, rates = Parameter(np.zeros(12)), []
    optimiser = SGD([w], RATE, momentum=0.9)
    schedule = plan(optimiser, epochs)
    for _ in range(epochs):
        for rows in np.split(rng.permutation(len(x)), BATCHES):
            error = x[rows] @ w.value - y[rows]
            w.grad[...] = 2 * error @ x[rows] / len(rows)
            rates.append(optimiser.lr)
            optimiser.step()
            schedule.step()
        report(optimiser.lr, distance(w.value, x, y))
    return distance(w.value, x, y), np.array(rates)


if __name__ == "__main__":
    train(0, report=lambda rate, left: print(f"rate {rate:.4f}, distance from the best fit {left:.4f}"))

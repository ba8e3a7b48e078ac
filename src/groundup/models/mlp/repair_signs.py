"""Ten signs on a grid of 8 x 8 pixels, noisy. The network that is to read them does no better than a guess.

Run this file to see, after each epoch, the part of the signs told right: of those it learns from, and of others.
"""

from collections.abc import Callable

import numpy as np

from groundup.core import Array, IntArray
from groundup.models.mlp.mlp import MLP
from groundup.nn.loss import CrossEntropyLoss


def signs(n: int, shapes: Array, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """n noisy pictures (n, 64) of ten shapes (10, 64), sorted by shape, and which shape each one is."""
    label = np.sort(rng.integers(0, 10, n))
    pictures: Array = (shapes[label] + 2.0 * rng.standard_normal((n, 64))).astype(np.float32)
    return pictures, label


def share_right(net: MLP, x: Array, label: IntArray) -> float:
    """The part of the signs that is told right."""
    return float((net.forward(x).argmax(axis=1) == label).mean())


def train(
    seed: int, n: int = 800, epochs: int = 20, report: Callable[[float, float], None] = lambda *_: None
) -> tuple[float, float]:
    """In the end, the part told right of the n signs learned from, and of 400 others.

    ``report`` is told both after each epoch.
    """
    rng = np.random.default_rng(seed)
    shapes = rng.choice([-1.0, 1.0], (10, 64))
    x, label = signs(n, shapes, rng)
    x_held, label_held = signs(400, shapes, rng)
    order = rng.permutation(n)
    x, label = x[order], label[order]
    net, loss = MLP([64, 64, 10], rng=rng), CrossEntropyLoss()
    for _ in range(epochs):
        for rows in np.split(np.arange(n), n // 40):
            net.zero_grad()
            loss(net(x[rows]), label[rows])
            net.backward(loss.backward())
            for p in net.parameters():
                p.value -= 0.5 * p.grad
        report(share_right(net, x, label), share_right(net, x_held, label_held))
    return share_right(net, x, label), share_right(net, x_held, label_held)


if __name__ == "__main__":
    train(0, report=print)

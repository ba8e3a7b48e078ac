"""A network with batch normalisation reads three kinds of measurements. In training all is well; in use it is hopeless.

A trained model is shipped: its numbers are written down and read into a fresh one, which then answers questions as
they come in, those of one hour together. Run this file to see its accuracy in training and in use.
"""

import numpy as np

from groundup.core import Array, IntArray, Layer, Rng, Sequential
from groundup.nn.activation import ReLU, Softmax
from groundup.nn.batch_norm import BatchNorm1d
from groundup.nn.linear import Linear
from groundup.nn.loss import CrossEntropyLoss

CENTRES = np.array([[20.0, -3.0, 0.5, 7.0], [22.0, -3.0, 0.1, 7.0], [20.0, -1.0, 0.5, 9.0]])


def measurements(n: int, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """n rows (n, 4), each near the centre of its kind, and the kinds."""
    kind = rng.integers(0, 3, n)
    x: Array = (CENTRES[kind] + 0.5 * rng.standard_normal((n, 4))).astype(np.float32)
    return x, kind


def network(rng: Rng) -> Sequential:
    """4 -> 32 -> 3, normalised in the middle."""
    return Sequential(Linear(4, 32, rng=rng), BatchNorm1d(32), ReLU(), Linear(32, 3, rng=rng))


def train(seed: int, epochs: int = 20) -> tuple[Sequential, float]:
    """A trained model, and the part of the last epoch's rows that it had right while it learned."""
    rng = np.random.default_rng(seed)
    x, kind = measurements(600, rng)
    model, loss, right = network(rng), CrossEntropyLoss(), 0
    for _ in range(epochs):
        right = 0
        for rows in np.split(rng.permutation(len(x)), 20):
            model.zero_grad()
            logits = model(x[rows])
            loss(logits, kind[rows])
            model.backward(loss.backward())
            right += int((logits.argmax(axis=1) == kind[rows]).sum())
            for p in model.parameters():
                p.value -= 0.1 * p.grad
    return model, right / len(x)


def shipped(model: Sequential) -> Sequential:
    """A fresh network that has been given what the trained one knows."""
    fresh = network(np.random.default_rng(99))
    fresh.load_state_dict(model.state_dict())
    return fresh


def answers(model: Layer, x: Array) -> Array:
    """(N, 4) -> (N, 3): the probabilities that a model in use gives to one group of questions."""
    model.eval()
    p: Array = Softmax()(model(x))
    return p


def in_use(model: Layer, x: Array, kind: IntArray) -> float:
    """The part of the answers that are right; those who measure one kind come at the same hour."""
    right = 0
    for k in range(3):
        right += int((answers(model, x[kind == k]).argmax(axis=1) == k).sum())
    return right / len(x)


def run(seed: int, epochs: int = 20) -> tuple[float, float, float]:
    """Accuracy in training, accuracy in use, and how far an answer moves with the company that its question is in."""
    model, learned = train(seed, epochs)
    x, kind = measurements(300, np.random.default_rng(seed + 1))
    server = shipped(model)
    alike, mixed = answers(server, x[kind == 0]), answers(server, x)[kind == 0]
    return learned, in_use(server, x, kind), float(np.abs(alike - mixed).max())


if __name__ == "__main__":
    learned, used, moved = run(0)
    print(f"in training {learned:.0%}, in use {used:.0%}; an answer moves by {moved:.2f} with its company")

"""Sixty patients, a thousand measurements each, and a model that is right far too often.

Where the strength is 0 the labels are tosses of a coin, and nothing can foretell them. Run this file to see what the
model claims, for three strengths of what there is to be found.
"""

import numpy as np

from groundup.core import Array, IntArray
from groundup.data.splits.splits import split

HALVES = {"train": 0.5, "test": 0.5}


def patients(n: int, columns: int, strength: float, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """(n, columns) measurements and n labels, half of them 1. Ten columns are higher by ``strength`` for those."""
    y = rng.permutation(np.arange(n) % 2)
    x = rng.standard_normal((n, columns))
    x[:, :10] += strength * y[:, None]
    return x, y


def with_copies(x: Array, y: IntArray, times: int, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """All rows ``times`` times, one block after the other, each with a little noise of its own (augmentation)."""
    many: Array = np.tile(x, (times, 1))
    return many + 0.1 * rng.standard_normal(many.shape), np.tile(y, times)


def telling_columns(x: Array, y: IntArray, k: int) -> IntArray:
    """The k columns whose means differ most between the two classes."""
    return np.argsort(np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0)))[-k:]


def nearest_label(x: Array, y: IntArray, new: Array) -> IntArray:
    """For each of the new rows the label of the row of x that is nearest to it."""
    distance = (x**2).sum(axis=1) - 2 * new @ x.T  # (new, rows), but for a term that is the same in a row
    found: IntArray = y[distance.argmin(axis=1)]
    return found


def evaluate(seed: int, strength: float, repeats: int = 10) -> float:
    """The share of test patients whose label is foretold, over so many data sets drawn anew."""
    rng, right = np.random.default_rng(seed), []
    for _ in range(repeats):
        x, y = patients(60, 1000, strength, rng)
        parts = split(len(y), HALVES, rng, y)
        train, test = parts["train"], parts["test"]
        x_train, y_train = with_copies(x[train], y[train], 3, rng)
        x_test, y_test = x[test], y[test]
        best = telling_columns(x_train, y_train, 20)
        right.append((nearest_label(x_train[:, best], y_train, x_test[:, best]) == y_test).mean())
    return float(np.mean(right))


if __name__ == "__main__":
    for strength in (0.0, 1.0, 2.0):
        print(f"strength {strength}: {evaluate(0, strength):.2f} right")

"""Perceptron: one neuron with a threshold, and Rosenblatt's rule that teaches it.

    (1)  s = w·x + b          ŷ = +1 if s > 0 else -1
    (2)  if y s ≤ 0:          w ← w + η y x          b ← b + η y
    (3)  updates ≤ (R/γ)²     R = maxₙ ‖(xₙ, 1)‖     γ = minₙ yₙ (w*·xₙ + b*) / ‖(w*, b*)‖

Eq. 3 holds from zero weights, for any order of the rows and any (w*, b*) that has every row on its right side (γ > 0).
Where there is none, the rule never comes to rest.

Axes: N rows, I inputs. Labels y are -1 and +1. w is (I,), b a number; both are float64, so whole numbers stay exact.
Derivation, and the proof of Eq. 3: lesson.md, "Derive".
Sources: Rosenblatt, Psychological Review 65 (1958); Novikoff, Symposium on the Mathematical Theory of Automata (1962).
"""

from typing import Self

import numpy as np

from groundup.core import Array, IntArray, Rng, ShapeError, expect_features, expect_positive, expect_rank, generator


class Perceptron:
    """A threshold unit for rows of ``in_features`` numbers. Weight and bias begin at zero.

    ``fit`` fills ``mistakes_per_epoch``. Raises ValueError for no inputs, for an ``lr`` that is not positive, and in
    ``update`` and ``fit`` for labels other than -1 and +1.
    """

    def __init__(self, in_features: int, *, lr: float = 1.0) -> None:
        expect_positive("Perceptron", in_features=in_features)
        if not 0 < lr < np.inf:
            raise ValueError(f"Perceptron: expected lr above 0, got {lr!r}; with a step of nothing nothing is learned")
        self.in_features, self.lr = in_features, float(lr)
        self.weight: Array = np.zeros(in_features)
        self.bias = 0.0
        self.mistakes_per_epoch: list[int] = []

    @property
    def epochs_run(self) -> int:
        """How many epochs the last ``fit`` took."""
        return len(self.mistakes_per_epoch)

    @property
    def converged(self) -> bool:
        """Whether the last epoch was free of mistakes."""
        return self.mistakes_per_epoch[-1:] == [0]

    def decision(self, x: Array) -> Array:
        """(..., I) -> (...): the score s of Eq. 1."""
        x = expect_features("Perceptron.decision", x, self.in_features)
        return np.asarray(x @ self.weight + self.bias)  # (..., I) @ (I,)

    def predict(self, x: Array) -> IntArray:
        """(..., I) -> (...): -1 or +1, Eq. 1. On the boundary itself, where s = 0, the answer is -1."""
        return np.where(self.decision(x) > 0, 1, -1)

    def update(self, x: Array, y: float) -> bool:
        """Show one row (I,) and its label, Eq. 2; True if it was a mistake, and the weights have changed."""
        x = expect_rank("Perceptron.update", x, "I")
        _expect_signs("Perceptron.update", np.asarray(y), ())
        if y * self.decision(x) > 0:
            return False
        self.weight = self.weight + self.lr * y * x  # a new array: who holds the old one may keep it
        self.bias = self.bias + self.lr * float(y)
        return True

    def fit(self, x: Array, y: IntArray, epochs: int = 100, rng: Rng | None = None) -> Self:
        """Show all rows (N, I) with labels (N,) until an epoch is free of mistakes, at most ``epochs`` times.

        The rows come as they stand, or with ``rng`` in a new random order each epoch: ``rng.permutation(N)``. Learning
        goes on from the present weight; the record of mistakes begins anew.
        """
        x = expect_rank("Perceptron.fit", x, "NI")
        y = _expect_signs("Perceptron.fit", y, (len(x),))
        expect_positive("Perceptron.fit", epochs=epochs, rows=len(x))
        draw = None if rng is None else generator("Perceptron.fit", rng)
        self.mistakes_per_epoch = []
        for _ in range(epochs):
            order = range(len(x)) if draw is None else draw.permutation(len(x))
            self.mistakes_per_epoch.append(sum(self.update(x[n], y[n]) for n in order))
            if self.converged:
                break
        return self


def mistake_bound(x: Array, y: IntArray, weight: Array, bias: float) -> float:
    """(R/γ)² of Eq. 3 for rows (N, I), labels (N,) and a separating (w*, b*).

    Raises ValueError when (w*, b*) has a row on the wrong side, or on the boundary.
    """
    x = expect_rank("mistake_bound", x, "NI")
    y = _expect_signs("mistake_bound", y, (len(x),))
    scores = y * (x @ weight + bias)  # (N,), each above 0 if the side is right
    if not (scores > 0).all():
        row = int(scores.argmin())
        raise ValueError(
            f"mistake_bound: expected every row on its right side, got row {row} at {scores[row]:g}; "
            "only a separating boundary has a margin"
        )
    radius_squared = ((x * x).sum(axis=1) + 1).max(initial=0)  # the bias is the weight of an input that is always 1
    norm_squared = weight @ weight + bias**2
    return float(radius_squared * norm_squared / scores.min(initial=np.inf) ** 2)


def _expect_signs(who: str, y: IntArray, shape: tuple[int, ...]) -> IntArray:
    """Labels of this shape, each -1 or +1. Raises ShapeError, ValueError."""
    if not isinstance(y, np.ndarray) or y.shape != shape:
        got = y.shape if isinstance(y, np.ndarray) else type(y).__name__
        raise ShapeError(f"{who}: expected an array of labels of shape {shape}, got {got}; one label a row")
    if not np.isin(y, (-1, 1)).all():
        found = ", ".join(str(v) for v in np.unique(y)[:5])
        raise ValueError(f"{who}: expected labels -1 and +1, got {found}; labels 0 and 1 become these by 2 * y - 1")
    return y

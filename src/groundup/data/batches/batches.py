"""Batches: rows a few at a time, in a new random order each epoch, able to stop in the middle and go on bit for bit.

An epoch puts the N rows in an order π and cuts it every B rows:

    (1)  batch k = rows π[kB], ..., π[kB + B - 1],            k = 0, 1, ...; the last may be short
    (2)  number of batches = ceil(N / B),   or floor(N / B) where a short one is dropped

π is a random permutation: every row is seen once an epoch, and the mean g_B over a batch has the mean g over all rows
as its expectation. With σ² the variance of a single row's g,

    (3)  Var g_B = σ² / B · (N - B) / (N - 1)

Where classes are rare, rows may be drawn with replacement instead, by weights that give each of the C classes the same
share of the draws, n_c being the rows of class c:

    (4)  w_n = 1 / (C n_c)                                    the weights of all rows add up to 1
    (5)  row n is drawn by u in [0, 1)  if  w_0 + ... + w_{n-1}  <=  u  <  w_0 + ... + w_n

A state does not hold the order (60,000 numbers): it holds the generator as it was before the draw and as it is now, so
the draw can be repeated, and how many batches were handed out. Derivation: lesson.md, "Derive".
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.core import (
    Array,
    IntArray,
    Rng,
    ShapeError,
    StateError,
    expect_positive,
    generator,
    restore_rng,
    rng_state,
)
from groundup.data.dataset import Numbers

Batch = tuple[Numbers, Numbers]
Transform = Callable[[Numbers, np.random.Generator], Numbers]
OPTIONS = ("rows", "batch_size", "drop_last", "shuffle", "weighted", "transforms")  # those that a state has to fit


def batch_count(n: int, batch_size: int, drop_last: bool = False) -> int:
    """The number of batches of ``n`` rows, Eq. 2."""
    return n // batch_size if drop_last else -(-n // batch_size)


def rows_of(order: IntArray, k: int, batch_size: int) -> IntArray:
    """The rows of batch ``k``, counted from 0, of an epoch in this order, Eq. 1."""
    return order[k * batch_size : (k + 1) * batch_size]


def row_batches(order: IntArray, batch_size: int, drop_last: bool = False, first: int = 0) -> Iterator[IntArray]:
    """Generate the rows of each batch, from batch ``first`` on; each is computed when it is asked for."""
    for k in range(first, batch_count(len(order), batch_size, drop_last)):
        yield rows_of(order, k, batch_size)


def balanced_weights(labels: IntArray) -> Array:
    """A weight for each row by which every class that occurs gets the same share of the draws, Eq. 4."""
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights: Array = 1 / (len(counts) * counts[place])
    return weights


def draw_rows(weights: Array, u: Array) -> IntArray:
    """For each of the numbers ``u`` in [0, 1) the row that it falls on, Eq. 5. The weights need not add up to 1."""
    ends = np.cumsum(weights)
    return np.searchsorted(ends / ends[-1], u, side="right")


class Loader:
    """Iterate over (x, y) in batches of ``batch_size`` rows, which are copies; ``len`` is the number of batches.

    ``shuffle`` needs an ``rng``, and so does ``transform(x, rng)``, which changes the rows of each batch (augmentation)
    with random numbers of its own. ``weights`` (N,) draw N rows an epoch with replacement, Eq. 5, in place of a
    permutation. The last batch may be short; ``drop_last`` leaves it out. One iteration at a time. Raises ShapeError
    when lengths differ, ValueError for weights that are no weights and where there would be no batch, TypeError without
    an rng.
    """

    def __init__(
        self, x: Numbers, y: Numbers, batch_size: int = 32, shuffle: bool = True, rng: Rng | None = None,
        drop_last: bool = False, transform: Transform | None = None, weights: Array | None = None,
    ) -> None:  # fmt: skip
        expect_positive("Loader", batch_size=batch_size)
        _expect_rows(x, y)
        if drop_last and len(x) < batch_size:
            raise ValueError(
                f"Loader: expected at least {batch_size} rows, got {len(x)}; drop_last would leave no batch"
            )
        self.x, self.y, self.batch_size, self.drop_last = x, y, batch_size, drop_last
        self.weights = None if weights is None else _expect_weights(weights, len(x), shuffle)
        self._rng = generator("Loader", rng) if shuffle else None
        self.transform = transform
        self._draws = generator("Loader", rng).spawn(1)[0] if transform else None  # the order stays what it was without
        self._order: IntArray | None = None  # of the epoch under way, (N,)
        self._before: dict[str, Any] = {}  # the generator before it drew that order
        self._handed_out = 0  # batches of that epoch
        self._resumed = False

    def __len__(self) -> int:
        return batch_count(len(self.x), self.batch_size, self.drop_last)

    def __iter__(self) -> Iterator[Batch]:
        order = self._order if self._resumed and self._order is not None else self._draw(0)
        self._resumed = False
        for rows in row_batches(order, self.batch_size, self.drop_last, self._handed_out):
            self._handed_out += 1  # a state taken inside the loop goes on after this batch
            x = self.x[rows]
            yield (self.transform(x, self._draws) if self.transform and self._draws else x), self.y[rows]
        self._order = None

    def state(self) -> dict[str, Any]:
        """Where the iteration is, as plain JSON values."""
        return self._options() | {
            "handed_out": self._handed_out if self._order is not None else None,  # None between two epochs
            "before": self._before,
            "now": rng_state(self._rng) if self._rng else {},
            "draws": rng_state(self._draws) if self._draws else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state: the next iteration is the rest of its epoch, which is empty after the last batch.

        Raises StateError for the state of another loader.
        """
        self._expect_own(state)
        self._order, self._resumed = None, state["handed_out"] is not None
        if self._resumed:
            if self._rng:
                restore_rng(self._rng, state["before"])
            self._draw(state["handed_out"])
        if self._rng:
            restore_rng(self._rng, state["now"])
        if self._draws:
            restore_rng(self._draws, state["draws"])

    def _expect_own(self, state: dict[str, Any]) -> None:
        got = {key: state.get(key) for key in OPTIONS}
        if got != self._options() or state.keys() != self.state().keys():
            raise StateError(
                f"Loader.restore: expected a state with {self._options()}, got {got}; were data or options changed?"
            )

    def _draw(self, handed_out: int) -> IntArray:
        """Begin an epoch as if so many batches of it were behind us."""
        self._handed_out = handed_out
        self._before = rng_state(self._rng) if self._rng else {}
        self._order = self._next_order()
        return self._order

    def _next_order(self) -> IntArray:
        n = len(self.x)
        if not self._rng:
            return np.arange(n)
        return self._rng.permutation(n) if self.weights is None else draw_rows(self.weights, self._rng.random(n))

    def _options(self) -> dict[str, Any]:
        has = [thing is not None for thing in (self._rng, self.weights, self.transform)]
        return dict(zip(OPTIONS, (len(self.x), self.batch_size, self.drop_last, *has), strict=True))


def _expect_rows(x: Any, y: Any) -> None:
    for name, array in (("x", x), ("y", y)):
        if not isinstance(array, np.ndarray):
            raise TypeError(f"Loader: expected {name} to be a NumPy array, got {type(array).__name__}; use np.asarray")
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ShapeError(f"Loader: expected as many rows in x as in y, got {x.shape} and {y.shape}; one label a row")
    if not len(x):
        raise ValueError("Loader: expected at least one row, got none; was the split empty?")


def _expect_weights(weights: Any, n: int, shuffle: bool) -> Array:
    found: Array = np.asarray(weights, np.float64)
    if found.shape != (n,):
        raise ShapeError(f"Loader: expected a weight for each of {n} rows, got shape {found.shape}; of other rows?")
    if not shuffle or not np.isfinite(found).all() or (found < 0).any() or found.sum() <= 0:
        got = f"{found.min()} to {found.max()}" if shuffle else "shuffle=False, which draws nothing"
        raise ValueError(
            f"Loader: expected finite weights from 0 up, not all 0, got {got}; balanced_weights makes some"
        )
    return found

"""Loader: rows in mini-batches, in a new random order each epoch, and able to stop in the middle and go on bit for bit.

An epoch draws one permutation of the rows. A state does not hold it (60,000 numbers): it holds the generator as it was
before the draw and as it is now, so the draw can be repeated, and how many batches were handed out.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.core import IntArray, Rng, ShapeError, StateError, expect_positive, generator, restore_rng, rng_state
from groundup.data.dataset import Numbers

Batch = tuple[Numbers, Numbers]
OPTIONS = ("rows", "batch_size", "drop_last", "shuffle")  # a state fits a loader with the same ones


class Loader:
    """Iterate over (x, y) in batches of ``batch_size`` rows, which are copies; ``len`` is the number of batches.

    ``shuffle`` needs an ``rng``. The last batch may be short; ``drop_last`` leaves it out. One iteration at a time.
    Raises ShapeError when x and y differ in length, ValueError when there would be no batch, TypeError without an rng.
    """

    def __init__(
        self, x: Numbers, y: Numbers, batch_size: int = 32, shuffle: bool = True, rng: Rng | None = None,
        drop_last: bool = False,
    ) -> None:  # fmt: skip
        expect_positive("Loader", batch_size=batch_size)
        _expect_rows(x, y)
        if drop_last and len(x) < batch_size:
            raise ValueError(
                f"Loader: expected at least {batch_size} rows, got {len(x)}; drop_last would leave no batch"
            )
        self.x, self.y, self.batch_size, self.drop_last = x, y, batch_size, drop_last
        self._rng = generator("Loader", rng) if shuffle else None
        self._order: IntArray | None = None  # of the epoch under way, (N,)
        self._before: dict[str, Any] = {}  # the generator before it drew that order
        self._handed_out = 0  # batches of that epoch
        self._resumed = False

    def __len__(self) -> int:
        n = len(self.x)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = self._order if self._resumed and self._order is not None else self._draw(0)
        self._resumed = False
        while self._handed_out < len(self):
            start = self._handed_out * self.batch_size
            rows = order[start : start + self.batch_size]
            self._handed_out += 1  # a state taken inside the loop goes on after this batch
            yield self.x[rows], self.y[rows]
        self._order = None

    def state(self) -> dict[str, Any]:
        """Where the iteration is, as plain JSON values."""
        now = rng_state(self._rng) if self._rng else {}
        under_way = self._order is not None
        return self._options() | {
            "handed_out": self._handed_out if under_way else None,
            "before": self._before if under_way else now,
            "now": now,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state: the next iteration is the rest of its epoch, which is empty after the last batch.

        Raises StateError for the state of another loader.
        """
        got = {key: state.get(key) for key in OPTIONS}
        if got != self._options() or state.keys() != self.state().keys():
            raise StateError(
                f"Loader.restore: expected a state with {self._options()}, got {got}; were data or options changed?"
            )
        self._order, self._resumed = None, state["handed_out"] is not None
        if self._rng:
            restore_rng(self._rng, state["before"])
        if self._resumed:
            self._draw(state["handed_out"])
        if self._rng:
            restore_rng(self._rng, state["now"])

    def _draw(self, handed_out: int) -> IntArray:
        """Begin an epoch as if so many batches of it were behind us."""
        self._handed_out = handed_out
        self._before = rng_state(self._rng) if self._rng else {}
        self._order = self._rng.permutation(len(self.x)) if self._rng else np.arange(len(self.x))
        return self._order

    def _options(self) -> dict[str, Any]:
        values = (len(self.x), self.batch_size, self.drop_last, self._rng is not None)
        return dict(zip(OPTIONS, values, strict=True))


def _expect_rows(x: Any, y: Any) -> None:
    for name, array in (("x", x), ("y", y)):
        if not isinstance(array, np.ndarray):
            raise TypeError(f"Loader: expected {name} to be a NumPy array, got {type(array).__name__}; use np.asarray")
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ShapeError(f"Loader: expected as many rows in x as in y, got {x.shape} and {y.shape}; one label a row")
    if not len(x):
        raise ValueError("Loader: expected at least one row, got none; was the split empty?")

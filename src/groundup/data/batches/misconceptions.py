"""What people write in place of batches: rows that are lost, orders that are forgotten, weights the wrong way round."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, misconception, restore_rng, rng_state
from groundup.data.batches.batches import Loader, batch_count, draw_rows, row_batches, rows_of


@misconception(
    "batch_count",
    "You always round down: the rows of the short batch are never learned from.",
    see="An epoch",
)
def always_down(n: int, batch_size: int, drop_last: bool = False) -> int:
    return n // batch_size


@misconception(
    "batch_count",
    "There is one batch too many where the batches come out even: the last one is empty, and its mean loss is nan.",
    see="An epoch",
)
def one_more_always(n: int, batch_size: int, drop_last: bool = False) -> int:
    return n // batch_size + (not drop_last)


@misconception(
    "batch_count",
    "You round to the nearest number: a short batch counts only if it is more than half full.",
    see="An epoch",
)
def to_the_nearest(n: int, batch_size: int, drop_last: bool = False) -> int:
    return n // batch_size if drop_last else round(n / batch_size)


@misconception(
    "rows_of",
    "You return places, and not the rows that the order has there: every epoch is the same, whatever order was drawn.",
    see="An epoch",
)
def places_instead_of_rows(order: IntArray, k: int, batch_size: int) -> IntArray:
    return np.arange(k * batch_size, min((k + 1) * batch_size, len(order)))


@misconception(
    "rows_of",
    "Each batch begins one row after the one before: most rows come again and again.",
    see="An epoch",
)
def one_row_further(order: IntArray, k: int, batch_size: int) -> IntArray:
    return order[k : k + batch_size]


@misconception(
    "row_batches",
    "It always begins with the first batch: after an interruption the rows that were seen already come again.",
    see="One at a time",
)
def always_from_the_first(
    order: IntArray, batch_size: int, drop_last: bool = False, first: int = 0
) -> Iterator[IntArray]:
    yield from row_batches(order, batch_size, drop_last)


@misconception(
    "row_batches",
    "The short batch is handed out whether it is to be dropped or not.",
    see="An epoch",
)
def never_drops(order: IntArray, batch_size: int, drop_last: bool = False, first: int = 0) -> Iterator[IntArray]:
    yield from row_batches(order, batch_size, False, first)


@misconception(
    "row_batches",
    "So many batches are handed out as there are in an epoch, counted from where you begin: the last ones are empty.",
    see="One at a time",
)
def counted_from_the_first(
    order: IntArray, batch_size: int, drop_last: bool = False, first: int = 0
) -> Iterator[IntArray]:
    for k in range(batch_count(len(order), batch_size, drop_last)):
        yield rows_of(order, first + k, batch_size)


@misconception(
    "row_batches",
    "It begins so many rows further as batches are to be left out: most rows that were handed out come again.",
    see="One at a time",
)
def first_taken_for_a_row(
    order: IntArray, batch_size: int, drop_last: bool = False, first: int = 0
) -> Iterator[IntArray]:
    yield from row_batches(order[first:], batch_size, drop_last)


@misconception(
    "balanced_weights",
    "The more rows a class has, the more often each of them is drawn: the common class becomes more common still.",
    see="The rare ones more often",
)
def the_wrong_way_round(labels: IntArray) -> Array:
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(counts[place] / (counts**2).sum())


@misconception(
    "balanced_weights",
    "All rows have the same weight. Then all rows are drawn equally often, and the classes are not.",
    see="The rare ones more often",
)
def all_alike(labels: IntArray) -> Array:
    return np.full(len(labels), 1 / len(labels))


@misconception(
    "balanced_weights",
    "Your weights add up to the number of classes. The weights of a class should add up to its share of the draws.",
    see="The rare ones more often",
)
def not_over_the_classes(labels: IntArray) -> Array:
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[place])


@misconception(
    "balanced_weights",
    "Classes are counted up to the highest label, and those that never occur are counted, too.",
    see="The rare ones more often",
)
def classes_that_never_occur(labels: IntArray) -> Array:
    counts = np.bincount(labels)
    return np.asarray(1 / (len(counts) * counts[labels]))


@misconception(
    "draw_rows",
    "A random number that is equal to an end goes to the row that ends there: a first row of weight zero can then be "
    "drawn. The interval holds its lower end and not its upper one.",
    see="The rare ones more often",
)
def upper_ends_held(weights: Array, u: Array) -> IntArray:
    ends = np.cumsum(weights)
    return np.searchsorted(ends / ends[-1], u, side="left")


@misconception(
    "draw_rows",
    "Running totals are compared with numbers below 1 though they end somewhere else: most rows can never be drawn.",
    see="The rare ones more often",
)
def totals_as_they_are(weights: Array, u: Array) -> IntArray:
    return np.searchsorted(np.cumsum(weights), u, side="right")


@misconception(
    "draw_rows",
    "The weights play no part: all rows are drawn equally often.",
    see="The rare ones more often",
)
def weights_ignored(weights: Array, u: Array) -> IntArray:
    return draw_rows(np.ones_like(weights), u)


@misconception(
    "Loader.state",
    "The state says that no batch of this epoch was handed out: it begins again, and some rows are learned twice.",
    see="A state that fits in a line",
)
def nothing_handed_out(self: Loader) -> dict[str, Any]:
    state = branch(self)
    return state | ({} if state["handed_out"] is None else {"handed_out": 0})


@misconception(
    "Loader.state",
    "Only the generator as it is now is kept. It has drawn this epoch's order already, and draws another one next: the "
    "rest of the epoch has rows that were seen, and misses others.",
    see="A state that fits in a line",
)
def only_the_generator_now(self: Loader) -> dict[str, Any]:
    state = branch(self)
    return state | {"before": state["now"]}


@misconception(
    "Loader.state",
    "Between two epochs you keep the generator as it was before the last order: the epoch that was done comes again.",
    see="A state that fits in a line",
)
def the_last_epoch_again(self: Loader) -> dict[str, Any]:
    state = branch(self)
    return state | {"before": self._before, "now": self._before if self._order is None else state["now"]}


def branch(self: Loader) -> dict[str, Any]:
    """The right state."""
    return self._options() | {
        "handed_out": None if self._order is None else self._handed_out,
        "before": self._before,
        "now": rng_state(self._rng) if self._rng else {},
        "draws": rng_state(self._draws) if self._draws else None,
    }


def _put_back(self: Loader, state: dict[str, Any], *, now: bool, draws: bool) -> None:
    self._order, self._resumed = None, state["handed_out"] is not None
    if self._resumed:
        if self._rng:
            restore_rng(self._rng, state["before"])
        self._draw(state["handed_out"])
    if self._rng and now:
        restore_rng(self._rng, state["now"])
    if self._draws and draws:
        restore_rng(self._draws, state["draws"])


@misconception(
    "Loader.restore",
    "The generator stands where it stood after the order was drawn. What others drew from it since is drawn once more.",
    see="A state that fits in a line",
)
def left_after_the_order(self: Loader, state: dict[str, Any]) -> None:
    _put_back(self, state, now=False, draws=True)


@misconception(
    "Loader.restore",
    "The transform's own generator is not put back: the pictures of the rest of the epoch are changed otherwise.",
    see="A state that fits in a line",
)
def noise_forgotten(self: Loader, state: dict[str, Any]) -> None:
    _put_back(self, state, now=True, draws=False)


@misconception(
    "Loader.restore",
    "The next iteration begins an epoch of its own: nothing says that it is to be the rest of the one under way.",
    see="A state that fits in a line",
)
def a_new_epoch(self: Loader, state: dict[str, Any]) -> None:
    _put_back(self, state, now=True, draws=True)
    self._resumed = False

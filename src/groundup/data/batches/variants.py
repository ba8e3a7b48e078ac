"""Batches written another way, and just as right."""

from collections import Counter
from collections.abc import Iterator
from math import ceil, floor
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, restore_rng, rng_state, variant
from groundup.data.batches.batches import Loader


@variant("batch_count", "a quotient, rounded")
def rounded_quotient(n: int, batch_size: int, drop_last: bool = False) -> int:
    return (floor if drop_last else ceil)(n / batch_size)


@variant("batch_count", "full batches, and one more for what is left")
def one_more_for_the_rest(n: int, batch_size: int, drop_last: bool = False) -> int:
    full, left = divmod(n, batch_size)
    return full + (left > 0 and not drop_last)


@variant("rows_of", "places by number")
def places_by_number(order: IntArray, k: int, batch_size: int) -> IntArray:
    places = np.arange(k * batch_size, min((k + 1) * batch_size, len(order)))
    return order[places]


@variant("row_batches", "places in steps of a batch")
def in_steps_of_a_batch(
    order: IntArray, batch_size: int, drop_last: bool = False, first: int = 0
) -> Iterator[IntArray]:
    for start in range(first * batch_size, len(order), batch_size):
        if drop_last and start + batch_size > len(order):
            return
        yield order[start : start + batch_size]


@variant("row_batches", "what is left of the order gets shorter")
def ever_shorter(order: IntArray, batch_size: int, drop_last: bool = False, first: int = 0) -> Iterator[IntArray]:
    left = order[first * batch_size :]
    while len(left) >= batch_size or (len(left) and not drop_last):
        yield left[:batch_size]
        left = left[batch_size:]


@variant("balanced_weights", "counted row by row")
def counted_row_by_row(labels: IntArray) -> Array:
    counts = Counter(labels.tolist())
    return np.array([1 / len(counts) / counts[label] for label in labels.tolist()])


@variant("balanced_weights", "a table of which row is of which class")
def by_a_table(labels: IntArray) -> Array:
    table = (labels[:, None] == np.unique(labels)).astype(np.float64)  # (N, C)
    weights: Array = (table / table.sum(axis=0)).sum(axis=1) / table.shape[1]
    return weights


@variant("draw_rows", "how many ends are at or below each number")
def ends_counted(weights: Array, u: Array) -> IntArray:
    ends = np.cumsum(weights) / np.sum(weights)
    rows: IntArray = (ends <= u[:, None]).sum(axis=1)
    return rows


@variant("draw_rows", "a walk along the line for each number")
def a_walk_for_each(weights: Array, u: Array) -> IntArray:
    rows = []
    for number in u * weights.sum():
        n, end = 0, weights[0]
        while end <= number:
            n += 1
            end += weights[n]
        rows.append(n)
    return np.array(rows, np.int64)


@variant("Loader.state", "branch by branch")
def branch_by_branch(self: Loader) -> dict[str, Any]:
    state = self._options()
    state["now"] = rng_state(self._rng) if self._rng is not None else {}
    state["before"], state["handed_out"] = {}, None
    if self._order is not None:
        state["before"], state["handed_out"] = self._before, self._handed_out
    state["draws"] = None if self._draws is None else rng_state(self._draws)
    return state


@variant("Loader.restore", "the order is drawn by hand")
def drawn_by_hand(self: Loader, state: dict[str, Any]) -> None:
    self._expect_own(state)
    if self._draws is not None:
        restore_rng(self._draws, state["draws"])
    self._order, self._resumed = None, False
    if state["handed_out"] is not None:
        self._resumed, self._handed_out, self._before = True, state["handed_out"], state["before"]
        if self._rng is not None:
            restore_rng(self._rng, state["before"])
        self._order = self._next_order()
    if self._rng is not None:
        restore_rng(self._rng, state["now"])

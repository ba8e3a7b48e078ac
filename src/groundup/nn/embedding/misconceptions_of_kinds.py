"""Fast and wrong: what people write when the loop over the ids is to go."""

import numpy as np

from groundup.core import Array, IntArray, misconception


@misconception(
    "scatter",
    "An indexed += is fast because it writes each row once: of an id that comes up again only the last gradient stays.",
    see="Break",
)
def written_once(ids: IntArray, dy: Array, rows: int) -> Array:
    dw = np.zeros((rows, dy.shape[1]), dy.dtype)
    dw[ids] += dy
    return dw


@misconception(
    "scatter",
    "Your table has a row for each id that came up, and no other. Ids that were not read keep their place, with zeros.",
    see="The gradient",
)
def only_those_that_came_up(ids: IntArray, dy: Array, rows: int) -> Array:
    order = np.argsort(ids, kind="stable")
    starts = np.flatnonzero(np.diff(ids[order], prepend=-1))
    dw: Array = np.add.reduceat(dy[order], starts, axis=0)
    return dw


@misconception(
    "scatter",
    "Equal ids are added up only where they stand side by side: they have to be sorted first.",
    see="The gradient",
)
def not_sorted(ids: IntArray, dy: Array, rows: int) -> Array:
    starts = np.flatnonzero(np.diff(ids, prepend=-1))
    dw = np.zeros((rows, dy.shape[1]), dy.dtype)
    dw[ids[starts]] = np.add.reduceat(dy, starts, axis=0)
    return dw

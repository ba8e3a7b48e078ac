"""What people write in place of a split: parts that overlap, scales that have seen the test rows, groups torn apart."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.data.splits.splits import cut, whole_groups


@misconception(
    "stratified_keys",
    "All rows are shuffled together, whatever their class: a rare class may then miss a part altogether.",
    see="Dealing class by class",
)
def one_shuffle_for_all(labels: IntArray, draw: np.random.Generator) -> Array:
    return np.asarray((draw.permutation(len(labels)) + draw.random()) / len(labels))


@misconception(
    "stratified_keys",
    "Keys grow with the size of a class: sorted by them, the rare classes all stand at the beginning. Each class is to "
    "be spread over the same stretch, from 0 to 1.",
    see="Dealing class by class",
)
def not_divided(labels: IntArray, draw: np.random.Generator) -> Array:
    keys = np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        keys[rows] = draw.permutation(len(rows)) + draw.random()
    return keys


@misconception(
    "stratified_keys",
    "Ranks are over the number of all rows, so that a rare class is crowded at the beginning of the deck.",
    see="Dealing class by class",
)
def over_all_rows(labels: IntArray, draw: np.random.Generator) -> Array:
    return not_divided.wrong(labels, draw) / len(labels)  # type: ignore[no-any-return]


@misconception(
    "stratified_keys",
    "Rows keep the order that they had within their class: what was collected last would always be the test part.",
    see="Dealing class by class",
)
def never_shuffled(labels: IntArray, draw: np.random.Generator) -> Array:
    keys = np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        draw.permutation(len(rows))
        keys[rows] = (np.arange(len(rows)) + draw.random()) / len(rows)
    return keys


@misconception(
    "stratified_keys",
    "Every row has a random shift of its own. The rows of a class are then no longer evenly spaced: all of them should "
    "move by the same amount.",
    see="Dealing class by class",
)
def a_shift_for_every_row(labels: IntArray, draw: np.random.Generator) -> Array:
    keys = np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        keys[rows] = (draw.permutation(len(rows)) + draw.random(len(rows))) / len(rows)
    return keys


@misconception(
    "cut",
    "Each size is rounded by itself, and the errors add up: rows are left over at the end, or one part pays for all.",
    see="Where to cut",
)
def sizes_rounded(deck: IntArray, shares: Sequence[float]) -> list[IntArray]:
    return np.split(deck, np.cumsum(np.rint(np.array(shares) * len(deck)).astype(int))[:-1])


@misconception(
    "cut",
    "Places are cut down to whole rows, never rounded up: the last part gets what all others lose.",
    see="Where to cut",
)
def cut_down(deck: IntArray, shares: Sequence[float]) -> list[IntArray]:
    return np.split(deck, (np.cumsum(shares) * len(deck)).astype(int)[:-1])


@misconception(
    "cut",
    "Every part begins at the first row, so that the parts overlap: the model is tested on rows that it has learned.",
    see="Where to cut",
)
def all_from_the_start(deck: IntArray, shares: Sequence[float]) -> list[IntArray]:
    return [deck[: round(share * len(deck))] for share in shares]


@misconception(
    "cut",
    "The deck is sorted before it is cut. Its order is the whole point: it has been dealt so that every stretch of it "
    "holds the classes in proportion.",
    see="Where to cut",
)
def sorted_first(deck: IntArray, shares: Sequence[float]) -> list[IntArray]:
    return cut(np.sort(deck), shares)


@misconception(
    "standardise",
    "Mean and deviation are taken over all rows, test rows included. What you report of the test part has seen it.",
    see="Scaling",
)
def over_everything(train: Array, *others: Array) -> tuple[Array, ...]:
    rows = np.concatenate([train, *others])
    scale = np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1).astype(train.dtype)
    return tuple((x - rows.mean(axis=0)) / scale for x in (train, *others))


@misconception(
    "standardise",
    "Every part is scaled by its own mean and deviation. A test row then means something else than a training row with "
    "the same numbers, and one row alone is always zero.",
    see="Scaling",
)
def each_by_its_own(train: Array, *others: Array) -> tuple[Array, ...]:
    return tuple((x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1) for x in (train, *others))


@misconception(
    "standardise",
    "You divide by the variance. It is in squares of the unit; its root, the deviation, is what makes columns alike.",
    see="Scaling",
)
def by_the_variance(train: Array, *others: Array) -> tuple[Array, ...]:
    scale = np.where(train.var(axis=0) > 0, train.var(axis=0), 1).astype(train.dtype)
    return tuple((x - train.mean(axis=0)) / scale for x in (train, *others))


@misconception(
    "standardise",
    "One mean and one deviation for all columns: a column of metres and one of grams stay as far apart as they were.",
    see="Scaling",
)
def one_scale_for_all(train: Array, *others: Array) -> tuple[Array, ...]:
    return tuple((x - train.mean()) / train.std() for x in (train, *others))


@misconception(
    "standardise",
    "A column that never varies is divided by nearly nothing: in other rows the smallest difference becomes enormous.",
    see="Scaling",
)
def divided_by_nearly_nothing(train: Array, *others: Array) -> tuple[Array, ...]:
    scale = (train.std(axis=0) + 1e-8).astype(train.dtype)
    return tuple((x - train.mean(axis=0)) / scale for x in (train, *others))


@misconception(
    "whole_groups",
    "The cut goes through a group, and leaves some of its rows on either side.",
    see="Rows that belong together",
)
def torn_apart(groups: Any, order: Any, shares: Sequence[float]) -> list[IntArray]:
    deck = np.concatenate([np.flatnonzero(groups == group) for group in order])
    return [np.sort(part) for part in cut(deck, shares)]


@misconception(
    "whole_groups",
    "You cut the list of groups by the shares, as if all groups had as many rows: one large group makes a part far too "
    "large.",
    see="Rows that belong together",
)
def groups_counted(groups: Any, order: Any, shares: Sequence[float]) -> list[IntArray]:
    return [np.flatnonzero(np.isin(groups, part)) for part in cut(order, shares)]


@misconception(
    "whole_groups",
    "A group goes where its first row lies. A part then ends up to a whole group too large; by the middle it is half a "
    "group at most.",
    see="Rows that belong together",
)
def by_the_first_row(groups: Any, order: Any, shares: Sequence[float]) -> list[IntArray]:
    counts = np.array([(groups == group).sum() for group in order])
    starts = (np.cumsum(counts) - counts) / len(groups)
    part = np.searchsorted(np.cumsum(shares)[:-1], starts, side="right")
    return [np.flatnonzero(np.isin(groups, order[part == j])) for j in range(len(shares))]


@misconception(
    "whole_groups",
    "Groups are laid out in increasing order, and not in the order that is given: always the same ones are tested on.",
    see="Rows that belong together",
)
def in_increasing_order(groups: Any, order: Any, shares: Sequence[float]) -> list[IntArray]:
    return whole_groups(groups, np.sort(order), shares)

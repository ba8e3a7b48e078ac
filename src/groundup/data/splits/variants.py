"""Splits written another way, and just as right."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, variant


@variant("stratified_keys", "classes by number, and one division at the end")
def divided_at_the_end(labels: IntArray, draw: np.random.Generator) -> Array:
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    shifted = np.empty(len(labels))
    for c, count in enumerate(counts):
        shifted[place == c] = draw.permutation(count)
        shifted[place == c] += draw.random()
    keys: Array = shifted / counts[place]
    return keys


@variant("stratified_keys", "row by row, ranks handed out from a list for each class")
def row_by_row(labels: IntArray, draw: np.random.Generator) -> Array:
    waiting: dict[int, list[float]] = {}
    for label in sorted(set(labels.tolist())):
        n = int((labels == label).sum())
        ranks = draw.permutation(n)
        waiting[label] = list((ranks + draw.random()) / n)
    return np.array([waiting[label].pop(0) for label in labels.tolist()], np.float64)


@variant("cut", "slices from one cut to the next")
def by_slices(deck: IntArray, shares: Sequence[float]) -> list[IntArray]:
    parts, start, total = [], 0, 0.0
    for share in shares:
        total += share
        end = round(total * len(deck))
        parts.append(deck[start:end])
        start = end
    return parts


@variant("cut", "the part of every place, and masks")
def by_masks(deck: IntArray, shares: Sequence[float]) -> list[IntArray]:
    ends = np.rint(np.cumsum(shares) * len(deck))
    ends[-1] = len(deck)
    part = np.searchsorted(ends, np.arange(len(deck)), side="right")
    return [deck[part == j] for j in range(len(shares))]


@variant("standardise", "column by column")
def column_by_column(train: Array, *others: Array) -> tuple[Array, ...]:
    scaled = [x.copy() for x in (train, *others)]
    for d in range(train.shape[1]):
        mean, deviation = train[:, d].mean(), train[:, d].std()
        for x in scaled:
            x[:, d] -= mean
            if deviation > 0:
                x[:, d] /= deviation
    return tuple(scaled)


@variant("standardise", "the deviation from centred rows")
def from_centred_rows(train: Array, *others: Array) -> tuple[Array, ...]:
    mean = train.sum(axis=0) / len(train)
    scale = np.sqrt(np.square(train - mean).mean(axis=0))
    scale[scale == 0] = 1
    return tuple(np.divide(x - mean, scale) for x in (train, *others))


@variant("whole_groups", "a walk along the line of groups")
def along_the_line(groups: Any, order: Any, shares: Sequence[float]) -> list[IntArray]:
    parts: list[list[int]] = [[] for _ in shares]
    before = 0
    for group in order:
        rows = np.flatnonzero(groups == group)
        middle = (before + len(rows) / 2) / len(groups)
        before += len(rows)
        j, end = 0, shares[0]
        while middle > end and j < len(shares) - 1:
            j += 1
            end += shares[j]
        parts[j].extend(rows.tolist())
    return [np.array(sorted(rows), np.int64) for rows in parts]


@variant("whole_groups", "a part for every row, by its group's place in the order")
def part_of_every_row(groups: Any, order: Any, shares: Sequence[float]) -> list[IntArray]:
    place = (groups[:, None] == order).argmax(axis=1)  # (N,)
    counts = np.bincount(place, minlength=len(order))
    middles = (np.concatenate([[0], np.cumsum(counts)[:-1]]) + counts / 2) / len(groups)
    part = (middles[:, None] > np.cumsum(shares)[:-1]).sum(axis=1)[place]
    return [np.flatnonzero(part == j) for j in range(len(shares))]

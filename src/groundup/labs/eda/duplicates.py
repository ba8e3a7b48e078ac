"""Rows that are there twice: within the whole, on both sides of a split, and with two labels.

A row is known by a digest of 16 bytes; there are so many of these that no two rows that differ share one by chance.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from groundup.core import IntArray
from groundup.data.dataset import Numbers
from groundup.labs.eda.section import NAMES, Section, Splits, count, literal, part_of_row, table
from groundup.labs.lab import percent

SHOWN = 8  # examples in a table
Show = Callable[[int], str]


def digests(rows: Iterable[bytes]) -> list[bytes]:
    """16 bytes a row, the same for the same row."""
    return [hashlib.blake2b(row, digest_size=16).digest() for row in rows]


def row_bytes(x: Numbers) -> Iterable[bytes]:
    """The bytes of each row of an array; 0.0 and -0.0 are one number."""
    return ((row + 0.0 if np.issubdtype(x.dtype, np.floating) else row).tobytes() for row in x)


@dataclass(frozen=True)
class Groups:
    """Which rows are the same: ``of_row`` (N,) numbers the distinct ones, ``groups`` has those that repeat."""

    of_row: IntArray
    groups: list[IntArray]

    @property
    def surplus(self) -> int:
        """Rows that could go without any row being lost."""
        return sum(len(group) - 1 for group in self.groups)


def group(keys: list[bytes]) -> Groups:
    """Rows with equal keys, in the order of their first."""
    number: dict[bytes, int] = {}
    of_row = np.array([number.setdefault(key, len(number)) for key in keys])
    order = np.argsort(of_row, kind="stable")
    stretches = np.split(order, np.flatnonzero(np.diff(of_row[order])) + 1)
    return Groups(of_row, [rows for rows in stretches if len(rows) > 1])


def leaks(found: Groups, splits: Splits) -> dict[str, IntArray]:
    """Rows of a later part that are in an earlier one too, by "test in train"."""
    names = [name for name in ("train", "val", "test") if name in splits]
    leaked = {}
    for i, later in enumerate(names):
        for earlier in names[:i]:
            inside = np.isin(found.of_row[splits[later]], found.of_row[splits[earlier]])
            leaked[f"{later} in {earlier}"] = splits[later][inside]
    return leaked


def conflicts(found: Groups, y: IntArray) -> list[IntArray]:
    """Groups of equal rows whose labels differ."""
    return [rows for rows in found.groups if len(np.unique(y[rows])) > 1]


def section(found: Groups, splits: Splits, what: str, show: Show | None = None, same: str = "") -> Section:
    """Duplicates and leakage. ``what`` is one row in words; ``show`` writes one down; ``same`` says when two agree."""
    n, surplus = len(found.of_row), found.surplus
    made = Section("Duplicates and leakage", facts={"rows": n, "duplicates": surplus, "groups": len(found.groups)})
    same = same or "the same in every number"
    if surplus:
        largest = max(map(len, found.groups))
        made.said = [
            f"{count(surplus, what)} of {n:,} ({percent(surplus / n)}) {'repeats' if surplus == 1 else 'repeat'} "
            f"another, {same}; the commonest is there {largest:,} times."
        ]
    else:
        made.said = [f"No {what} is there twice ({same})."]
    made.said += _leakage(found, splits, made)
    if show and found.groups:
        parts = part_of_row(n, splits)
        most = sorted(found.groups, key=lambda rows: -len(rows))[:SHOWN]
        rows = [(show(int(rows[0])), _parts(rows, parts), f"{len(rows):,}") for rows in most]
        kept = [(text, *((where,) if splits else ()), times) for text, where, times in rows]
        made.tables = [table((f"the commonest {what}s", *(("in",) if splits else ()), "times"), kept, 1)]
    return made


def _parts(rows: IntArray, parts: list[str]) -> str:
    found = {parts[row] for row in rows}
    return ", ".join(NAMES.get(name, name) for name in ("train", "val", "test") if name in found)


def _leakage(found: Groups, splits: Splits, made: Section) -> list[str]:
    leaked = leaks(found, splits)
    made.facts["leaked"] = {name: len(rows) for name, rows in leaked.items()}
    if not leaked:
        return (
            ["There is no official split to leak through; split so that equal rows stay together."]
            if found.groups
            else []
        )
    said = []
    for name, rows in leaked.items():
        later, earlier = name.split(" in ")
        if len(rows):
            share = percent(len(rows) / len(splits[later]))
            said.append(
                f"**{len(rows):,} of {len(splits[later]):,} {NAMES[later]} rows ({share}) "
                f"{'stands' if len(rows) == 1 else 'stand'} in the "
                f"{NAMES[earlier]} part too**: on these, what is measured may be memory."
            )
    between = "none of its parts shares a row with another" if len(splits) > 2 else "its parts share no row"
    return said or [f"The official split leaks nothing in this sense: {between}."]


def labels(found: Groups, y: IntArray, classes: list[str], what: str, show: Show | None = None) -> Section:
    """Equal rows with different labels: at most one of the labels can be right. Empty where no row is there twice."""
    doubtful = conflicts(found, y)
    made = Section("Labels in doubt", facts={"groups": len(doubtful), "rows": sum(map(len, doubtful))})
    if not found.groups:
        return made
    if not doubtful:
        made.said = [
            f"Equal {what}s have equal labels, all {len(found.groups):,} times: no sign of noise in this sense."
        ]
        return made
    rows = sum(map(len, doubtful))
    wrong = sum(len(each) - int(np.bincount(y[each]).max()) for each in doubtful)
    made.facts["at_least_wrong"] = wrong
    made.said = [
        f"{count(len(doubtful), what)} of the {len(found.groups):,} that are there more than once "
        f"{'has' if len(doubtful) == 1 else 'have'} different labels ({rows:,} rows in all): nothing that sees the row "
        f"alone can get more than {len(y) - wrong:,} of {len(y):,} rows right, {percent(1 - wrong / len(y))}."
    ]
    if show:
        most = sorted(doubtful, key=lambda each: -len(each))[:SHOWN]
        made.tables = [table((what, "labels"), [(show(int(each[0])), _votes(y[each], classes)) for each in most])]
    return made


def _votes(y: IntArray, classes: list[str]) -> str:
    counts = np.bincount(y)
    return ", ".join(f"{literal(classes[k])} {counts[k]}" for k in np.flatnonzero(counts))

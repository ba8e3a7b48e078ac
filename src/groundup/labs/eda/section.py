"""A section of a page on data: what was found in words, tables and figures, and the same as numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import IntArray
from groundup.labs.lab import Figure

Splits = Mapping[str, IntArray]
NAMES = {"train": "training", "val": "validation", "test": "test"}
MARKED = re.compile(r"([\\`*_\[\]<>&~#])")


@dataclass
class Section:
    """``said`` are sentences, the one that matters most first; ``facts`` are plain JSON."""

    title: str
    said: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.said or self.tables or self.figures)

    def markdown(self, level: int = 2) -> str:
        """Heading, sentences, figures, tables."""
        drawn = [f"![{literal(_plain(f.caption), len(f.caption))}](figures/{f.stem}.svg)" for f in self.figures]
        return "\n\n".join([f"{'#' * level} {self.title}", *self.said, *drawn, *self.tables])


@dataclass(frozen=True)
class Place:
    """Where the figures of one data set go. Several may share a folder: each has its own prefix."""

    folder: Path
    prefix: str = ""

    def stem(self, name: str) -> Path:
        """The file of a figure, without its suffix."""
        return self.folder / f"{self.prefix}{name}"


def literal(text: str, room: int = 200) -> str:
    """Words out of the data, shown as they are wherever Markdown is written; cut off after ``room`` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return MARKED.sub(r"\\\1", line if len(line) <= room else line[: room - 1].rstrip() + "…")


def in_figure(text: str, room: int = 24) -> str:
    """Words out of the data for a figure, where a dollar would begin a formula."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return (line if len(line) <= room else line[: room - 1] + "…").replace("$", r"\$")


def _plain(caption: str) -> str:
    """Words of a figure outside it."""
    return caption.replace(r"\$", "$")


def part_of_row(rows: int, splits: Splits) -> list[str]:
    """The name of the part that each row belongs to, "" where it is in none."""
    names = np.full(rows, "", dtype=object)
    for name, numbers in splits.items():
        names[numbers] = name
    return [str(name) for name in names]


def in_order(splits: Splits) -> dict[str, IntArray]:
    """The parts as they are used: training, validation, test."""
    return {name: splits[name] for name in sorted(splits, key=[*NAMES, *splits].index)}


def table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: int = 0) -> str:
    """A Markdown table whose last ``numbers`` columns are aligned right."""
    words = len(head) - numbers
    lines = [head, [*["---"] * words, *["---:"] * numbers], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def rounded(value: float) -> str:
    """Two digits that count: "1.7", "210,000"."""
    return f"{value:.2g}" if value < 100 else f"{float(f'{value:.2g}'):,.0f}"


def count(number: int, one: str, many: str = "") -> str:
    """ "1 row", "2,000 rows", "no row"."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {many or one + 's'}" if number else f"no {one}"

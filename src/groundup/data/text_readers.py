"""Readers of what is written: labelled lines, one long text, Python's own sources, prices by day.

As in ``readers``, each takes the files of a form by name, the entry's facts, and the options in its TOML.
"""

import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from groundup.core import Array, IntArray
from groundup.data.catalogue import Facts
from groundup.data.errors import BROKEN, DataError, damaged
from groundup.data.kinds import Dates

TextParts = dict[str, tuple[list[str], IntArray]]
Paths = Mapping[str, Path]


def tsv(paths: Paths, facts: Facts, *, splits: Mapping[str, str], labels: Sequence[str], skip: int = 0) -> TextParts:
    """A file a split: in each line a text, a tab, and one of ``labels``, which stand for the classes in their order.

    ``skip`` lines at the top are the header. Quotation marks are part of the text.
    """
    return {split: _labelled(paths[name], labels, skip) for split, name in splits.items()}


def _labelled(path: Path, labels: Sequence[str], skip: int) -> tuple[list[str], IntArray]:
    lines = _text(path).removesuffix("\n").split("\n")[skip:]  # not splitlines: tweets hold other line ends
    pairs = [line.rpartition("\t") for line in lines]
    for number, (text, _, label) in enumerate(pairs, skip + 1):
        if not text.strip() or label not in labels:
            raise DataError(
                f"load: expected a text, a tab, and {' or '.join(labels)} in line {number} of {path}, "
                f"got {text[-20:]!r} and {label[:20]!r}; is the label wrong, or was the copy cut short?"
            )
    if not pairs:
        raise damaged(path, "lines of text and label", "a header alone")
    return [text for text, _, _ in pairs], np.array([labels.index(label) for _, _, label in pairs], np.int64)


def text(paths: Paths, facts: Facts) -> str:
    """One file, whole, in UTF-8."""
    (path,) = paths.values()
    return _text(path)


def python(paths: Paths, facts: Facts, *, characters: int) -> str:
    """The Python files beside the one that is named, in alphabetical order, cut off after so many characters."""
    (path,) = paths.values()
    parts, room = [], characters
    for source in sorted(path.parent.glob("*.py")):
        parts.append(_text(source)[:room])
        room -= len(parts[-1])
        if not room:
            break
    return "".join(parts)


def prices(paths: Paths, facts: Facts, *, field: str) -> tuple[Dates, Array]:
    """A gzipped table of Ticker, Date and more: the dates on which all of ``facts.columns`` have the field, and it."""
    (path,) = paths.values()
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = [(row["Ticker"], row["Date"], float(row[field])) for row in csv.DictReader(file)]
        by_ticker = [{day: value for name, day, value in rows if name == ticker} for ticker in facts.columns]
        days = sorted(set.intersection(*(set(each) for each in by_ticker)))
        dates: Dates = np.array(days, "datetime64[D]")
    except (*BROKEN, KeyError, TypeError, csv.Error) as error:
        raise damaged(path, f"a gzipped table of Ticker, Date and {field}", error) from error
    return dates, np.array([[each[day] for each in by_ticker] for day in days]).reshape(len(days), len(by_ticker))


def _text(path: Path) -> str:
    try:
        whole = path.read_text(encoding="utf-8")
    except BROKEN as error:
        raise damaged(path, "a text in UTF-8", error) from error
    if not whole:
        raise damaged(path, "a text", "an empty file")
    return whole


TEXTS: dict[str, Callable[..., TextParts]] = {"tsv": tsv}
CORPORA: dict[str, Callable[..., str]] = {"text": text, "python": python}
SERIES: dict[str, Callable[..., tuple[Dates, Array]]] = {"prices": prices}

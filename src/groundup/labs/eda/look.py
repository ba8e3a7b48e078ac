"""From a name, or a path of one's own, to what was found in the data, section by section."""

import math
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from groundup.data import Corpus, Dataset, Series, Sourced, Texts, load, load_corpus, load_series, load_texts
from groundup.data.catalogue import Card, find, names
from groundup.data.loading import LOADERS
from groundup.labs.eda import classes, corpora, duplicates, memory, oddities, pictures, series, tables, texts
from groundup.labs.eda.section import Place, Section, literal


@dataclass
class Look:
    """What was found in one data set."""

    data: Sourced
    card: Card | None
    sections: list[Section]

    def __getitem__(self, title: str) -> Section:
        return next(section for section in self.sections if section.title == title)

    def facts(self) -> dict[str, Any]:
        """Plain JSON: what it is, and the numbers of each section by its title."""
        data = self.data
        about = {"name": data.name, "source": data.source, "stand_in": data.stand_in, "notes": list(data.notes)}
        sizes = {"rows": size(data), "splits": {name: len(rows) for name, rows in data.splits.items()}}
        return about | sizes | {"sections": {s.title: _finite(s.facts) for s in self.sections}}


def _finite(value: Any) -> Any:
    """Plain JSON, which knows no infinity: None in its place."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read(name: str | Path, **options: Any) -> Sourced:
    """Data of any kind by name, or a folder or table of one's own; options and errors are those of ``data.load``."""
    if str(name) not in names():
        return load(name, **options)
    kind = find(str(name)).facts.kind
    if LOADERS[kind] == "load":
        return load(name, **options)
    given = [option for option, value in options.items() if value]
    if given:
        raise ValueError(
            f"data eda: expected no {' and no '.join(given)} for {name}, got it; that is for files of your own"
        )
    return {"texts": load_texts, "corpus": load_corpus, "series": load_series}[kind](str(name))


def size(data: Sourced) -> int:
    """Rows, characters or days."""
    return len(data)  # type: ignore[arg-type]


def look(data: Sourced, place: Place, only: Collection[str] | None = None) -> Look:
    """Everything there is to say, with the figures drawn; ``only`` the sections of these titles."""
    with _quiet(), np.errstate(over="ignore", invalid="ignore"):  # a table may hold 1e300
        makers = {title: make for title, make in _sections(data, place).items() if only is None or title in only}
        sections = [section for make in makers.values() if not (section := make()).empty]
    card = find(data.name).card if data.name in names() and not data.source.startswith("own:") else None
    return Look(data, card, sections)


@contextmanager
def _quiet() -> Iterator[None]:
    """A sign that the font of the figures lacks is a box in the PNG; in the SVG the browser finds it a font."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _sections(data: Sourced, place: Place) -> dict[str, Callable[[], Section]]:
    """By title what makes each section, in the order of the page."""
    if isinstance(data, Dataset):
        return _pictures(data, place) if data.scale else _table(data, place)
    if isinstance(data, Texts):
        return _texts(data, place)
    if isinstance(data, Corpus):
        return {
            "A stretch": lambda: corpora.stretch(data),
            "Characters": lambda: corpora.characters(data, place),
            "Words": lambda: corpora.words(data, place),
            "Duplicates and leakage": lambda: corpora.lines(data),
        }
    assert isinstance(data, Series)
    return {
        "The series": lambda: series.drawn(data, place),
        "Changes from day to day": lambda: series.returns(data, place),
        "Memory": lambda: memory.memory(data, place),
        "Gaps and outliers": lambda: memory.gaps(data),
    }


def _pictures(data: Dataset, place: Place) -> dict[str, Callable[[], Section]]:
    means = pictures.class_means(data)
    found = duplicates.group(duplicates.digests(duplicates.row_bytes(data.x)))
    same = "the same in every pixel"
    return {
        "Classes": lambda: classes.balance(data.y, data.classes, data.splits, place),
        "Examples": lambda: pictures.examples(data, means, place),
        "Pixels": lambda: pictures.pixels(data, place),
        "Duplicates and leakage": lambda: duplicates.section(found, data.splits, "picture", same=same),
        "Near-duplicates": lambda: oddities.twins(data, found, place),
        "Labels in doubt": lambda: duplicates.labels(found, data.y, data.classes, "picture"),
        "Outliers": lambda: oddities.unlike(data, means, place),
    }


def _table(data: Dataset, place: Place) -> dict[str, Callable[[], Section]]:
    found = duplicates.group(duplicates.digests(duplicates.row_bytes(data.x)))
    same = "the same in every column but the label"
    return {
        "Classes": lambda: classes.balance(data.y, data.classes, data.splits, place),
        "Columns": lambda: tables.values(data, place),
        "Columns that go together": lambda: tables.related(data, place),
        "Duplicates and leakage": lambda: duplicates.section(found, data.splits, "row", same=same),
        "Labels in doubt": lambda: duplicates.labels(found, data.y, data.classes, "row"),
        "Outliers": lambda: tables.outliers(data),
    }


def _texts(data: Texts, place: Place) -> dict[str, Callable[[], Section]]:
    found = duplicates.group([texts.same_text(text) for text in data.texts])
    words = [texts.words_of(text) for text in data.texts]
    same = "but for capitals, spaces and signs"

    def show(row: int) -> str:
        return literal(data.texts[row], 90)

    return {
        "Classes": lambda: classes.balance(data.y, data.classes, data.splits, place),
        "Examples": lambda: texts.examples(data),
        "Lengths": lambda: texts.lengths(data, words, place),
        "Words": lambda: texts.words(data, words, place),
        "Duplicates and leakage": lambda: duplicates.section(found, data.splits, "text", show, same),
        "Labels in doubt": lambda: duplicates.labels(found, data.y, data.classes, "text", show),
        "Outliers": lambda: texts.odd(data, words),
    }

"""From a name, or a path of one's own, to a page: eda.md, eda.html, eda.json and the figures."""

import json
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import write_atomically
from groundup.data import Corpus, Dataset, Series, Sourced, Texts, load, load_corpus, load_series, load_texts
from groundup.data.catalogue import Card, find, names
from groundup.data.loading import LOADERS
from groundup.labs import page
from groundup.labs.eda import classes, corpora, duplicates, memory, oddities, pictures, series, tables, texts
from groundup.labs.eda.section import NAMES, Place, Section, in_order, literal, table

SHOWN_ONLY = ("Examples", "A stretch")  # no finding for the summary


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
        return about | sizes | {"sections": {section.title: section.facts for section in self.sections}}


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


def look(data: Sourced, place: Place) -> Look:
    """Everything there is to say, with the figures drawn."""
    with _quiet(), np.errstate(over="ignore", invalid="ignore"):  # a table may hold 1e300
        sections = [section for section in _sections(data, place) if not section.empty]
    return Look(
        data, find(data.name).card if data.name in names() and not data.source.startswith("own:") else None, sections
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """A sign that the font of the figures lacks is a box in the PNG; in the SVG the browser finds it a font."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _sections(data: Sourced, place: Place) -> Iterator[Section]:
    if isinstance(data, Dataset):
        return _pictures(data, place) if data.scale else _table(data, place)
    if isinstance(data, Texts):
        return _texts(data, place)
    if isinstance(data, Corpus):
        return iter([
            corpora.stretch(data), corpora.characters(data, place), corpora.words(data, place), corpora.lines(data),
        ])  # fmt: skip
    assert isinstance(data, Series)
    return iter([series.drawn(data, place), series.returns(data, place), memory.memory(data, place), memory.gaps(data)])


def _pictures(data: Dataset, place: Place) -> Iterator[Section]:
    means = pictures.class_means(data)
    found = duplicates.group(duplicates.digests(duplicates.row_bytes(data.x)))
    yield classes.balance(data.y, data.classes, data.splits, place)
    yield pictures.examples(data, means, place)
    yield pictures.pixels(data, place)
    yield duplicates.section(found, data.splits, "picture", same="the same in every pixel")
    yield oddities.twins(data, found, place)
    yield duplicates.labels(found, data.y, data.classes, "picture")
    yield oddities.unlike(data, means, place)


def _table(data: Dataset, place: Place) -> Iterator[Section]:
    found = duplicates.group(duplicates.digests(duplicates.row_bytes(data.x)))
    yield classes.balance(data.y, data.classes, data.splits, place)
    yield tables.values(data, place)
    yield tables.related(data, place)
    yield duplicates.section(found, data.splits, "row", same="the same in every column but the label")
    yield duplicates.labels(found, data.y, data.classes, "row")
    yield tables.outliers(data)


def _texts(data: Texts, place: Place) -> Iterator[Section]:
    found = duplicates.group([texts.same_text(text) for text in data.texts])
    words = [texts.words_of(text) for text in data.texts]

    def show(row: int) -> str:
        return literal(data.texts[row], 90)

    yield classes.balance(data.y, data.classes, data.splits, place)
    yield texts.examples(data)
    yield texts.lengths(data, words, place)
    yield texts.words(data, words, place)
    yield duplicates.section(found, data.splits, "text", show, "but for capitals, spaces and signs")
    yield duplicates.labels(found, data.y, data.classes, "text", show)
    yield texts.odd(data, words)


def write(name: str | Path, folder: Path, **options: Any) -> Look:
    """The page of a data set, into a folder. Raises what ``data.load`` raises, and OSError."""
    data = read(name, **options)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    found = look(data, Place(folder / "figures"))
    text = markdown(found)
    write_atomically(folder / "eda.md", text.encode())
    write_atomically(folder / "eda.html", page.to_html(text, folder, f"{data.name}: a first look").encode())
    whole = json.dumps(_finite(found.facts()), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(folder / "eda.json", whole.encode())
    return found


def _finite(value: Any) -> Any:
    """Plain JSON, which knows no infinity: None in its place."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def markdown(found: Look) -> str:
    """The page in Markdown: what the data are, what matters most, then section by section."""
    parts = [f"# {literal(found.data.name)}: a first look", about(found)]
    parts += ["## In short\n\n" + "\n".join(f"- {line}" for line in short(found))]
    return "\n\n".join([*parts, *(section.markdown() for section in found.sections)]) + "\n"


def short(found: Look) -> list[str]:
    """The first sentence of each section that found something, in Markdown."""
    return [section.said[0] for section in found.sections if section.title not in SHOWN_ONLY and section.said]


def summary(found: Look) -> list[str]:
    """What ``short`` says, as plain text for a terminal."""
    return [re.sub(r"\*\*|\\(?=[^\w\s])", "", line) for line in short(found)]


def about(found: Look) -> str:
    """What the data are, where they come from, and how many rows each part has."""
    data, card = found.data, found.card
    rows = [("source", literal(data.source, 400))]
    if card:
        rows = [
            ("what", card.what),
            *rows,
            ("licence", card.licence),
            ("cite", card.citation),
            ("caution", card.caution),
        ]
    unit = "characters" if isinstance(data, Corpus) else "days" if isinstance(data, Series) else "rows"
    parts = ", ".join(f"{len(part):,} {NAMES.get(name, name)}" for name, part in in_order(data.splits).items())
    rows.append((unit, f"{size(data):,}" + (f": {parts}" if parts else "; no official split")))
    stand_in = ["**This is a stand-in for the whole data set.**"] if data.stand_in else []
    notes = ["\n".join(f"- {literal(note, 400)}" for note in data.notes)] if data.notes else []
    return "\n\n".join([*stand_in, table(("", ""), rows), *notes])

"""What was found, as a page: eda.md, eda.html, eda.json and the figures."""

import json
import re
from pathlib import Path
from typing import Any

from groundup.core import write_atomically
from groundup.data import Corpus, Series
from groundup.labs import page
from groundup.labs.eda.look import Look, look, read, size
from groundup.labs.eda.section import NAMES, Place, in_order, literal, table

SHOWN_ONLY = ("Examples", "A stretch")  # no finding for the summary


def write(name: str | Path, folder: Path, **options: Any) -> Look:
    """The page of a data set, into a folder. Raises what ``data.load`` raises, and OSError."""
    data = read(name, **options)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    found = look(data, Place(folder / "figures"))
    text = markdown(found)
    write_atomically(folder / "eda.md", text.encode())
    write_atomically(folder / "eda.html", page.to_html(text, folder, f"{data.name}: a first look").encode())
    whole = json.dumps(found.facts(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(folder / "eda.json", whole.encode())
    return found


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

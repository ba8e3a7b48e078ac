"""The catalogue: what each data set is, and in which forms it can be had. One TOML file an entry, in ``entries/``.

An entry has a card for people, the facts that every form of it shares (classes, shape of a row), and *forms*, the best
first. A form is a set of files, the reader that understands them, and one sentence that says what they hold:

    hosts    the files can be downloaded from there; they carry size and checksum
    package  the files lie inside an installed Python package; "stdlib" is Python's own library
    neither  the files are found in a mirror folder only

To add a data set, write its TOML file; where no reader fits, add a function to ``readers`` or ``text_readers``.
"""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from groundup.core.suggest import nearest

ENTRIES = Path(__file__).parent / "entries"
KINDS = ("images", "table", "texts", "corpus", "series")


@dataclass(frozen=True)
class Card:
    """What a person should know before using the data."""

    title: str
    what: str
    licence: str
    size: str
    splits: str
    homepage: str
    citation: str
    caution: str


@dataclass(frozen=True)
class File:
    """One file of a form; ``checksum`` is "md5:..." or "sha256:...", as its publisher gives it."""

    name: str
    bytes: int = 0
    checksum: str = ""


@dataclass(frozen=True)
class Form:
    """One form of the data: the files, who reads them, and what they are."""

    says: str
    read: str
    files: tuple[File, ...]
    hosts: tuple[str, ...] = ()
    package: str = ""
    stand_in: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class Facts:
    """What all forms share. ``kind`` is one of KINDS; ``scale`` is the largest value of a pixel, 0 without pixels."""

    kind: str
    classes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    dtype: str = ""
    scale: float = 0
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One data set of the catalogue."""

    name: str
    card: Card
    facts: Facts
    forms: tuple[Form, ...]

    def downloadable(self) -> Form | None:
        """The form that hosts offer, where there is one."""
        return next((form for form in self.forms if form.hosts), None)


def parse(name: str, table: dict[str, Any]) -> Entry:
    """An entry out of a TOML table. Raises TypeError for a field that is missing or unknown, and for a new kind."""
    facts: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table["data"].items()
    }
    if facts["kind"] not in KINDS:
        raise TypeError(f"Entry {name}: expected a kind of {', '.join(KINDS)}, got {facts['kind']!r}")
    forms = tuple(_form(form) for form in table["form"])
    return Entry(name, Card(**table["card"]), Facts(**facts), forms)


def _form(table: dict[str, Any]) -> Form:
    files = tuple(File(**file) for file in table["files"])
    form = Form(**table | {"files": files, "hosts": tuple(table.get("hosts", ()))})
    if form.hosts and not all(file.bytes and file.checksum for file in files):
        raise TypeError("Form: expected bytes and checksum for every file that is downloaded")
    return form


def names() -> list[str]:
    """The names of all entries, in alphabetical order."""
    return sorted(path.stem for path in ENTRIES.glob("*.toml"))


@cache
def find(name: str) -> Entry:
    """The entry of that name. Raises LookupError with the nearest name."""
    if name not in names():
        raise LookupError(nearest("data set", name, names()))
    return parse(name, tomllib.loads((ENTRIES / f"{name}.toml").read_text(encoding="utf-8")))

"""From a name, or a path of your own, to the data: load, load_texts, load_corpus, load_series."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import IntArray
from groundup.data.catalogue import Entry, find, names
from groundup.data.dataset import Dataset
from groundup.data.errors import DataError
from groundup.data.kinds import Corpus, Series, Texts
from groundup.data.own import Size, load_folder
from groundup.data.own_table import load_table
from groundup.data.pictures import Parts
from groundup.data.progress import bar
from groundup.data.readers import READERS
from groundup.data.sources import Found, fetch_entry, find_source
from groundup.data.text_readers import CORPORA, SERIES, TEXTS

LOADERS = {"images": "load", "table": "load", "texts": "load_texts", "corpus": "load_corpus", "series": "load_series"}


def load(
    name: str | Path,
    *,
    allow_download: bool = False,
    label: str | None = None,
    size: Size | None = None,
    skip_broken: bool = False,
) -> Dataset:
    """Images or a table: a name of the catalogue, a folder of pictures, or a table of your own.

    A name is looked for in the cache, a mirror, a download if allowed, and what is embedded, in this order; after
    ``fetch(name)`` the cache has the whole. Look at ``source`` and ``stand_in`` of what comes back. ``label`` names the
    column of a table that gives the classes; ``size`` and ``skip_broken`` are for pictures, see ``own.load_folder``.

    Raises LookupError for an unknown name, DataError for a damaged file, none at all, or a path with nothing there,
    ValueError for an option that does not go with the data.
    """
    path = _own(name)
    folder, table = path is not None and path.is_dir(), path is not None and not path.is_dir()
    given = {"label": (label, table), "size": (size, folder), "skip_broken": (skip_broken or None, folder)}
    wrong = [option for option, (value, fits) in given.items() if value is not None and not fits]
    if wrong:
        raise ValueError(
            f"load: expected no {' and no '.join(wrong)} for {name}, got it; label is for a table of your own, "
            "size and skip_broken are for a folder of pictures"
        )
    if path is None:
        return load_entry(find(str(name)), allow_download=allow_download)
    return load_folder(path, size, skip_broken=skip_broken) if folder else load_table(path, label)


def load_entry(entry: Entry, *, allow_download: bool = False) -> Dataset:
    """What ``load`` does, for an entry at hand."""
    found, notes = _found(entry, "load", allow_download)
    return _dataset(entry, found, notes)


def load_texts(name: str, *, allow_download: bool = False) -> Texts:
    """Labelled texts of the catalogue. From where, and errors: as ``load``; DataError for other kinds of data."""
    entry = find(name)
    found, notes = _found(entry, "load_texts", allow_download)
    parts = TEXTS[found.form.read](found.paths, entry.facts, **found.form.options)
    y = np.concatenate([labels for _, labels in parts.values()])
    texts = [text for each, _ in parts.values() for text in each]
    splits = _splits({split: len(labels) for split, (_, labels) in parts.items()})
    return Texts(texts=texts, y=y, classes=list(entry.facts.classes), splits=splits, **_provenance(entry, found, notes))


def load_corpus(name: str, *, allow_download: bool = False) -> Corpus:
    """One long text of the catalogue. From where, and errors: as ``load``; DataError for other kinds of data."""
    entry = find(name)
    found, notes = _found(entry, "load_corpus", allow_download)
    text = CORPORA[found.form.read](found.paths, entry.facts, **found.form.options)
    return Corpus(text=text, **_provenance(entry, found, notes))


def load_series(name: str, *, allow_download: bool = False) -> Series:
    """Numbers in time of the catalogue. From where, and errors: as ``load``; DataError for other kinds of data."""
    entry = find(name)
    found, notes = _found(entry, "load_series", allow_download)
    dates, values = SERIES[found.form.read](found.paths, entry.facts, **found.form.options)
    try:
        columns = list(entry.facts.columns)
        return Series(dates=dates, values=values, columns=columns, **_provenance(entry, found, notes))
    except ValueError as error:
        raise DataError(f"load_series: {_files(found)} cannot be {entry.name}: {error}") from error


def fetch(name: str, notes: list[str] | None = None) -> Path:
    """Download the official files into the cache, with a progress bar, and return their folder; whole files are kept.

    ``notes`` receives what was passed over or replaced on the way: a silent host, a corrupt file.
    Raises DownloadError when no host gives them, DataError when the data set has no download.
    """
    with bar() as progress:
        found = fetch_entry(find(name), [] if notes is None else notes, progress)
    return next(iter(found.paths.values())).parent


def where(name: str) -> tuple[Found | None, list[str]]:
    """Where ``load(name)`` would read from now, and why not from elsewhere."""
    notes: list[str] = []
    return find_source(find(name), notes), notes


def catalogue() -> list[Entry]:
    """Every entry, by name."""
    return [find(name) for name in names()]


def _own(name: str | Path) -> Path | None:
    """The path that a name is, None for a word of the catalogue. Raises DataError for a path with nothing there."""
    text, path = str(name), Path(name).expanduser()
    if text in names() or not text:
        return None
    if path.exists():
        return path
    if isinstance(name, str) and path.name == text and not path.suffix:
        return None
    beside = sorted(each.name for each in path.parent.iterdir()) if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, n=1)
    there = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(beside[:10]) or 'none'} in {path.parent}"
    raise DataError(f"load: expected a folder of pictures or a table, got {text!r}, where nothing is; {there}")


def _found(entry: Entry, loader: str, allow_download: bool) -> tuple[Found, list[str]]:
    """The source of an entry that this loader is for, and why better ones were passed over."""
    right = LOADERS[entry.facts.kind]
    if right != loader:
        raise DataError(
            f"{loader}: expected another kind of data, got {entry.name} ({entry.facts.kind}); "
            f"use {right}({entry.name!r})"
        )
    notes: list[str] = []
    found = find_source(entry, notes, allow_download=allow_download)
    if found is None:
        raise DataError(
            f"{loader}: expected a source for {entry.name}, found none ({'; '.join(notes)}); "
            f"`groundup data card {entry.name}` says how to get it"
        )
    return found, notes


def _provenance(entry: Entry, found: Found, notes: list[str]) -> dict[str, Any]:
    return {"name": entry.name, "source": found.source, "stand_in": found.form.stand_in, "notes": tuple(notes)}


def _splits(sizes: dict[str, int]) -> dict[str, IntArray]:
    """Row numbers of each part, in the order of the files; none for files without a split."""
    ends = np.cumsum(list(sizes.values()))
    rows = {name: np.arange(end - size, end) for (name, size), end in zip(sizes.items(), ends, strict=True)}
    return {name: part for name, part in rows.items() if name != "all"}


def _dataset(entry: Entry, found: Found, notes: list[str]) -> Dataset:
    facts = entry.facts
    parts = READERS[found.form.read](found.paths, facts, **found.form.options)
    _check(parts, entry, found)
    x, y = (np.concatenate([part[i] for part in parts.values()]) for i in (0, 1))
    try:
        return Dataset(
            x=x, y=y.astype(np.int64), classes=list(facts.classes), scale=facts.scale, columns=list(facts.columns),
            splits=_splits({split: len(labels) for split, (_, labels) in parts.items()}),
            **_provenance(entry, found, notes),
        )  # fmt: skip
    except ValueError as error:
        raise DataError(f"load: {_files(found)} cannot be {entry.name}: {error}") from error


def _check(parts: Parts, entry: Entry, found: Found) -> None:
    """Every part must have rows of the entry's shape and type, and a label for each."""
    facts = entry.facts
    for split, (x, y) in parts.items():
        if x.shape[1:] != facts.shape or x.dtype != facts.dtype or y.shape != (len(x),):
            raise DataError(
                f"load: expected {facts.dtype} rows of shape {facts.shape} with a label each for {entry.name}, "
                f"got {x.dtype} {x.shape} and labels {y.shape} under {split!r} in {_files(found)}; is it other data?"
            )
        if not (np.issubdtype(y.dtype, np.number) and np.isfinite(y).all() and (y == np.floor(y)).all()):
            raise DataError(
                f"load: expected whole numbers as labels for {entry.name}, got others ({y.dtype}) in {_files(found)}; "
                "names, NaN and fractions are no class numbers"
            )


def _files(found: Found) -> str:
    return ", ".join(str(path) for path in found.paths.values())

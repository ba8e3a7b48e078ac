"""From a name to a Dataset."""

from pathlib import Path

import numpy as np

from groundup.data.catalogue import Entry, find, names
from groundup.data.dataset import Dataset
from groundup.data.errors import DataError
from groundup.data.progress import bar
from groundup.data.readers import READERS, Parts
from groundup.data.sources import Found, fetch_entry, find_source


def load(name: str, *, allow_download: bool = False) -> Dataset:
    """A data set of the catalogue, from the cache, a mirror, a download if allowed, or what is embedded, in this order.

    Nothing is downloaded unless ``allow_download`` says so; after ``fetch(name)`` the cache has the whole. Look at
    ``source`` and ``stand_in`` of what comes back.

    Raises LookupError for an unknown name, DataError for a damaged file or none at all.
    """
    return load_entry(find(name), allow_download=allow_download)


def load_entry(entry: Entry, *, allow_download: bool = False) -> Dataset:
    """What ``load`` does, for an entry at hand."""
    notes: list[str] = []
    found = find_source(entry, notes, allow_download=allow_download)
    if found is None:
        raise DataError(f"load: expected a source for {entry.name}, found none ({'; '.join(notes)})")
    return _dataset(entry, found, notes)


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


def _dataset(entry: Entry, found: Found, notes: list[str]) -> Dataset:
    facts, form = entry.facts, found.form
    parts = READERS[form.read](found.paths, facts, **form.options)
    _check(parts, entry, found)
    x, y = (np.concatenate([part[i] for part in parts.values()]) for i in (0, 1))
    ends = np.cumsum([len(labels) for _, labels in parts.values()])
    splits = {name: np.arange(end - len(parts[name][1]), end) for name, end in zip(parts, ends, strict=True)}
    splits.pop("all", None)  # files without a split
    try:
        return Dataset(
            entry.name, x, y.astype(np.int64), list(facts.classes), found.source, form.stand_in, splits, facts.scale,
            list(facts.columns), tuple(notes),
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

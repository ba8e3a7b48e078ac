"""Where the files of a data set are looked for, in this order:

    cache     what was downloaded before: $GROUNDUP_CACHE, else the user's cache folder
    mirror    the folders named in $GROUNDUP_DATA, each with the files themselves or in a folder of the entry's name
    download  the official hosts, when the caller allows it and $GROUNDUP_OFFLINE is not set
    embedded  a file inside an installed Python package

Each function returns what it found, or notes why it found nothing. A file in the cache is checked against its published
sum each time and removed when it is wrong; a mirror is the user's own and is trusted as far as its files can be read.
"""

import importlib.util
import os
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundup.data.catalogue import Entry, File, Form
from groundup.data.download import Progress, download, matches
from groundup.data.errors import DataError, DownloadError
from groundup.data.progress import bar


@dataclass(frozen=True)
class Found:
    """A form of the data, where it is, and its files by name."""

    place: str
    form: Form
    paths: dict[str, Path]

    @property
    def source(self) -> str:
        """What it is and whence, in words: "mirror: 10,000 of ..."."""
        return f"{self.place}: {self.form.says}"


Look = Callable[[Entry, list[str]], Found | None]


def cache_folder(name: str) -> Path:
    """The folder that downloads of this data set are kept in."""
    from platformdirs import user_cache_path

    root = os.environ.get("GROUNDUP_CACHE")
    return (Path(root).expanduser() if root else user_cache_path("groundup")) / "data" / name


def offline() -> bool:
    """Whether $GROUNDUP_OFFLINE forbids the network."""
    return os.environ.get("GROUNDUP_OFFLINE", "0") not in ("", "0")


def in_cache(entry: Entry, notes: list[str]) -> Found | None:
    """The downloaded form, whole and checked."""
    form = entry.downloadable()
    if form is None:
        return None
    missing = _missing(form, cache_folder(entry.name), notes)
    if not missing:
        return _found("cache", form, cache_folder(entry.name))
    what = "nothing fetched" if len(missing) == len(form.files) else f"{', '.join(f.name for f in missing)} missing"
    notes.append(f"cache: {what}; `groundup data fetch {entry.name}` gets {form.says}")
    return None


def in_mirrors(entry: Entry, notes: list[str]) -> Found | None:
    """The best form of which a mirror folder holds every file."""
    forms = [form for form in entry.forms if not form.package]
    if not forms:
        return None
    folders = [Path(name).expanduser() for name in os.environ.get("GROUNDUP_DATA", "").split(os.pathsep) if name]
    for folder in folders:
        for form in forms:
            for base in (folder, folder / entry.name):
                if all((base / file.name).is_file() for file in form.files):
                    return _found("mirror", form, base)
        notes.append(f"mirror: {folder} {f'has no {entry.name}' if folder.is_dir() else 'is not a folder'}")
    if not folders:
        notes.append("mirror: GROUNDUP_DATA names no folder")
    return None


def by_download(entry: Entry, notes: list[str]) -> Found | None:
    """The official form, downloaded now, with a progress bar."""
    if entry.downloadable() is None:
        return None
    try:
        with bar() as progress:
            return fetch_entry(entry, notes, progress)
    except DownloadError as error:
        notes.append(str(error))
        return None


def in_package(entry: Entry, notes: list[str]) -> Found | None:
    """The form inside an installed package, which is located but not imported: that would take a second."""
    for form in (form for form in entry.forms if form.package):
        for base in _package_folders(form.package):
            if all((base / file.name).is_file() for file in form.files):
                return _found("embedded", form, base)
        notes.append(f"embedded: {form.package} is not installed, or no longer holds {form.files[0].name}")
    return None


def _package_folders(package: str) -> list[Path]:
    if package == "stdlib":
        return [Path(sysconfig.get_path("stdlib"))]
    spec = importlib.util.find_spec(package)
    return [Path(base) for base in (spec.submodule_search_locations or [])] if spec else []


def find_source(entry: Entry, notes: list[str], *, allow_download: bool = False) -> Found | None:
    """The first source that has the data; ``notes`` receives why the ones before it do not."""
    looks: list[Look] = [in_cache, in_mirrors, *([by_download] if allow_download else []), in_package]
    return next((found for look in looks if (found := look(entry, notes))), None)


def fetch_entry(entry: Entry, notes: list[str], progress: Progress) -> Found:
    """Download what the cache lacks of the official form, and return it.

    Raises DownloadError when no host gives a file, DataError when there is none to ask or the cache cannot be written.
    """
    form, folder = entry.downloadable(), cache_folder(entry.name)
    if form is None:
        raise DataError(
            f"fetch: expected a data set with hosts, got {entry.name}; `groundup data card {entry.name}` says more"
        )
    missing = _missing(form, folder, notes)
    if missing and offline():
        raise DownloadError("download: GROUNDUP_OFFLINE is set, so nothing is fetched; unset it to fetch")
    try:
        for file in missing:
            notes.extend(f"download: {reason}" for reason in download(file, form.hosts, folder, progress))
    except OSError as error:
        raise DataError(f"fetch: cannot write to {folder} ({error}); name another folder in GROUNDUP_CACHE") from error
    return _found("cache", form, folder)


def _missing(form: Form, folder: Path, notes: list[str]) -> list[File]:
    """The files that the folder lacks; one with a wrong checksum is removed first, and noted."""
    missing = []
    for file in form.files:
        path = folder / file.name
        if path.is_file() and matches(path, file.checksum):
            continue
        if path.exists():
            path.unlink()
            notes.append(f"cache: {path} was corrupt (its checksum is not the published one) and was removed")
        missing.append(file)
    return missing


def _found(place: str, form: Form, folder: Path) -> Found:
    return Found(place, form, {file.name: folder / file.name for file in form.files})

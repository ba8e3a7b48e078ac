"""Reading what a learner handed in, as bytes that nothing is done with: a folder or a zip.

Only the files that were asked for are read, found by the end of their path. Nothing is unpacked to disk, no link is
followed, and no entry can make more than a megabyte. ``RefusedError`` says in a sentence why a submission is not taken.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

FILE_BYTES = 1024 * 1024
ARCHIVE_BYTES = 10 * 1024 * 1024
UNPACKED_BYTES = 100 * 1024 * 1024
RATIO = 200  # source code packs ten to one; a bomb a thousand to one
ENTRIES = 5000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
TOO_LARGE = f"has more than {FILE_BYTES:,} bytes; this is not the file of an exercise"
ENCRYPTED, UTF8 = 0x1, 0x800  # bits of a zip entry's flags


class RefusedError(ValueError):
    """A submission, or a file of it, that is not taken."""


@dataclass
class Taken:
    """The files that were asked for, by their path in the workspace, and what is to be said about the others."""

    files: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    handed_in: float = 0.0  # the latest change of the folder's files or of the zip


def read_submission(path: Path, wanted: Iterable[str]) -> Taken:
    """The wanted files of a folder or a zip. Raises RefusedError, OSError."""
    if path.is_symlink():
        raise RefusedError("it is a link, not a folder or a zip")
    taken = _read_folder(path, list(wanted)) if path.is_dir() else _read_zip(path, list(wanted))
    if not taken.files:
        raise RefusedError("; ".join(["it holds none of the files asked for", *taken.notes]))
    return taken


def _read_folder(root: Path, wanted: list[str]) -> Taken:
    names: list[str] = []
    taken = Taken()
    for where, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        inside = [(Path(where) / name).relative_to(root).as_posix() for name in folders]
        taken.notes += [
            f"{shown(name)} is a link and was not followed" for name in inside if (root / name).is_symlink()
        ]
        names += [(Path(where) / name).relative_to(root).as_posix() for name in files]
        if len(names) > ENTRIES:
            raise RefusedError(f"it holds more than {ENTRIES} files; hand in only those asked for")
    odd = next((name for name in names if not is_utf8(name)), None)
    if odd is not None:
        raise RefusedError(f"it holds a name that is not UTF-8, {shown(odd)}")
    for target, name in _choose(names, wanted, taken.notes).items():
        _take(taken, target, name, lambda name: _regular(root, name, taken))
    return taken


def _regular(root: Path, name: str, taken: Taken) -> bytes:
    """The bytes of a regular file that no link leads to. Raises RefusedError."""
    path = root / name
    if path.is_symlink():
        raise RefusedError("is a link; hand in the file itself")
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise RefusedError(f"cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise RefusedError("is not a regular file")
        taken.handed_in = max(taken.handed_in, about.st_mtime)
        return _bounded(file.read(FILE_BYTES + 1))


def _read_zip(path: Path, wanted: list[str]) -> Taken:
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise RefusedError("it is neither a folder nor a zip")
    if about.st_size > ARCHIVE_BYTES:
        raise RefusedError(
            f"the zip has {about.st_size:,} bytes, more than {ARCHIVE_BYTES:,}; zip only the files asked for"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_entries(archive, wanted, about.st_mtime)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise RefusedError(f"it cannot be read as a zip: {error}") from error


def _read_entries(archive: zipfile.ZipFile, wanted: list[str], handed_in: float) -> Taken:
    if len(archive.infolist()) > ENTRIES:
        raise RefusedError(f"the zip holds more than {ENTRIES} entries; zip only the files asked for")
    declared = sum(entry.file_size for entry in archive.infolist())
    if declared > UNPACKED_BYTES:
        raise RefusedError(f"the zip would unpack to {declared:,} bytes, more than {UNPACKED_BYTES:,}")
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = _harmless_name(entry)
        if name in entries:
            raise RefusedError(f"the zip holds {shown(name)} twice")
        entries[name] = entry
    taken = Taken(handed_in=handed_in)
    files = [name for name, entry in entries.items() if not entry.is_dir()]
    for target, name in _choose(files, wanted, taken.notes).items():
        _take(taken, target, name, lambda name: _unpacked(archive, entries[name]))
    return taken


def _harmless_name(entry: zipfile.ZipInfo) -> str:
    """The path of an entry, such as an honest zip holds. Raises RefusedError."""
    name = entry.orig_filename.replace("\\", "/")  # some programs on Windows write their own separator
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        raise RefusedError(f"the zip holds {shown(name)}, a path that leads out of the folder")
    if "\0" in name:
        raise RefusedError(f"the zip holds a name with a zero byte, {shown(name)}")
    if not entry.flag_bits & UTF8 and not name.isascii():
        raise RefusedError(f"the zip holds a name that is not UTF-8, {shown(name)}; zip it with another program")
    if entry.flag_bits & ENCRYPTED:
        raise RefusedError("the zip is encrypted; hand it in without a password")
    if entry.file_size > FILE_BYTES and entry.file_size > RATIO * max(entry.compress_size, 1):
        ratio = entry.file_size // max(entry.compress_size, 1)
        raise RefusedError(f"{shown(name)} in the zip would unpack to {ratio:,} times its size")
    return name


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry, unpacked in memory and no further than a megabyte. Raises RefusedError."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise RefusedError("is a link; hand in the file itself")
    if entry.compress_type not in METHODS:
        raise RefusedError("is packed in a way that is not read; use an ordinary zip")
    if entry.file_size > FILE_BYTES:
        raise RefusedError(TOO_LARGE)
    try:
        with archive.open(entry) as file:
            return _bounded(file.read(FILE_BYTES + 1))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
        raise RefusedError(f"is damaged: {error}") from error


def _bounded(data: bytes) -> bytes:
    if len(data) > FILE_BYTES:
        raise RefusedError(TOO_LARGE)
    return data


def _choose(names: list[str], wanted: list[str], notes: list[str]) -> dict[str, str]:
    """For each wanted file the entry that is meant: ``nn/linear.py`` wherever it lies, or else a lone ``linear.py``."""
    seen = [name for name in names if not any(_hidden(part) for part in name.split("/"))]
    notes += [f"{shown(n)} is a zip inside it and was not opened" for n in seen if n.lower().endswith(".zip")]
    basenames = [target.rpartition("/")[2] for target in wanted]
    chosen = {}
    for target, base in zip(wanted, basenames, strict=True):
        found = [n for n in seen if f"/{n}".endswith(f"/{target}")]
        if not found and basenames.count(base) == 1:
            found = [n for n in seen if n.rpartition("/")[2] == base]
        least = min((n.count("/") for n in found), default=0)
        nearest = [n for n in found if n.count("/") == least]
        if len(nearest) == 1:
            chosen[target] = nearest[0]
        elif nearest:
            notes.append(f"{target} is there more than once ({', '.join(map(shown, nearest))}); none was taken")
    return chosen


def _take(taken: Taken, target: str, name: str, read: Callable[[str], bytes]) -> None:
    """Put a file among those taken, or say why not."""
    try:
        taken.files[target] = read(name)
    except RefusedError as reason:
        taken.notes.append(f"{shown(name)} {reason}")


def _hidden(part: str) -> bool:
    return part.startswith(".") or part in ("__MACOSX", "__pycache__")


def is_utf8(name: str) -> bool:
    """Whether the name of a file is text; Python stands halves of characters in for bytes that are not."""
    return not any("\ud800" <= c <= "\udfff" for c in name)


def shown(name: str) -> str:
    """A name as it can be printed: no control characters, no half of a character, not too long."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 80 else f"{plain[:77]}..."

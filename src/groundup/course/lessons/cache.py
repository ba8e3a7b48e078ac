"""What the cells of a lesson gave, kept between builds.

The key is a hash of the lesson, of the library's source, and of the versions and settings that can change a result:
when any of them changes the lesson runs again. One file a lesson, written whole or not at all; a file that cannot be
read is as good as none.
"""

import hashlib
import json
import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from groundup.core import write_atomically
from groundup.course.cache import cache_dir
from groundup.course.lessons.execute import CellResult
from groundup.course.lessons.parse import Document
from groundup.course.manifest import PACKAGE

VERSIONS = ["numpy", "scipy", "scikit-learn", "matplotlib", "torch"]


def folder() -> Path:
    """The lessons' part of the cache."""
    return cache_dir() / "lessons"


def key(document: Document) -> str:
    """What the results depend on, as a hash."""
    digest = hashlib.sha256(document.text.encode())
    for part in (_sources(_stamp()), _versions(), os.environ.get("GROUNDUP_DATA", "")):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def read(document: Document) -> list[CellResult] | None:
    """The kept results, or None when there are none for the lesson as it is now."""
    try:
        raw = json.loads(_file(document).read_text(encoding="utf-8"))
        if raw["key"] == key(document):
            return [CellResult(**cell) for cell in raw["cells"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never built, cut short, or of another form: the lesson runs again
    return None


def write(document: Document, results: list[CellResult]) -> None:
    """Keep the results. Raises OSError."""
    kept = {"key": key(document), "cells": [result.to_json() for result in results]}
    write_atomically(_file(document), json.dumps(kept).encode())


def _file(document: Document) -> Path:
    place = hashlib.sha256(str(document.path.resolve()).encode()).hexdigest()[:12]
    return folder() / f"{document.path.parent.name}-{place}.json"


def _stamp() -> tuple[tuple[str, int], ...]:
    """Every source file with its time of change: cheap to find, so that the hash below is found once a change."""
    found = (p for pattern in ("*.py", "*.toml") for p in PACKAGE.rglob(pattern))
    files = (p for p in found if not p.name.startswith("test_"))
    return tuple(sorted((str(p), p.stat().st_mtime_ns) for p in files))


@cache
def _sources(stamp: tuple[tuple[str, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _ in stamp:
        digest.update(Path(name).read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def _versions() -> str:
    """Read from the installed packages' metadata: nothing heavy is imported."""
    return " ".join([platform.python_version(), *(f"{name} {_version(name)}" for name in VERSIONS)])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"

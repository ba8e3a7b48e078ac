"""The class's record: one SQLite file with each result as it comes, so that a killed grading loses none.

A result belongs to a learner, an exercise, the hash of the file, the version of the course and the seeds. Where all
five are the same the result is the same, and nothing is run again.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import groundup
from groundup.course.grading.assignment import ClassError

SCHEMA = """
CREATE TABLE IF NOT EXISTS results (
    learner TEXT NOT NULL, exercise TEXT NOT NULL, source TEXT NOT NULL, course TEXT NOT NULL, seeds TEXT NOT NULL,
    at TEXT NOT NULL, verdicts TEXT NOT NULL, PRIMARY KEY (learner, exercise, source, course, seeds));
CREATE TABLE IF NOT EXISTS submissions (
    learner TEXT PRIMARY KEY, name TEXT NOT NULL, origin TEXT NOT NULL, handed_in REAL NOT NULL, hash TEXT NOT NULL);
PRAGMA user_version = 1;
"""
BESIDE_CHECKS = ("cli", "studio", "labs", "train", "audit", "grading", "notebook")  # folders that no verdict depends on


@dataclass(frozen=True)
class Key:
    """What decides a result."""

    learner: str
    exercise: str
    source: str  # SHA-256 of the file
    course: str
    seeds: tuple[int, ...]

    def row(self) -> tuple[str, str, str, str, str]:
        """As it stands in the table."""
        return self.learner, self.exercise, self.source, self.course, json.dumps(self.seeds)


@dataclass(frozen=True)
class Result:
    """What came of one exercise of one learner: a verdict for each seed."""

    key: Key
    verdicts: tuple[dict[str, Any], ...]
    at: str

    @property
    def passed(self) -> bool:
        """Right with every seed."""
        return bool(self.verdicts) and all(verdict["passed"] for verdict in self.verdicts)

    @property
    def telling(self) -> dict[str, Any]:
        """The verdict that is shown: the first that failed, else the first."""
        return next((verdict for verdict in self.verdicts if not verdict["passed"]), self.verdicts[0])


@dataclass(frozen=True)
class Handed:
    """What was collected of a learner: the name as it was, where it came from, when it was made, and what it holds."""

    learner: str
    name: str
    origin: str
    handed_in: float
    hash: str


class Record:
    """The results and submissions of a class. Raises ClassError when the file is not a record."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with closing(self._open()) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(SCHEMA)
        except sqlite3.DatabaseError as error:
            raise ClassError(f"groundup class: expected the record of a class at {path}, got: {error}") from error

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(self._open()) as db, db:
            yield db

    def keep(self, key: Key, verdicts: list[dict[str, Any]]) -> None:
        """Keep a result, in a transaction of its own."""
        row = (*key.row(), datetime.now(UTC).isoformat(timespec="seconds"), json.dumps(verdicts))
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def results(self, course: str, seeds: tuple[int, ...]) -> dict[Key, Result]:
        """Every result of this version of the course and these seeds."""
        query = "SELECT learner, exercise, source, at, verdicts FROM results WHERE course = ? AND seeds = ?"
        with self._transaction() as db:
            rows = db.execute(query, (course, json.dumps(seeds))).fetchall()
        found = {}
        for learner, exercise, source, at, verdicts in rows:
            key = Key(learner, exercise, source, course, seeds)
            found[key] = Result(key, tuple(json.loads(verdicts)), at)
        return found

    def hand_in(self, handed: Handed) -> None:
        """Note what was collected of a learner."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO submissions VALUES (?, ?, ?, ?, ?)",
                (handed.learner, handed.name, handed.origin, handed.handed_in, handed.hash),
            )

    def handed(self) -> dict[str, Handed]:
        """What was collected, by learner."""
        with self._transaction() as db:
            rows = db.execute("SELECT learner, name, origin, handed_in, hash FROM submissions ORDER BY learner")
            return {row[0]: Handed(*row) for row in rows}


def sha256(data: bytes) -> str:
    """The hash by which a file is known."""
    return hashlib.sha256(data).hexdigest()


@cache
def course_version() -> str:
    """The version and a hash of every file of the course that a verdict may depend on."""
    root = Path(groundup.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml") and not p.name.startswith("test_")):
        name = path.relative_to(root)
        if not set(name.parts[:-1]) & set(BESIDE_CHECKS):
            digest.update(f"{name.as_posix()}\0{sha256(path.read_bytes())}\n".encode())
    return f"{groundup.__version__}+{digest.hexdigest()[:12]}"


def versions() -> dict[str, str]:
    """What a result was made with."""
    import numpy as np

    return {
        "course": course_version(), "python": sys.version.split()[0], "numpy": np.__version__, "system": sys.platform,
    }  # fmt: skip

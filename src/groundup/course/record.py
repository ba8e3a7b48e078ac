"""The SQLite file below a learner's progress: opened, brought to the present version, written a transaction at a time.

A transaction that has ended is on the disk (WAL, synchronous FULL): a process that is killed loses nothing that was
said to be saved, and what it had not finished is as if it had not begun. Readers see one moment; writers wait.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

WAIT_SECONDS = 10.0  # two terminals and the studio may write at once

# Version n is MIGRATIONS[n - 1] applied to version n - 1; what was once released is never edited.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE IF NOT EXISTS attempts (
            id INTEGER PRIMARY KEY, exercise TEXT NOT NULL, at TEXT NOT NULL, passed INTEGER NOT NULL,
            kind TEXT NOT NULL, source TEXT NOT NULL, verdict TEXT NOT NULL)""",
        "CREATE INDEX IF NOT EXISTS attempts_by_exercise ON attempts (exercise, passed)",
        """CREATE TABLE IF NOT EXISTS shown (
            exercise TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (exercise, what))""",
        """CREATE TABLE IF NOT EXISTS predictions (
            lesson TEXT NOT NULL, question TEXT NOT NULL, said TEXT NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (lesson, question))""",
    ),
    (
        "DROP INDEX attempts_by_exercise",  # the new one answers ``standings`` without reading the verdicts
        "CREATE INDEX attempts_by_exercise ON attempts (exercise, passed, kind, source, at)",
        "CREATE TABLE skipped (exercise TEXT PRIMARY KEY, at TEXT NOT NULL)",
        """CREATE TABLE draws (
            unit TEXT NOT NULL, exercise TEXT NOT NULL, at TEXT NOT NULL, passed_at TEXT,
            PRIMARY KEY (unit, exercise))""",
        "CREATE TABLE placed (exercise TEXT PRIMARY KEY, unit TEXT NOT NULL, at TEXT NOT NULL)",
        """CREATE TABLE reviews (
            id INTEGER PRIMARY KEY, exercise TEXT NOT NULL, at TEXT NOT NULL, passed INTEGER NOT NULL)""",
    ),
)


class RecordError(ValueError):
    """The record cannot be read or written; the message says why and what to do."""


class Record:
    """One SQLite file. Raises RecordError for a file that is not one, is newer than this program, or out of reach."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._connection() as db:
            if _version(db, path) < len(MIGRATIONS):
                db.execute("PRAGMA journal_mode = WAL")
                _migrate(db, path)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)) as db:
                db.execute("PRAGMA synchronous = FULL")
                yield db
        except sqlite3.Error as error:
            raise RecordError(_sentence(self.path, error)) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One moment of the record, whatever others write meanwhile."""
        with self._connection() as db:
            db.execute("BEGIN")
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it when the block ends, nothing of it when the block raises."""
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")


def _version(db: sqlite3.Connection, path: Path) -> int:
    """The file's version. Raises RecordError where this program is too old for it."""
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise RecordError(
            f"Progress: expected a record of version {len(MIGRATIONS)} or older at {path}, got version {version}; "
            "a newer Groundup wrote it: update this one"
        )
    return version


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    """Apply what is missing, in one transaction. The version is read under the lock: another may have been first."""
    db.execute("BEGIN IMMEDIATE")
    for statements in MIGRATIONS[_version(db, path) :]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    db.execute("COMMIT")


def _sentence(path: Path, error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:  # the low byte is the kind
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"Progress: expected {path} to be free within {WAIT_SECONDS:g} seconds, got {error}; what holds it?"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
            return f"Progress: expected a folder that can be written at {path.parent}, got: {error}; is it read-only?"
        case sqlite3.SQLITE_FULL:
            return f"Progress: expected room on the disk of {path}, got: {error}"
    return f"Progress: expected a SQLite file at {path}, got something else ({error}); move it away"

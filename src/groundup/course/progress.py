"""What a learner has done: one SQLite file in the workspace, read and written by the terminal and the studio alike.

Every write is one transaction, so a killed process loses nothing that was said to be saved.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundup.course.check.verdict import Verdict

SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY, exercise TEXT NOT NULL, at TEXT NOT NULL, passed INTEGER NOT NULL, kind TEXT NOT NULL,
    source TEXT NOT NULL, verdict TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_exercise ON attempts (exercise, passed);
CREATE TABLE IF NOT EXISTS shown (
    exercise TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (exercise, what));
CREATE TABLE IF NOT EXISTS predictions (
    lesson TEXT NOT NULL, question TEXT NOT NULL, said TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (lesson, question));
PRAGMA user_version = 1;
"""
NO_TRY = ("unwritten", "syntax", "missing", "forbidden")  # kinds of verdict that no honest try gets


@dataclass(frozen=True)
class Standing:
    """How one exercise stands."""

    passed: bool
    tries: int
    hints: int
    solution_shown: bool


class Progress:
    """The learner's record. Raises ValueError when the file is not one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(self._open()) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(SCHEMA)
        except sqlite3.DatabaseError as error:
            raise ValueError(
                f"Progress: expected a SQLite file at {path}, got something else ({error}); move it away"
            ) from error

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10)  # two terminals and the studio may write at once

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(self._open()) as db, db:
            yield db

    def record(self, verdict: Verdict, source_hash: str) -> None:
        """Keep a verdict on a source."""
        row = (verdict.exercise, _now(), verdict.passed, verdict.kind, source_hash, json.dumps(verdict.to_json()))
        with self._transaction() as db:
            db.execute(
                "INSERT INTO attempts (exercise, at, passed, kind, source, verdict) VALUES (?, ?, ?, ?, ?, ?)", row
            )

    def passed(self, exercise: str) -> bool:
        """Whether it was passed once; a pass is never taken away."""
        return self.standing(exercise).passed

    def standing(self, exercise: str) -> Standing:
        return self.standings().get(exercise, Standing(False, 0, 0, False))

    def standings(self) -> dict[str, Standing]:
        """Every exercise that was touched. A try is a distinct source that ran and failed."""
        slots = ",".join("?" * len(NO_TRY))
        tries = f"COUNT(DISTINCT CASE WHEN passed = 0 AND kind NOT IN ({slots}) THEN source END)"
        query = f"""SELECT exercise, MAX(passed), {tries}
                    FROM attempts GROUP BY exercise"""
        with self._transaction() as db:
            tried = {name: (bool(passed), tries) for name, passed, tries in db.execute(query, NO_TRY)}
            shown: dict[str, set[str]] = {}
            for name, what in db.execute("SELECT exercise, what FROM shown"):
                shown.setdefault(name, set()).add(what)
        found = {}
        for name in tried | shown:
            passed, tries = tried.get(name, (False, 0))
            what = shown.get(name, set())
            found[name] = Standing(passed, tries, len([w for w in what if w.startswith("hint")]), "solution" in what)
        return found

    def show(self, exercise: str, what: str) -> None:
        """Record that "hint 1" ... or "solution" was shown."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO shown VALUES (?, ?, ?)", (exercise, what, _now()))

    def attempts(self, exercise: str) -> list[dict[str, Any]]:
        """Every verdict on an exercise, the latest first."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT at, verdict FROM attempts WHERE exercise = ? ORDER BY id DESC", (exercise,)
            ).fetchall()
        return [{"at": at, **json.loads(verdict)} for at, verdict in rows]

    def predict(self, lesson: str, question: str, said: str) -> None:
        """Keep what a reader committed to before looking; the first commitment stands."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?)", (lesson, question, said, _now()))

    def predictions(self, lesson: str) -> dict[str, str]:
        """What the reader said, by question."""
        with self._transaction() as db:
            return dict(db.execute("SELECT question, said FROM predictions WHERE lesson = ?", (lesson,)).fetchall())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

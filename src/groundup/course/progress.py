"""What a learner has done: one SQLite file in the workspace, read and written by the terminal and the studio alike."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.record import Record

NO_TRY = ("unwritten", "syntax", "missing", "forbidden")  # kinds of verdict that no honest try gets


@dataclass(frozen=True)
class Standing:
    """How one exercise stands."""

    passed: bool = False
    tries: int = 0
    hints: int = 0
    solution_shown: bool = False
    skipped: bool = False
    placed: bool = False  # its unit was tested out of

    @property
    def state(self) -> str:
        """One word: "passed", "placed", "skipped", "tried" or ""."""
        for word in ("passed", "placed", "skipped"):
            if getattr(self, word):
                return word
        return "tried" if self.tries else ""

    @property
    def open(self) -> bool:
        """Whether ``next`` may come to it."""
        return not (self.passed or self.placed or self.skipped)


UNTOUCHED = Standing()


def first_open(exercises: Iterable[Exercise], standings: dict[str, Standing]) -> Exercise | None:
    """The first exercise that is neither passed nor placed nor skipped."""
    return next((e for e in exercises if standings.get(e.id, UNTOUCHED).open), None)


class Progress:
    """The learner's record. Raises ValueError when the file is not one, or cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = Record(path)

    def record(self, verdict: Verdict, source_hash: str) -> None:
        """Keep a verdict on a source."""
        row = (verdict.exercise, _now(), verdict.passed, verdict.kind, source_hash, json.dumps(verdict.to_json()))
        with self._record.writing() as db:
            db.execute(
                "INSERT INTO attempts (exercise, at, passed, kind, source, verdict) VALUES (?, ?, ?, ?, ?, ?)", row
            )

    def passed(self, exercise: str) -> bool:
        """Whether it was passed once; a pass is never taken away."""
        return self.standing(exercise).passed

    def standing(self, exercise: str) -> Standing:
        """How an exercise stands."""
        return self.standings().get(exercise, UNTOUCHED)

    def standings(self) -> dict[str, Standing]:
        """Every exercise that was touched. A try is a distinct source that ran and failed."""
        slots = ",".join("?" * len(NO_TRY))
        tries = f"COUNT(DISTINCT CASE WHEN passed = 0 AND kind NOT IN ({slots}) THEN source END)"
        with self._record.reading() as db:
            attempts = db.execute(f"SELECT exercise, MAX(passed), {tries} FROM attempts GROUP BY exercise", NO_TRY)
            tried = {name: (bool(passed), tries) for name, passed, tries in attempts}
            shown: dict[str, set[str]] = {}
            for name, what in db.execute("SELECT exercise, what FROM shown"):
                shown.setdefault(name, set()).add(what)
            skipped = {name for (name,) in db.execute("SELECT exercise FROM skipped")}
            placed = {name for (name,) in db.execute("SELECT exercise FROM placed")}
        found = {}
        for name in tried.keys() | shown.keys() | skipped | placed:
            what = shown.get(name, set())
            hints = sum(w.startswith("hint") for w in what)
            found[name] = Standing(
                *tried.get(name, (False, 0)), hints, "solution" in what, name in skipped, name in placed
            )
        return found

    def show(self, exercise: str, what: str) -> None:
        """Record that "hint 1" ... or "solution" was shown."""
        with self._record.writing() as db:
            db.execute("INSERT OR IGNORE INTO shown VALUES (?, ?, ?)", (exercise, what, _now()))

    def attempts(self, exercise: str) -> list[dict[str, Any]]:
        """Every verdict on an exercise, the latest first."""
        with self._record.reading() as db:
            rows = db.execute(
                "SELECT at, verdict FROM attempts WHERE exercise = ? ORDER BY id DESC", (exercise,)
            ).fetchall()
        return [{"at": at, **json.loads(verdict)} for at, verdict in rows]

    def first_passes(self) -> dict[str, datetime]:
        """When each passed exercise was passed first."""
        with self._record.reading() as db:
            rows = db.execute("SELECT exercise, MIN(at) FROM attempts WHERE passed = 1 GROUP BY exercise").fetchall()
        return {name: datetime.fromisoformat(at) for name, at in rows}

    def predict(self, lesson: str, question: str, said: str) -> None:
        """Keep what a reader committed to before looking; the first commitment stands."""
        with self._record.writing() as db:
            db.execute("INSERT OR IGNORE INTO predictions VALUES (?, ?, ?, ?)", (lesson, question, said, _now()))

    def predictions(self, lesson: str) -> dict[str, str]:
        """What the reader said, by question."""
        with self._record.reading() as db:
            return dict(db.execute("SELECT question, said FROM predictions WHERE lesson = ?", (lesson,)).fetchall())

    def skip(self, exercises: Iterable[str]) -> None:
        """Have ``next`` pass over these."""
        with self._record.writing() as db:
            db.executemany("INSERT OR IGNORE INTO skipped VALUES (?, ?)", [(name, _now()) for name in exercises])

    def skipped(self) -> list[str]:
        """What is skipped, the latest last."""
        with self._record.reading() as db:
            return [name for (name,) in db.execute("SELECT exercise FROM skipped ORDER BY at, rowid")]

    def unskip(self, exercises: Iterable[str]) -> None:
        """Take skips back."""
        with self._record.writing() as db:
            db.executemany("DELETE FROM skipped WHERE exercise = ?", [(name,) for name in exercises])

    def draw(self, unit: str, exercises: Iterable[str]) -> None:
        """Begin a placement: these are to be passed."""
        with self._record.writing() as db:
            db.executemany("INSERT INTO draws VALUES (?, ?, ?, NULL)", [(unit, name, _now()) for name in exercises])

    def drawn(self, unit: str) -> dict[str, bool]:
        """The exercises of a placement, and whether each was passed in it."""
        with self._record.reading() as db:
            rows = db.execute("SELECT exercise, passed_at FROM draws WHERE unit = ? ORDER BY rowid", (unit,)).fetchall()
        return {name: at is not None for name, at in rows}

    def pass_drawn(self, unit: str, exercise: str) -> None:
        """An exercise was passed within its placement."""
        with self._record.writing() as db:
            db.execute(
                "UPDATE draws SET passed_at = ? WHERE unit = ? AND exercise = ?", (_now(), unit, exercise)
            )  # fmt: skip

    def place(self, unit: str, exercises: Iterable[str]) -> None:
        """The placement is won: these exercises of the unit count as done."""
        with self._record.writing() as db:
            db.executemany("INSERT OR IGNORE INTO placed VALUES (?, ?, ?)", [(e, unit, _now()) for e in exercises])

    def unplace(self, unit: str) -> None:
        """Take a placement back, won or not."""
        with self._record.writing() as db:
            db.execute("DELETE FROM draws WHERE unit = ?", (unit,))
            db.execute("DELETE FROM placed WHERE unit = ?", (unit,))

    def review(self, exercise: str, *, passed: bool, at: datetime) -> None:
        """Keep what came of a review."""
        with self._record.writing() as db:
            db.execute(
                "INSERT INTO reviews (exercise, at, passed) VALUES (?, ?, ?)", (exercise, at.isoformat(), passed)
            )  # fmt: skip

    def reviews(self) -> dict[str, list[tuple[datetime, bool]]]:
        """Every review of each exercise, the earliest first."""
        found: dict[str, list[tuple[datetime, bool]]] = {}
        with self._record.reading() as db:
            for name, at, passed in db.execute("SELECT exercise, at, passed FROM reviews ORDER BY id"):
                found.setdefault(name, []).append((datetime.fromisoformat(at), bool(passed)))
        return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""Review: what was passed comes back after a while, blank and with new numbers, before it is forgotten.

    right for the n-th time running    0   1   2   3   4    (0: it was passed)
    days until it comes back           1   3   7  16  35

A wrong answer begins again with 1 day; the fifth right one ends it. The first check on or after the day that it is due
counts; whatever follows is practice. Each interval is about 2.3 times the one before, as in SM-2, whose factor begins
at 2.5 and is kept for each item; here it is one for all (P. A. Woźniak, Optimization of learning, 1990, chapter 3.2).
That such spacing keeps what is learned: N. J. Cepeda et al., Distributed practice in verbal recall tasks, Psychological
Bulletin 132 (2006).

The exercise is written in ``review/<exercise>.py`` of the workspace; the learner's own file is not touched.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from groundup.core import write_atomically
from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.handout import starter_of
from groundup.course.manifest import load_course
from groundup.course.progress import NO_TRY
from groundup.course.starter import blank
from groundup.course.workspace import Workspace, WorkspaceError

INTERVALS = (1, 3, 7, 16, 35)  # days


@dataclass(frozen=True)
class Review:
    """When a passed exercise comes back: ``on`` is None once it was right often enough; ``right`` is how often."""

    exercise: Exercise
    right: int
    on: date | None


def schedule(passed: date, reviews: Iterable[tuple[date, bool]]) -> tuple[int, date | None]:
    """How often it was right running, and the day it is due; None when it is due no more."""
    right, due = 0, passed + timedelta(days=INTERVALS[0])
    for day, was_right in reviews:
        if day < due:
            continue  # practice
        right = right + 1 if was_right else 0
        if right == len(INTERVALS):
            return right, None
        due = day + timedelta(days=INTERVALS[right])
    return right, due


def reviews(workspace: Workspace) -> list[Review]:
    """Every passed exercise with the day it comes back, the earliest first."""
    course, done = load_course(), workspace.progress.reviews()
    found = []
    for name, passed in workspace.progress.first_passes().items():
        if name in course.exercise_by_id:  # an exercise may leave the course
            days = [(_day(at), right) for at, right in done.get(name, [])]
            found.append(Review(course.exercise_by_id[name], *schedule(_day(passed), days)))
    return sorted(found, key=lambda review: review.on or date.max)


def due(workspace: Workspace, today: date | None = None) -> list[Review]:
    """What is to be reviewed today."""
    day = today or date.today()
    return [review for review in reviews(workspace) if review.on is not None and review.on <= day]


def file_of(workspace: Workspace, exercise: Exercise) -> Path:
    """Where a review is written; two exercises of one concept are often due on one day, so each has its own file."""
    return workspace.root / "review" / f"{exercise.id}{workspace.file_of(exercise).suffix}"


def start(workspace: Workspace, exercise: Exercise) -> Path:
    """Write a blank copy; an old one goes to the backups. Raises WorkspaceError for what is not passed."""
    standings = workspace.progress.standings()
    passed = {e.id for e in load_course().exercises() if e.id in standings and standings[e.id].passed}
    if exercise.id not in passed:
        raise WorkspaceError(
            f"groundup review: expected an exercise that is passed, got {exercise.id}, which is not yet"
        )
    file = file_of(workspace, exercise)
    _put_away(workspace, file)
    write_atomically(file, _blank_copy(exercise, passed).encode())
    return file


def examine(workspace: Workspace, exercise: Exercise, now: datetime | None = None) -> Verdict:
    """Check the copy with fresh numbers; an honest try is kept. Raises WorkspaceError where there is no copy."""
    file = file_of(workspace, exercise)
    if not file.is_file():
        raise WorkspaceError(f"groundup review: there is no {file}; `groundup review start {exercise.id}` writes it")
    verdict = check(exercise, file)
    if verdict.kind not in NO_TRY:
        workspace.progress.review(exercise.id, passed=verdict.passed, at=now or datetime.now(UTC))
    if verdict.passed:
        _put_away(workspace, file)
    return verdict


def _blank_copy(exercise: Exercise, passed: set[str]) -> str:
    """The file with this exercise blank, and whatever else of it the learner has not passed: that is not to be told."""
    if exercise.kind != "write":
        return starter_of(exercise, secrets.randbelow(2**31))
    own = load_course().concepts[exercise.concept].exercises
    blanked = [f for e in own if e.kind == "write" and (e == exercise or e.id not in passed) for f in e.functions]
    return blank(exercise.file.read_text(encoding="utf-8"), blanked)


def _put_away(workspace: Workspace, file: Path) -> None:
    if file.is_file():
        backup = workspace.root / ".groundup" / "backups" / f"review-{datetime.now():%Y%m%d-%H%M%S-%f}-{file.name}"
        backup.parent.mkdir(parents=True, exist_ok=True)
        file.replace(backup)


def _day(at: datetime) -> date:
    return at.astimezone().date()  # of the learner's own clock

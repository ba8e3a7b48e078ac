"""A workspace: the folder where a learner writes. One file a concept, laid out as the library is, and a record beside.

    workspace/nn/linear.py              the learner's; what is not written in a concept's file has one of its own:
    workspace/predict/conv_shapes.toml  predict, repair, test and speed, by the exercise's name
    workspace/.groundup/state.sqlite    verdicts, hints, predictions
    workspace/.groundup/starters/       each file as it was handed out: tells a touched file from an untouched one
    workspace/.groundup/backups/        what ``reset`` took away

An update of the course replaces files that were never touched, and no other.
"""

import difflib
import hashlib
import os
import secrets
import shutil
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from groundup.core import write_atomically
from groundup.course.check import predict
from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.handout import place_of, sickened, starter_of
from groundup.course.manifest import Concept, load_course
from groundup.course.progress import Progress, first_open
from groundup.course.starter import function_source, graft

TRIES_BEFORE_SOLUTION = 5


class WorkspaceError(ValueError):
    """There is no workspace here, or the thing asked for is not to be had yet."""


@dataclass
class Update:
    """What bringing a workspace up to date did."""

    written: list[str]
    kept: list[str]  # touched by the learner, while the course's starter has changed


class Workspace:
    """A learner's folder. Make one with ``create``, find the one around you with ``find``."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.progress = Progress(self._own / "state.sqlite")

    @property
    def _own(self) -> Path:
        return self.root / ".groundup"

    @classmethod
    def create(cls, root: Path) -> tuple["Workspace", Update]:
        """Make or update a workspace. Raises WorkspaceError where a folder cannot be made."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            workspace = cls(root)
        except OSError as error:
            raise WorkspaceError(
                f"groundup start: expected a folder that can be written at {root}, got: {error.strerror}"
            ) from error
        return workspace, workspace.update()

    @classmethod
    def find(cls, start: Path | None = None) -> "Workspace":
        """GROUNDUP_WORKSPACE; or the folder around ``start``; or ``workspace`` in it. Raises WorkspaceError."""
        named = os.environ.get("GROUNDUP_WORKSPACE")
        here = (start or Path.cwd()).resolve()
        for root in [Path(named)] if named else [here, *here.parents, here / "workspace"]:
            if (root / ".groundup" / "state.sqlite").is_file():
                return cls(root)
        raise WorkspaceError(f"expected a workspace at {named or here}, found none; `groundup start` makes one")

    def file(self, concept: Concept) -> Path:
        """The learner's file of a concept."""
        return self.root / f"{concept.path}.py"

    def file_of(self, exercise: Exercise) -> Path:
        """The learner's file of an exercise."""
        return self.root / place_of(exercise)

    def _handed_out(self, exercise: Exercise) -> Path:
        return self._own / "starters" / place_of(exercise)

    def _starter(self, exercise: Exercise) -> str:
        """The file as it begins; questions keep the numbers that this workspace was given."""
        seed = 0
        if exercise.kind == "predict":
            before = self._handed_out(exercise)
            seed = seed_of(before) if before.is_file() else secrets.randbelow(2**31)
        return starter_of(exercise, seed)

    def update(self) -> Update:
        """Hand out what is new. A file that the learner has touched is never written to."""
        done = Update([], [])
        for place, exercise in self._by_place().items():
            file, handed_out = self.root / place, self._handed_out(exercise)
            starter = self._starter(exercise)
            label = exercise.concept if exercise.kind == "write" else exercise.id
            before = handed_out.read_text(encoding="utf-8") if handed_out.is_file() else None
            current = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None
            if current is None or (current == before and current != starter):
                self._hand_out(exercise, starter)
                done.written.append(label)
            elif before != starter and current != starter:
                done.kept.append(label)
        return done

    def _by_place(self) -> dict[str, Exercise]:
        """Every file of the course, and an exercise that is done in it."""
        return {place_of(exercise): exercise for exercise in load_course().exercises()}

    def _hand_out(self, exercise: Exercise, starter: str) -> None:
        write_atomically(self.file_of(exercise), starter.encode())
        write_atomically(self._handed_out(exercise), starter.encode())

    def check(self, exercise: Exercise, *, seed: int | None = None) -> Verdict:
        """Check the learner's file and record the verdict."""
        file = self.file_of(exercise)
        verdict = check(exercise, file, seed=seed)
        source = file.read_bytes() if file.is_file() else b""
        self.progress.record(verdict, hashlib.sha256(source).hexdigest())
        if verdict.hint:
            self.progress.show(exercise.id, "hint 1")  # it stands in the verdict
        if exercise.kind == "predict" and verdict.kind in ("values", "misconception"):
            self._hand_out(exercise, starter_of(exercise, secrets.randbelow(2**31)))  # other numbers: no guessing
        return verdict

    def next_exercise(self) -> Exercise | None:
        """The first exercise of the course that is open: not passed, placed or skipped."""
        return first_open(load_course().exercises(), self.progress.standings())

    def reset(self, concept: Concept, exercise: Exercise | None = None) -> Path | None:
        """Blank the file, or one exercise's functions in it; returns the backup, None where there was no file."""
        first = exercise or next(e for e in concept.exercises if e.kind == "write")
        file, backup = self.file_of(first), None
        starter = self._starter(first)
        restored = starter
        if file.is_file():
            stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
            backup = self._own / "backups" / f"{file.stem}-{stamp}{file.suffix}"
            backup.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, backup)
            if exercise is not None and exercise.kind == "write":
                restored = _blank_again(file, starter, exercise)
        write_atomically(file, restored.encode())
        if restored == starter:
            write_atomically(self._handed_out(first), starter.encode())
        return backup

    def solution(self, exercise: Exercise) -> str:
        """The library's own functions, once passed or after five honest tries. Raises WorkspaceError before that."""
        standing = self.progress.standing(exercise.id)
        if not standing.passed and standing.tries < TRIES_BEFORE_SOLUTION:
            left = TRIES_BEFORE_SOLUTION - standing.tries
            raise WorkspaceError(
                f"groundup solution: {exercise.id} is shown after it is passed, or after {left} more "
                f"{'try' if left == 1 else 'tries'} that ran; `groundup hint {exercise.id}` may do"
            )
        self.progress.show(exercise.id, "solution")
        return solution_of(exercise, self.file_of(exercise))

    def passed_files(self) -> dict[str, Path]:
        """Module name -> learner's file, for each concept whose every exercise passes now."""
        passed = self.progress.standings()
        fit = {}
        for concept in load_course().concepts.values():
            written = [e for e in concept.exercises if e.kind == "write"]
            once = all(e.id in passed and passed[e.id].passed for e in written)
            if once and all(check(e, self.file(concept)).passed for e in written):
                fit[concept.module] = self.file(concept)
        return fit


def solution_of(exercise: Exercise, file: Path) -> str:
    """Our answer: the functions as the library has them, the lines that heal a run, what a sheet should say."""
    source = exercise.file.read_text(encoding="utf-8")
    if exercise.kind == "predict":
        return predict.sheet(exercise, seed_of(file), predict.right_answers(exercise, seed_of(file)))
    if exercise.kind == "repair":
        sick = sickened(exercise).splitlines()
        return "\n".join(difflib.unified_diff(sick, source.splitlines(), "sick", "healthy", lineterm="", n=2))
    return "\n\n".join(function_source(source, name) for name in exercise.functions)


def seed_of(sheet: Path) -> int:
    """The seed of a sheet of questions. Raises ValueError where it has none."""
    seed = tomllib.loads(sheet.read_text(encoding="utf-8")).get("seed")
    if type(seed) is not int:
        raise ValueError(f"{sheet}: expected a whole number as its seed, got {seed!r}")
    return seed


def _blank_again(file: Path, starter: str, exercise: Exercise) -> str:
    try:
        return graft(file.read_text(encoding="utf-8"), starter, exercise.functions)
    except (SyntaxError, KeyError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            f"groundup reset: cannot find {', '.join(exercise.functions)} in {file} ({error}); "
            f"`groundup reset {exercise.concept}` resets the whole file (a backup is kept)"
        ) from error

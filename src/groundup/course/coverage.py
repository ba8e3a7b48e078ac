"""Coverage: which concept, lesson, exercise, lab and test answers each requirement of the five curricula.

What is said here is looked at, not believed: every path must exist, every exercise must be cut from its file and have
its cases drawn, every lab must be one that can be started. A requirement that is met in part says what is missing.
"""

import csv
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from groundup.course.check.checker import prepare_cases
from groundup.course.exercise import ManifestError
from groundup.course.manifest import PACKAGE, Concept, Course, load_course
from groundup.course.starter import find_bodies
from groundup.labs import LABS

ROOT = PACKAGE.parents[1]


@dataclass
class Row:
    """One requirement and what answers it. ``status`` is "answered", "part" or "open"."""

    id: str
    unit: str
    kind: str
    requirement: str
    sources: str
    target: str
    concepts: list[str] = field(default_factory=list)
    lessons: list[str] = field(default_factory=list)
    exercises: list[str] = field(default_factory=list)
    labs: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    missing: str = ""
    status: str = "open"

    def answered_by(self) -> list[str]:
        """Short names of what answers it."""
        return [*self.concepts, *(f"lab {name}" for name in self.labs), *self.paths]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_curriculum() -> list[Row]:
    """The project's own copy of the requirements."""
    with (Path(__file__).parent / "curriculum.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Row(r["id"], r["unit"], r["kind"], r["requirement"], r["sources"], r["target"] or "")
            for r in csv.DictReader(file, delimiter="\t")
        ]


def coverage_rows() -> list[Row]:
    """Every requirement with its answers. Raises ManifestError where an id or a path is not there."""
    course, rows = load_course(), {row.id: row for row in read_curriculum()}
    for concept in course.concepts.values():
        _add_concept(concept, rows)
    for lab in LABS.values():
        for key in lab.covers:
            row = _row(rows, key, f"lab {lab.name}")
            row.labs.append(lab.name)
    _add_answers(course, rows)
    for row in rows.values():
        row.status = _status(row)
    return list(rows.values())


def _row(rows: dict[str, Row], key: str, who: str) -> Row:
    if key not in rows:
        raise ManifestError(f"{who}: covers {key}, which is no id of the curricula")
    return rows[key]


def _relative(path: Path) -> str:
    if not path.is_file():
        raise ManifestError(f"coverage: expected a file at {path}, found none")
    return path.relative_to(PACKAGE.parent).as_posix()


def _add_concept(concept: Concept, rows: dict[str, Row]) -> None:
    for exercise in concept.exercises:
        find_bodies(exercise.file.read_text(encoding="utf-8"), exercise.functions)  # raises for one that is not there
        if exercise.spec.case:
            prepare_cases(exercise, seed=0)  # raises for a case that cannot be drawn
    for key in concept.covers:
        row = _row(rows, key, concept.path)
        row.concepts.append(concept.path)
        row.lessons.append(_relative(concept.lesson))
        row.exercises += [exercise.id for exercise in concept.exercises]
        row.tests.append(_relative(concept.test))
        row.missing = concept.exercise_file.part.get(key, row.missing)


def _add_answers(course: Course, rows: dict[str, Row]) -> None:
    for key, answer in course.answers.items():
        row = _row(rows, key, "course.toml")
        for path in answer.paths:
            if not ((ROOT / path).exists() or (PACKAGE.parent / path).exists()):
                raise ManifestError(f"course.toml: {key} is answered by {path}, which is not there")
        row.paths += answer.paths
        row.missing = answer.missing or row.missing


def _status(row: Row) -> str:
    """A build wants a concept with exercises and tests; a lesson answers what is to be learnt; a lab, a lab."""
    enough = {
        "build": bool(row.concepts and row.exercises and row.tests and row.lessons),
        "learn": bool(row.lessons),
        "lab": bool(row.labs),
    }.get(row.kind, bool(row.paths))
    if not (enough or row.answered_by()):
        return "open"
    return "answered" if enough and not row.missing else "part"


def summary(rows: list[Row]) -> dict[str, int]:
    """How many requirements there are, and how they stand."""
    counts = Counter(row.status for row in rows)
    return {"total": len(rows), **{status: counts[status] for status in ("answered", "part", "open")}}

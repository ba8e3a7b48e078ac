"""The course as rows: every exercise, and how a learner stands in it."""

from typing import Any

from groundup.course.manifest import load_course
from groundup.course.progress import Standing
from groundup.course.workspace import Workspace

UNTOUCHED = Standing(False, 0, 0, False)


def exercise_rows() -> list[dict[str, Any]]:
    """One row an exercise, in the order of the course."""
    return [
        {
            "id": e.id, "title": e.title, "concept": concept.slug, "path": concept.path, "file": str(concept.file),
            "functions": e.functions, "points": e.points, "minutes": e.spec.minutes, "covers": list(concept.covers),
        }
        for concept in load_course().concepts.values()
        for e in concept.exercises
    ]  # fmt: skip


def progress_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """One row an exercise with its standing: "passed", "tried" or ""."""
    course, standings = load_course(), workspace.progress.standings()
    rows = []
    for unit in course.units:
        for slug in (path.rsplit("/", 1)[-1] for path in unit.concepts):
            for e in course.concepts[slug].exercises:
                s = standings.get(e.id, UNTOUCHED)
                state = "passed" if s.passed else "tried" if s.tries else ""
                row = {"unit": unit.id, "concept": slug, "id": e.id, "title": e.title, "state": state, "tries": s.tries}
                rows.append(row | {"hints": s.hints, "points": e.points, "earned": e.points if s.passed else 0})
    return rows

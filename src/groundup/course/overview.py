"""The course as rows: every exercise, and how a learner stands in it."""

from itertools import chain
from typing import Any

from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course
from groundup.course.progress import UNTOUCHED, first_open
from groundup.course.workspace import Workspace


def following(workspace: Workspace, after: Exercise | None = None) -> Exercise | None:
    """The first open exercise behind ``after``, then from the beginning; None when nothing is left open."""
    exercises = list(load_course().exercises())
    k = 0 if after is None else exercises.index(after) + 1
    behind = chain(exercises[k:], exercises[: max(0, k - 1)])
    return first_open(behind, workspace.progress.standings())


def exercise_rows() -> list[dict[str, Any]]:
    """One row an exercise, in the order of the course."""
    return [
        {
            "id": e.id, "title": e.title, "kind": e.kind, "concept": concept.slug, "path": concept.path,
            "file": str(concept.file), "functions": e.functions, "points": e.points, "minutes": e.spec.minutes,
            "covers": list(concept.covers),
        }
        for concept in load_course().concepts.values()
        for e in concept.exercises
    ]  # fmt: skip


def progress_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """One row an exercise with its standing: "passed", "placed", "skipped", "tried" or ""."""
    course, standings = load_course(), workspace.progress.standings()
    rows = []
    for unit in course.units:
        for slug in (path.rsplit("/", 1)[-1] for path in unit.concepts):
            for e in course.concepts[slug].exercises:
                s = standings.get(e.id, UNTOUCHED)
                rows.append({
                    "unit": unit.id, "concept": slug, "id": e.id, "title": e.title, "state": s.state, "tries": s.tries,
                    "hints": s.hints, "points": e.points, "earned": e.points if s.passed else 0,
                })  # fmt: skip
    return rows


def unit_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a unit: how many of its exercises stand how, and the sums of points, tries and hints."""
    summary = []
    for unit in load_course().units:
        own = [row for row in rows if row["unit"] == unit.id]
        states = {s: sum(r["state"] == s for r in own) for s in ("passed", "placed", "skipped", "tried")}
        sums = {what: sum(r[what] for r in own) for what in ("tries", "hints", "earned", "points")}
        if own:
            summary.append({"unit": unit.id, "title": unit.title, "exercises": len(own), **states, **sums})
    return summary

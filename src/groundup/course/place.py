"""Placement: who can do a unit already shows it on a few of its exercises and need not do the others.

Each concept of the unit is asked by its hardest exercise that no hint was shown of, at most five in all, the hardest of
them. They are written in the learner's own files and checked with fresh numbers and without hints; all have to pass, on
as many days as it takes. The unit's other exercises then are ``placed``: done for ``next``, without points.
"""

import hashlib
from dataclasses import dataclass

from groundup.core.suggest import nearest
from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.manifest import Concept, Unit, load_course
from groundup.course.progress import UNTOUCHED, Standing
from groundup.course.workspace import Workspace

AT_MOST = 5


class PlacementError(ValueError):
    """A placement would prove nothing; the message says why and what to do."""


@dataclass(frozen=True)
class Placement:
    """How a placement stands: what was drawn, what is left of it, what came of checking that."""

    drawn: list[Exercise]
    left: list[Exercise]
    verdicts: list[Verdict]
    placed: int  # exercises that need not be done; 0 until all that was drawn is passed


def find_unit(name: str) -> Unit:
    """The unit of that number. Raises LookupError with the nearest."""
    units = {unit.id: unit for unit in load_course().units}
    if name.zfill(2) not in units:
        raise LookupError(f"groundup place: {nearest('unit', name, units)}")
    return units[name.zfill(2)]


def exercises_of(unit: Unit) -> list[Exercise]:
    """Every exercise of a unit, in the order of the course."""
    return [e for concept in _concepts(unit) for e in concept.exercises]


def sit(workspace: Workspace, unit: Unit) -> Placement:
    """Draw, the first time; check what is left; place the others once nothing is. Raises PlacementError."""
    progress, course = workspace.progress, load_course()
    if not progress.drawn(unit.id):
        progress.draw(unit.id, [e.id for e in _draw(unit, progress.standings())])
    drawn = {name: passed for name, passed in progress.drawn(unit.id).items() if name in course.exercise_by_id}
    _expect_no_hints(unit, [name for name, passed in drawn.items() if not passed], progress.standings())
    verdicts = [_examine(workspace, course.exercise_by_id[name]) for name, passed in drawn.items() if not passed]
    for verdict in verdicts:
        if verdict.passed:
            progress.pass_drawn(unit.id, verdict.exercise)
    left = [course.exercise_by_id[v.exercise] for v in verdicts if not v.passed]
    others = [] if left else [e.id for e in exercises_of(unit) if not progress.passed(e.id)]
    if others:
        progress.place(unit.id, others)
    return Placement([course.exercise_by_id[name] for name in drawn], left, verdicts, len(others))


def _concepts(unit: Unit) -> list[Concept]:
    return [load_course().concepts[path.rsplit("/", 1)[-1]] for path in unit.concepts]


def _draw(unit: Unit, standings: dict[str, Standing]) -> list[Exercise]:
    """The hardest exercise of each concept. Raises PlacementError where hints were shown of all of a concept's."""
    drawn = []
    for concept in _concepts(unit):
        fit = [e for e in concept.exercises if not _helped(standings.get(e.id, UNTOUCHED))]
        if fit:
            drawn.append(max(fit, key=_hardness))
        elif not all(standings[e.id].passed for e in concept.exercises):
            raise PlacementError(
                f"groundup place {unit.id}: expected an exercise of {concept.slug} that no hint was shown of, "
                f"got none; pass the exercises of {concept.slug} first"
            )
    if not drawn:
        raise PlacementError(f"groundup place {unit.id}: every exercise of the unit is passed already")
    return sorted(drawn, key=_hardness, reverse=True)[:AT_MOST]


def _hardness(exercise: Exercise) -> tuple[int, int]:
    return exercise.points, exercise.spec.minutes


def _helped(standing: Standing) -> bool:
    return standing.hints > 0 or standing.solution_shown


def _expect_no_hints(unit: Unit, names: list[str], standings: dict[str, Standing]) -> None:
    for name in names:
        if _helped(standings.get(name, UNTOUCHED)):
            raise PlacementError(
                f"groundup place {unit.id}: expected {name} without hints, got one since it was drawn (a failed "
                f"`groundup check` shows one, too); `groundup place {unit.id} --undo` and the unit is drawn anew"
            )


def _examine(workspace: Workspace, exercise: Exercise) -> Verdict:
    """Check and record, without the hint of a usual check."""
    file = workspace.file_of(exercise)
    verdict = check(exercise, file)
    verdict.hint = ""
    source = file.read_bytes() if file.is_file() else b""
    workspace.progress.record(verdict, hashlib.sha256(source).hexdigest())
    return verdict

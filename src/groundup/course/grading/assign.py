"""Setting an assignment: a class folder with class.toml, and what is handed out."""

import json
import re
import secrets
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from groundup.core import write_atomically
from groundup.core.suggest import nearest
from groundup.course.exercise import Exercise
from groundup.course.grading.assignment import Assignment, ClassError, read_class
from groundup.course.handout import place_of, starter_of
from groundup.course.manifest import load_course

HAND = """
# A part that you mark by hand stands below the section it belongs to:
#     [[section.hand]]
#     id = "derivation"
#     title = "The derivation on paper"
#     points = 10
"""


def assign(
    folder: Path, *, units: Sequence[str] = (), concepts: Sequence[str] = (), exercises: Sequence[str] = (),
    title: str = "", due: str = "", seeds: int = 3,
) -> Assignment:  # fmt: skip
    """Make a class folder. Raises ClassError for a name that there is not, and where there is a class already."""
    path = folder / "class.toml"
    if path.exists():
        raise ClassError(f"groundup class assign: {path} is there already; edit it, or take another folder")
    sections = _sections(_chosen(units, concepts, exercises))
    title = title or folder.resolve().name
    text = _class_toml(title, due, [secrets.randbelow(2**31) for _ in range(seeds)], sections)
    write_atomically(path, text.encode())
    assignment = read_class(folder)
    hand_out(assignment)
    return assignment


def _chosen(units: Sequence[str], concepts: Sequence[str], exercises: Sequence[str]) -> list[Exercise]:
    """The exercises meant, in the order of the course."""
    course = load_course()
    by_unit = {unit.id: unit for unit in course.units}
    meant: set[str] = set()
    for name in units:
        if name not in by_unit:
            raise ClassError(f"groundup class assign: {nearest('unit', name, by_unit)}")
        slugs = [path.rsplit("/", 1)[-1] for path in by_unit[name].concepts]
        meant |= {e.id for slug in slugs for e in course.concepts[slug].exercises}
    for name in concepts:
        if name not in course.concepts:
            raise ClassError(f"groundup class assign: {nearest('concept', name, course.concepts)}")
        meant |= {e.id for e in course.concepts[name].exercises}
    for name in exercises:
        if name not in course.exercise_by_id:
            raise ClassError(f"groundup class assign: {nearest('exercise', name, course.exercise_by_id)}")
        meant.add(name)
    if not meant:
        raise ClassError("groundup class assign: expected a --unit, a --concept or an --exercise, got none")
    return [e for e in course.exercises() if e.id in meant]


def _sections(chosen: list[Exercise]) -> dict[str, list[Exercise]]:
    """One section a unit; within one unit, one a concept."""
    course = load_course()
    unit_of = {path.rsplit("/", 1)[-1]: unit.title for unit in course.units for path in unit.concepts}
    several = len({unit_of[e.concept] for e in chosen}) > 1
    sections: dict[str, list[Exercise]] = {}
    for exercise in chosen:
        title = unit_of[exercise.concept] if several else course.concepts[exercise.concept].title
        sections.setdefault(title, []).append(exercise)
    return sections


def weights_of(points: list[int]) -> list[int]:
    """Whole weights near the shares of the points, at least one each, that make 100."""
    shares = [p * (100 - len(points)) / sum(points) for p in points]
    weights = [1 + int(share) for share in shares]
    by_remainder = sorted(range(len(points)), key=lambda i: int(shares[i]) - shares[i])
    for i in by_remainder[: 100 - sum(weights)]:
        weights[i] += 1
    return weights


def _class_toml(title: str, due: str, seeds: list[int], sections: dict[str, list[Exercise]]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower())
    lines = [f"title = {_quoted(title)}", f"id = {_quoted(slug.strip('-')[:60].strip('-') or 'class')}"]
    lines += [f"due = {_quoted(due)}"] if due else []
    lines += [
        "pass_mark = 70  # percent, of every section", f"seeds = {seeds}  # change them and all is graded anew", HAND
    ]  # fmt: skip
    weights = weights_of([sum(e.points for e in exercises) for exercises in sections.values()])
    for (name, exercises), weight in zip(sections.items(), weights, strict=True):
        lines += ["[[section]]", f"title = {_quoted(name)}", f"weight = {weight}", "exercises = ["]
        lines += [*(f"    {_quoted(e.id)},  # {e.points} points" for e in exercises), "]", ""]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def hand_out(assignment: Assignment) -> Path:
    """Write handout/: the starters, and a README that says what to write."""
    folder = assignment.folder / "handout"
    for exercise in assignment.exercises:
        write_atomically(folder / place_of(exercise), starter_of(exercise, assignment.plan.seeds[0]).encode())
    write_atomically(folder / "README.md", _readme(assignment).encode())
    return folder


def _readme(assignment: Assignment) -> str:
    plan = assignment.plan
    lines = [f"# {plan.title}", ""]
    lines += [f"Due: {plan.due}", ""] if plan.due else []
    lines += [
        "Write the functions named below, each in its file, and hand in the files: a folder or a zip, laid out as this",
        f"one is. Each section is passed at {plan.pass_mark} % of its points.", "",
    ]  # fmt: skip
    by_id = load_course().exercise_by_id
    for section in plan.section:
        lines += [f"## {section.title} ({section.weight} of 100)", ""]
        for exercise in (by_id[name] for name in section.exercises):
            what = f"`{', '.join(exercise.functions)}` in" if exercise.functions else "your answers in"
            lines.append(
                f"- **{exercise.id}** {exercise.title}: {what} `{place_of(exercise)}` "
                f"({exercise.points} points, about {exercise.spec.minutes} minutes)"
            )
        lines += [f"- **{part.id}** {part.title} ({part.points} points, marked by hand)" for part in section.hand]
        lines.append("")
    last = (
        "In a Groundup workspace, `groundup lesson NAME` is the lesson, and `groundup check NAME` says what is right."
    )
    return "\n".join([*lines, last, ""])

"""What a learner gets back: one page that stands alone, with the check's own words for each exercise.

All that stands on it may have been made by a learner: Jinja escapes every value, the page runs no script, and its
content policy allows nothing but its own style sheet.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundup.core import write_atomically
from groundup.course.check.verdict import Intermediate, Verdict
from groundup.course.grading.assignment import Assignment
from groundup.course.grading.gradebook import ExerciseGrade, Gradebook, HandGrade, LearnerGrade, SectionGrade, shown
from groundup.course.manifest import load_course
from groundup.course.show import rows, word

if TYPE_CHECKING:
    from jinja2 import Template

NARROW = 28  # characters: two values of this width stand side by side


@dataclass(frozen=True)
class ExercisePart:
    """One exercise on the page. ``example`` is (name, value, "whole" or "first" or "beside")."""

    id: str
    title: str
    got: str
    of: str
    passed: bool
    word: str
    verdict: Verdict
    tried: str
    example: list[tuple[str, str, str]]
    advice: list[tuple[str, str]]


@dataclass(frozen=True)
class HandMark:
    """A part that a person marked."""

    title: str
    got: str
    of: str
    comment: str


@dataclass(frozen=True)
class SectionPart:
    """A section with its percentage."""

    title: str
    weight: str
    percent: str
    bar: float  # the percentage; 0 while something is open
    passed: bool | None
    exercises: list[ExercisePart]
    hand: list[HandMark]


@dataclass(frozen=True)
class Page:
    """All that stands on a learner's page, as it is to be read."""

    title: str
    learner: str
    total: str
    outcome: str
    pass_mark: str
    sections: list[SectionPart]
    receipt: str


def write_feedback(book: Gradebook) -> list[Path]:
    """A page for each learner, as feedback/LEARNER.html in the class folder."""
    written = []
    for row in book.learners:
        path = book.assignment.folder / "feedback" / f"{row.learner}.html"
        write_atomically(path, render(page_of(book.assignment, row)).encode())
        written.append(path)
    return written


def page_of(assignment: Assignment, row: LearnerGrade) -> Page:
    """A row of the gradebook, as it is to be read."""
    return Page(
        title=assignment.plan.title,
        learner=row.learner,
        total=shown(row.total),
        outcome=_outcome(row),
        pass_mark=_number(assignment.plan.pass_mark),
        sections=[_section(section) for section in row.sections],
        receipt=_receipt_id(assignment, row),
    )


def _outcome(row: LearnerGrade) -> str:
    below = [s.section.title for s in row.sections if s.passed is False]
    said = f"Not passed yet, below the mark: {'; '.join(below)}." if below else ""
    still = f"Still open: {'; '.join(row.open)}." if row.open else ""
    return " ".join(filter(None, [said, still])) or "Passed: every section reaches the mark."


def _section(grade: SectionGrade) -> SectionPart:
    return SectionPart(
        title=grade.section.title,
        weight=_number(grade.section.weight),
        percent=shown(grade.percent),
        bar=float(grade.percent or 0),
        passed=grade.passed,
        exercises=[_exercise(e) for e in grade.exercises],
        hand=[_hand(h) for h in grade.hand],
    )


def _exercise(grade: ExerciseGrade) -> ExercisePart:
    of = _number(grade.exercise.points)
    if grade.result is None:
        return exercise_part(Verdict(grade.exercise.id, "open", "It is not graded yet."), "open", of)
    return exercise_part(verdict_of(grade.result.telling), _number(grade.earned), of)


def _hand(grade: HandGrade) -> HandMark:
    got = "open" if grade.mark.points is None else _number(grade.mark.points)
    return HandMark(grade.part.title, got, _number(grade.part.points), grade.mark.comment)


def _number(value: Decimal | Fraction | int) -> str:
    return f"{float(value):g}"


def _receipt_id(assignment: Assignment, row: LearnerGrade) -> str:
    """The head of the signature of the learner's receipt; "" where there is none of these very files."""
    path = assignment.folder / "receipts" / f"{row.learner}.json"
    if not path.is_file():
        return ""
    signed = json.loads(path.read_text(encoding="utf-8"))
    graded = {e.exercise.id: e.result.key.source for s in row.sections for e in s.exercises if e.result}
    same = {entry["id"]: entry["sha256"] for entry in signed["receipt"]["exercises"]} == graded
    return str(signed["signature"])[:16] if same else ""


def exercise_part(verdict: Verdict, got: str, of: str) -> ExercisePart:
    """An exercise's verdict, sorted into what was tried, the example, and what to do next."""
    lines = rows(verdict)
    tried = f"Tried: {verdict.case}" if verdict.case and not verdict.passed else ""
    if verdict.smallest and not verdict.passed:
        tried = "Tried: the smallest example that fails"
    advice = [(name.capitalize(), text) for name, text in lines if name in ("read", "hint")]
    example = [(name, text) for name, text in lines if name not in ("tried", "read", "hint")]
    return ExercisePart(
        id=verdict.exercise,
        title=load_course().exercise_by_id[verdict.exercise].title,
        got=got,
        of=of,
        passed=verdict.passed,
        word="open" if verdict.kind == "open" else word(verdict),
        verdict=verdict,
        tried=tried,
        example=[(name.strip(), text, _set(name, text)) for name, text in example],
        advice=advice,
    )


def _set(name: str, text: str) -> str:
    """Narrow values stand side by side; what was expected begins a line."""
    if max(map(len, text.splitlines()), default=0) > NARROW:
        return "whole"
    return "first" if name == "expected" else "beside"


def verdict_of(data: Mapping[str, Any]) -> Verdict:
    """A verdict out of the record's JSON."""
    fields = {name: value for name, value in data.items() if name != "passed"}
    if fields.get("intermediate"):
        fields["intermediate"] = Intermediate(**fields["intermediate"])
    return Verdict(**fields)


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = Path(__file__).with_name("templates")
    loader = FileSystemLoader(folder)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True).get_template(
        "feedback.html"
    )


def render(page: Page) -> str:
    """The page as HTML."""
    from markupsafe import Markup

    style = Path(__file__).with_name("templates").joinpath("feedback.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(page=page, style=Markup(style), style_hash=f"sha256-{digest}")  # our own file

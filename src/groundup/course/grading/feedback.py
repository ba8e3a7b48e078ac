"""What a learner gets back: one page that stands alone, with the check's own words for each exercise.

All that stands on it may have been made by a learner: Jinja escapes every value, the page runs no script, and its
content policy allows nothing but its own style sheet.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundup.course.check.verdict import Intermediate, Verdict
from groundup.course.manifest import load_course
from groundup.course.show import rows, word

if TYPE_CHECKING:
    from jinja2 import Template

NARROW = 28  # characters: two values of this width stand side by side


@dataclass(frozen=True)
class ExercisePart:
    """One exercise on the page. ``example`` is (name, value, how it is set): "whole" lines, a "first" of two, or beside."""

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
    passed: bool
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
    notes: list[str]
    sections: list[SectionPart]
    receipt: str


def exercise_part(verdict: Verdict, got: str, of: str) -> ExercisePart:
    """An exercise's verdict, sorted into what was tried, the example, and what to do next."""
    shown = rows(verdict)
    tried = f"Tried: {verdict.case}" if verdict.case and not verdict.passed else ""
    if verdict.smallest and not verdict.passed:
        tried = "Tried: the smallest example that fails"
    advice = [(name.capitalize(), text) for name, text in shown if name in ("read", "hint")]
    example = [(name, text) for name, text in shown if name not in ("tried", "read", "hint")]
    return ExercisePart(
        id=verdict.exercise,
        title=load_course().exercise_by_id[verdict.exercise].title,
        got=got,
        of=of,
        passed=verdict.passed,
        word=word(verdict),
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

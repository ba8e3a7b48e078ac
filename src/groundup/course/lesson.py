"""Lessons: read one, check it, run its cells, and give it to the page or the terminal.

    lesson = build(concept.lesson)        runs the cells, or finds their results in the cache
    lesson.html                           for the studio; to_markdown(lesson) for the terminal

The steps stand in ``groundup.course.lessons``: parse, check, execute (in a child process), cache, render, terminal.
"""

from dataclasses import dataclass
from pathlib import Path

from groundup.course.lessons import cache, check, terminal
from groundup.course.lessons.execute import SECONDS, CellResult, execute
from groundup.course.lessons.parse import Document, LessonError, parse
from groundup.course.lessons.render import render
from groundup.course.manifest import load_course

__all__ = ["Lesson", "LessonError", "build", "problems", "render_unexecuted", "to_markdown"]


@dataclass(frozen=True)
class Lesson:
    """A lesson ready to be shown. ``sections`` are the (anchor, heading) pairs of its table of contents."""

    title: str
    html: str
    sections: list[tuple[str, str]]
    words: int
    document: Document
    results: list[CellResult] | None  # None: the cells have not run


def build(path: Path, *, seconds: float = SECONDS, cached: bool = True) -> Lesson:
    """Run the lesson's cells and render it. Raises LessonError naming the line, when a cell fails."""
    document = parse(path)
    results = cache.read(document) if cached else None
    if results is None:
        results = execute(document, seconds)
        if cached:
            cache.write(document, results)
    return _lesson(document, results)


def render_unexecuted(path: Path) -> Lesson:
    """The lesson at once: the kept results where there are any, else its code without results."""
    document = parse(path)
    return _lesson(document, cache.read(document))


def problems(path: Path) -> list[str]:
    """Everything that the rules for lessons object to, as ``file:line: what``. Raises LessonError."""
    course = load_course()
    concept = next((c for c in course.concepts.values() if c.lesson == path), None)
    own = {exercise.id for exercise in concept.exercises} if concept else set()
    labs = {lab for unit in course.units for lab in unit.labs}
    found = check.check(parse(path), set(course.exercise_by_id), own, labs)
    return [f"{path}:{problem.line}: {problem.says}" for problem in found]


def to_markdown(lesson: Lesson) -> str:
    """The lesson for a terminal, as Markdown."""
    return terminal.to_markdown(lesson.document, lesson.results)


def _lesson(document: Document, results: list[CellResult] | None) -> Lesson:
    sections = [(h.anchor, h.text) for h in document.headings if h.level == 2]
    return Lesson(document.title, render(document, results), sections, document.words, document, results)

"""Every lesson keeps the rules, runs to its end, and is fast; every pointer into it leads somewhere."""

import importlib

import pytest

from groundup.core import Misconception
from groundup.course import lesson as lessons
from groundup.course.lessons.parse import parse
from groundup.course.manifest import Concept, load_course

CONCEPTS = list(load_course().concepts.values())
SECONDS = 30  # a cell takes a few; tests share their machine with others

every_concept = pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.slug)


@every_concept
def test_the_lesson_keeps_the_rules(concept: Concept) -> None:
    problems = lessons.problems(concept.lesson)
    assert not problems, "\n".join(problems)


@every_concept
def test_the_lesson_runs(concept: Concept) -> None:
    lesson = lessons.build(concept.lesson)  # the cache is this session's: see tests/conftest.py
    assert lesson.results is not None
    assert len(lesson.results) == len(lesson.document.cells)
    left_out = [result.missing for result in lesson.results if result.missing]
    assert not left_out, f"cells that never run here: {left_out}"
    slow = [cell.line for cell, r in zip(lesson.document.cells, lesson.results, strict=True) if r.seconds > SECONDS]
    assert not slow, f"cells at lines {slow} take over {SECONDS} s"
    cells = zip(lesson.document.cells, lesson.results, strict=True)
    bare = [cell.line for cell, result in cells if "caption" in cell.options and not result.figures]
    assert not bare, f"cells at lines {bare} have a caption and draw nothing"


@every_concept
def test_every_misconception_points_to_a_heading(concept: Concept) -> None:
    module = importlib.import_module(f"{concept.package}.misconceptions")
    headings = {heading.text for heading in parse(concept.lesson).headings}
    lost = {m.name: m.see for m in vars(module).values() if isinstance(m, Misconception) and m.see not in headings}
    assert not lost, f"{concept.lesson} has no such headings: {lost}"

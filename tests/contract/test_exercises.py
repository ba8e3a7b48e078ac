"""The gates on exercises: the audit of each finds nothing, and a graft gives the file back byte for byte."""

import importlib

import pytest

from groundup.core import Misconception
from groundup.course.audit.inspect import inspect
from groundup.course.check.naming import mistakes
from groundup.course.exercise import Exercise
from groundup.course.manifest import Concept, load_course
from groundup.course.starter import blank, function_source, graft

COURSE = load_course()
CONCEPTS = list(COURSE.concepts.values())
EXERCISES = list(COURSE.exercises())
MISTAKES = [(e, m) for e in EXERCISES for m in mistakes(e)]

by_id = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)


def concept_of(exercise: Exercise) -> Concept:
    return COURSE.concepts[exercise.concept]


def test_ids_are_unique_and_functions_belong_to_one_exercise() -> None:
    assert len({e.id for e in EXERCISES}) == len(EXERCISES)
    owners = [(e.module, name) for e in EXERCISES for name in e.functions]
    assert len(set(owners)) == len(owners)


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.slug)
def test_grafting_the_bodies_back_gives_the_file_byte_for_byte(concept: Concept) -> None:
    source = concept.file.read_text(encoding="utf-8")
    starter = blank(source, concept.functions)
    assert starter != source
    assert graft(starter, source, concept.functions) == source
    assert blank(starter, concept.functions) == starter


@by_id
def test_the_audit_objects_to_nothing(exercise: Exercise) -> None:
    """The starter fails with its own message, solutions and variants pass, every misconception is caught and named."""
    found = inspect(exercise, seeds=2)
    assert not found.problems
    assert found.solutions == 2


@by_id
def test_three_hints_and_none_holds_the_answer(exercise: Exercise) -> None:
    source = exercise.file.read_text(encoding="utf-8")
    assert len(set(exercise.spec.hints)) == 3
    for name in exercise.functions:
        answer = [line.split("#")[0].strip() for line in function_source(source, name).splitlines()]
        telling = [
            line
            for line in answer
            if len(line) > 24 and "=" in line and not line.startswith(("def ", '"', "(", "self._"))
        ]
        assert not [line for line in telling for hint in exercise.spec.hints if line in hint]


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.slug)
def test_misconceptions_are_many_and_point_into_the_lesson(concept: Concept) -> None:
    listed = [m for e in concept.exercises for m in mistakes(e)]
    assert len(listed) >= 4
    headings = {
        line.lstrip("# ").strip()
        for line in concept.lesson.read_text(encoding="utf-8").splitlines()
        if line.startswith("##")
    }
    assert not {m.name: m.see for m in listed if m.see not in headings}
    assert len({m.says for m in listed}) == len(listed)


def test_every_misconception_belongs_to_an_exercise() -> None:
    tested = {(e.concept, m.name) for e, m in MISTAKES}
    for concept in CONCEPTS:
        module = importlib.import_module(f"{concept.package}.misconceptions")
        declared = {(concept.slug, m.name) for m in vars(module).values() if isinstance(m, Misconception)}
        assert declared <= tested, f"no exercise tries {declared - tested}"

"""The gates on exercises: a starter fails with its own message, a solution passes, a graft gives the file back byte for
byte, and every misconception is caught and named."""

import importlib
from pathlib import Path

import pytest

from groundup.core import Misconception
from groundup.course.audit.trial import trial
from groundup.course.check.checker import check, prepare_cases, run_cases, weigh
from groundup.course.check.naming import mistakes, with_function
from groundup.course.exercise import Exercise
from groundup.course.manifest import Concept, load_course
from groundup.course.starter import blank, function_source, graft, unwritten

COURSE = load_course()
CONCEPTS = list(COURSE.concepts.values())
EXERCISES = list(COURSE.exercises())
MISTAKES = [(e, m) for e in EXERCISES for m in mistakes(e)]
SEEDS = (1, 2)

by_id = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)


def concept_of(exercise: Exercise) -> Concept:
    return COURSE.concepts[exercise.concept]


def test_ids_are_unique_and_functions_belong_to_one_exercise() -> None:
    assert len({e.id for e in EXERCISES}) == len(EXERCISES)
    owners = [(e.concept, name) for e in EXERCISES for name in e.functions]
    assert len(set(owners)) == len(owners)


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.slug)
def test_grafting_the_bodies_back_gives_the_file_byte_for_byte(concept: Concept) -> None:
    source = concept.file.read_text(encoding="utf-8")
    starter = blank(source, concept.functions)
    assert starter != source
    assert graft(starter, source, concept.functions) == source
    assert blank(starter, concept.functions) == starter


@by_id
def test_a_starter_fails_with_its_own_message(exercise: Exercise, tmp_path: Path) -> None:
    file = tmp_path / exercise.file.name
    source = exercise.file.read_text(encoding="utf-8")
    file.write_text(blank(source, exercise.functions), encoding="utf-8")
    verdict = check(exercise, file)
    assert (verdict.kind, verdict.passed) == ("unwritten", False)
    assert any(unwritten(name) in verdict.sentence for name in exercise.functions)
    ran = run_cases(exercise, file, seed=0)  # the same, when it is run and not only read
    assert ran.kind == "unwritten"
    assert "is yours to write" in ran.sentence


@by_id
@pytest.mark.parametrize("seed", SEEDS)
def test_a_solution_passes(exercise: Exercise, seed: int) -> None:
    verdict = check(exercise, exercise.file, seed=seed)
    assert verdict.passed, verdict.to_json()
    assert verdict.checks > 0


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


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=lambda v: getattr(v, "name", getattr(v, "id", "")))
def test_every_misconception_is_caught_and_named(exercise: Exercise, mistake: Misconception) -> None:
    wrong = with_function(exercise, mistake.target, mistake.wrong)
    for seed in SEEDS:
        cases = prepare_cases(exercise, seed)
        verdict = weigh(exercise, cases, trial(cases, wrong))
        assert not verdict.passed, f"{mistake.name} passes {exercise.id}"
        assert verdict.misconception == mistake.name, f"{exercise.id}: {verdict.to_json()}"
        assert verdict.sentence == mistake.says


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

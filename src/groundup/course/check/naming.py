"""Naming a wrong answer: a known misconception that gives the same numbers, or a relation to the right ones."""

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np

from groundup.core import Misconception
from groundup.course.check.compare import close
from groundup.course.check.plan import NotPlainError, StepError, observe, run
from groundup.course.check.prepare import Prepared
from groundup.course.check.relations import agreed, relations
from groundup.course.check.replace import replaced
from groundup.course.check.sandbox import CaseResult, Outcome
from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course


def with_function(exercise: Exercise, target: str, function: Callable[..., Any]) -> dict[str, Any]:
    """The exercise's module with one function replaced."""
    return replaced(exercise.module, exercise.file, target, function)


def mistakes(exercise: Exercise) -> Iterator[Misconception]:
    """The misconceptions about the functions of this exercise."""
    package = exercise.module.rpartition(".")[0]
    for value in list(vars(importlib.import_module(f"{package}.misconceptions")).values()):
        if isinstance(value, Misconception) and value.target in exercise.functions:
            yield value


def earlier(exercise: Exercise) -> list[Exercise]:
    """What was written before in the same file, the latest first: a mistake there may show only here."""
    written = [e for e in load_course().concepts[exercise.concept].exercises if e.kind == "write"]
    return list(reversed(written[: [e.id for e in written].index(exercise.id)])) if exercise.kind == "write" else []


def name_mistake(exercise: Exercise, cases: list[Prepared], outcome: Outcome) -> Misconception | None:
    """The misconception that gives the learner's results on every case, or None."""
    known = chain(mistakes(exercise), *(mistakes(before) for before in earlier(exercise)))
    return next((m for m in known if _same(wrong_results(exercise, m, cases), cases, outcome)), None)


def wrong_results(exercise: Exercise, mistake: Misconception, cases: list[Prepared]) -> list[Mapping[str, Any] | str]:
    """What the mistake gives for each case; the name of the exception where it raises."""
    namespace = with_function(exercise, mistake.target, mistake.wrong)
    found: list[Mapping[str, Any] | str] = []
    for case in cases:
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                found.append(run(case.steps, [a.copy() for a in case.arrays], namespace))
        except StepError as error:
            found.append(type(error.__cause__).__name__)
    return found


def _same(wrong: list[Mapping[str, Any] | str], cases: list[Prepared], outcome: Outcome) -> bool:
    """Whether two wrong programs agree: same numbers, same exceptions, and some case that gave numbers at all."""
    agreed = 0
    for values, case, theirs in zip(wrong, cases, outcome.cases, strict=False):
        raised = theirs.error["type"] if theirs.error else None
        if isinstance(values, str) or raised:
            if values != raised:
                return False
            continue
        if not all(_same_result(values, name, case, theirs) for name in case.observe):
            return False
        agreed += len(case.observe)
    return agreed > 0


def _same_result(values: Mapping[str, Any], name: str, case: Prepared, theirs: CaseResult) -> bool:
    try:
        mine = observe(values, name)
    except NotPlainError as odd:
        return theirs.odd.get(name) == str(odd)
    return name in theirs.results and close(mine, theirs.results[name], case.rtol)


def name_relation(name: str, cases: list[Prepared], outcome: Outcome) -> str:
    """How a wrong result stands to the right one, where it stands so in every case that it is wrong in; else ""."""
    found = []
    for case, theirs in zip(cases, outcome.cases, strict=False):
        expected, got = case.expected.get(name), theirs.results.get(name)
        if expected is not None and got is not None and not close(expected, got, case.rtol):
            inputs = {n: case.arrays[k] for n, k in case.inputs.items() if n not in case.moved}
            found.append(relations(expected, got, inputs, case.rtol))
    relation = agreed(found)
    return relation.says if relation else ""

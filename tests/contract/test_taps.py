"""Taps: where a check fails, the verdict says which named intermediate was the first to go wrong."""

import importlib
import re
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course
from groundup.course.starter import blank, find_bodies

COURSE = load_course()
TAPPED = [e for e in COURSE.exercises() if e.spec.taps]

SCORES = "s = scaled(scores(query, key), query.shape[-1], self.scale)"
WRONG_WIDTH = "s = scaled(scores(query, key), key.shape[-2], self.scale)"
REST = "p = softmax(masked(s, mask))"
MASK_LATE = (
    "p = softmax(s)\n        p = p if mask is None else np.where(mask, p, 0) if mask.dtype == bool else p + mask"
)
OF_SELF = "p = softmax(masked(scaled(scores(query, key), query.shape[-1]), mask))"


def verdict_on(tmp_path: Path, name: str, old: str, new: str) -> Verdict:
    """Check the library's file with one line of an exercise's functions exchanged."""
    exercise = COURSE.exercise_by_id[name]
    source = exercise.file.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    place = next(b for b in find_bodies(source, exercise.functions) if old in "".join(lines[b.start : b.end]))
    body = "".join(lines[place.start : place.end]).replace(old, new)
    file = tmp_path / exercise.file.name
    file.write_text("".join([*lines[: place.start], body, *lines[place.end :]]), encoding="utf-8")
    return check(exercise, file, seed=3)


@pytest.mark.parametrize(
    ("exercise", "old", "new", "first", "right"),
    [
        ("attention-forward", REST, MASK_LATE, "p", ["s"]),
        ("attention-forward", SCORES, WRONG_WIDTH, "s", []),
        ("attention-self", OF_SELF, OF_SELF.replace("query.shape", "x.shape"), "p", ["query", "key", "value"]),
        ("attention-self", "x @ w_key.T", "x @ w_query.T", "key", ["query"]),
        ("attention-backward", "dp = dy @ value", "dp = 2 * dy @ value", "dp", []),
        ("attention-backward", "ds = scaled(softmax_backward(p, dp)", "ds = scaled((p * dp)", "ds", ["dp"]),
        ("lstm-step", "i, f, g, o = gates(", "f, i, g, o = gates(", "i", []),
        ("lstm-step", "after = f * c + i * g", "after = f * c + g", "squashed", ["i", "f", "g", "o"]),
        ("bn-forward", "variance, self.eps)", "variance**2, self.eps)", "r", ["mean", "variance"]),
    ],
)
def test_the_first_wrong_intermediate_is_named(
    tmp_path: Path, exercise: str, old: str, new: str, first: str, right: list[str]
) -> None:
    verdict = verdict_on(tmp_path, exercise, old, new)
    assert not verdict.passed
    assert verdict.intermediate is not None
    assert (verdict.intermediate.name, verdict.intermediate.right) == (first, right)
    assert verdict.intermediate.expected != verdict.intermediate.received


def test_names_of_ones_own_lose_nothing(tmp_path: Path) -> None:
    """Whoever calls the scores otherwise hears of the weights alone."""
    old = f"{SCORES}\n        {REST}"
    verdict = verdict_on(tmp_path, "attention-forward", old, old.replace("s = sc", "t = 2 * sc").replace("(s,", "(t,"))
    assert verdict.intermediate is not None
    assert (verdict.intermediate.name, verdict.intermediate.right) == ("p", [])


@pytest.mark.parametrize("exercise", TAPPED, ids=lambda e: e.id)
def test_the_starter_speaks_of_each_tap(exercise: Exercise) -> None:
    """A name that stood in the blanked bodies alone could not be known to the learner."""
    source = exercise.file.read_text(encoding="utf-8")
    code = [find_code(exercise, name) for name in exercise.functions]
    starter = blank(source, exercise.functions)
    for tap in exercise.spec.taps:
        assert any(tap in c.co_varnames for c in code), f"{tap} is no local of {exercise.functions}"
        assert re.search(rf"\b{tap}\b", starter, re.IGNORECASE), f"{tap} stands nowhere in the starter"


def find_code(exercise: Exercise, name: str) -> CodeType:
    """The code object of "function" or "Class.method"."""
    function: Any = importlib.import_module(exercise.module)
    for part in name.split("."):
        function = getattr(function, part)
    code: CodeType = function.__code__
    return code

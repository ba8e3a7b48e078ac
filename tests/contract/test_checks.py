"""What a verdict says and in which order; the kinds of exercises; and that the child never has the solution."""

import re
from pathlib import Path

import numpy as np
import pytest

from groundup.course.check import kit, predict
from groundup.course.check.checker import BUDGET, allowed_seconds, check, prepare_cases
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.handout import starter_of
from groundup.course.manifest import load_course

COURSE = load_course()
CONCEPTS = list(COURSE.concepts.values())


def with_change(folder: Path, name: str, old: str, new: str) -> Verdict:
    """The verdict on the solution with one change."""
    exercise = COURSE.exercise_by_id[name]
    source = exercise.file.read_text(encoding="utf-8")
    assert source.count(old) == 1
    file = folder / "mine.py"
    file.write_text(source.replace(old, new), encoding="utf-8")
    return check(exercise, file, seed=5)


def numbers(shown: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+\.?\d*", shown)]


def test_the_smallest_example_is_small_and_whole(tmp_path: Path) -> None:
    verdict = with_change(tmp_path, "linear-forward", "@ self.weight.value.T", "@ (self.weight.value.T + 1)")
    assert verdict.smallest
    values = [n for shown in verdict.inputs.values() for n in numbers(shown)]
    assert len(values) == 3  # one weight, one bias, one number
    assert all(n == int(n) for n in values)
    assert numbers(verdict.expected) != numbers(verdict.received)


def test_an_example_is_no_smaller_than_the_mistake_needs(tmp_path: Path) -> None:
    """With one input or one output a weight looked at from the wrong end is the same weight."""
    verdict = with_change(tmp_path, "linear-forward", "@ self.weight.value.T", "@ self.weight.value[:, ::-1].T")
    assert verdict.smallest
    assert len(numbers(verdict.inputs["weight"])) == 2


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("attention-scores", "query @", "-query @", "sign turned"),
        ("linear-forward", "return y", "return y + 1", "same number everywhere"),
        ("linear-backward", "return dy @ self.weight.value  #", "return 2 * dy @ self.weight.value  #", "twice"),
    ],
)
def test_a_simple_relation_is_named(tmp_path: Path, name: str, old: str, new: str, says: str) -> None:
    verdict = with_change(tmp_path, name, old, new)
    assert not verdict.passed
    assert verdict.misconception or says in verdict.relation, verdict.to_json()


def test_a_case_comes_twice_with_other_numbers() -> None:
    exercise = COURSE.exercise_by_id["linear-forward"]
    cases = prepare_cases(exercise, 0)
    again = next(c for c in cases[:-1] if c.name == cases[-1].name)
    assert [a.shape for a in again.arrays] == [a.shape for a in cases[-1].arrays]
    assert not all(np.array_equal(a, b) for a, b in zip(again.arrays, cases[-1].arrays, strict=True))


def test_time_is_measured_by_what_ours_takes() -> None:
    exercise = COURSE.exercise_by_id["linear-forward"]
    cases = prepare_cases(exercise, 0)
    assert allowed_seconds(exercise, cases) == exercise.spec.seconds
    cases[0].seconds = 3.0
    assert allowed_seconds(exercise, cases) == pytest.approx(BUDGET * 3.0, rel=0.1)


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda c: c.slug)
def test_the_childs_path_does_not_hold_the_solution(concept) -> None:
    files = kit._files(concept.module, "write")
    assert concept.file not in files.values()
    assert not [f for f in files.values() if f.name.startswith(("misconceptions", "variants", "test_", "torch_"))]
    assert not [f for f in files.values() if f.name == "fast.py" and f.parent == concept.folder]


def test_a_kit_is_built_once_and_again_when_a_file_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path))
    kit.kit_for.cache_clear()
    module = COURSE.concepts["linear"].module
    first = kit.kit_for(module)
    kit.kit_for.cache_clear()
    assert kit.kit_for(module) == first
    kit.kit_for.cache_clear()
    monkeypatch.setattr(kit, "_stamp", lambda files: "another")
    assert kit.kit_for(module) != first
    kit.kit_for.cache_clear()


# -- predict -----------------------------------------------------------------------------------------------------------

PREDICT = COURSE.exercise_by_id["loss-predict"]


def sheet(folder: Path, answers: list[str], seed: int = 4) -> Path:
    file = folder / "sheet.toml"
    file.write_text(predict.sheet(PREDICT, seed, answers), encoding="utf-8")
    return file


def test_answers_may_be_written_as_people_write_them(tmp_path: Path) -> None:
    loss, shape, slope = predict.right_answers(PREDICT, 4)
    bare = shape.strip("()")
    for said in (shape, f"[{bare}]", bare, f" {shape} "):
        assert check(PREDICT, sheet(tmp_path, [f"{float(loss):.3g}", said, f"{float(slope):.2g}"])).passed


@pytest.mark.parametrize("said", ["7", "(1,)", "nan", "None", "'x'", "9" * 5000, "(" * 500, "__import__('os')", "True"])
def test_no_other_answer_passes(tmp_path: Path, said: str) -> None:
    right = predict.right_answers(PREDICT, 4)
    for i in range(3):
        file = sheet(tmp_path, [*right[:i], said.replace('"', ""), *right[i + 1 :]])
        assert not check(PREDICT, file).passed


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", "syntax"), ("seed = 1", "syntax"), ("seed = 'x'\nquestion = []", "syntax"), ("[[question", "syntax"),
     ("seed = 1\n[[question]]\nanswer = '1'", "syntax"), ("x = '" + "a" * 200_000 + "'", "syntax")],
)  # fmt: skip
def test_a_broken_sheet_is_told(tmp_path: Path, text: str, kind: str) -> None:
    file = tmp_path / "sheet.toml"
    file.write_text(text, encoding="utf-8")
    assert check(PREDICT, file).kind == kind
    assert check(PREDICT, tmp_path / "nowhere.toml").kind == "missing"


# -- test it -----------------------------------------------------------------------------------------------------------

TESTING = COURSE.exercise_by_id["loss-test-cross-entropy"]


def verdict_on_checks(folder: Path, values: str, gradient: str) -> Verdict:
    """The verdict on checks with these bodies."""
    source = starter_of(TESTING)
    for body in (values, gradient):
        source = re.sub(r"    raise NotImplementedError\(.*\)\n", f"    {body}\n", source, count=1)
    file = folder / "mine.py"
    file.write_text(source, encoding="utf-8")
    return check(TESTING, file, seed=1)


def test_checks_that_find_nothing_do_not_pass(tmp_path: Path) -> None:
    verdict = verdict_on_checks(tmp_path, "pass", "pass")
    assert (verdict.kind, verdict.received.split()[0]) == ("values", "0")
    assert "slips through" in verdict.sentence


def test_checks_that_stop_what_is_right_do_not_pass(tmp_path: Path) -> None:
    verdict = verdict_on_checks(tmp_path, "assert False, 'never content'", "pass")
    assert (verdict.kind, "never content" in verdict.sentence) == ("error", True)


@pytest.mark.parametrize(
    "body",
    [
        "assert 'misconception' not in CrossEntropyLoss.forward.__module__",
        "import inspect; assert 'wrong' not in inspect.getsource(CrossEntropyLoss)",
        "import gc; assert gc",
    ],
)
def test_looking_at_what_a_candidate_is_made_of_is_refused(tmp_path: Path, body: str) -> None:
    assert verdict_on_checks(tmp_path, body, "pass").kind == "forbidden"


# -- repair and speed --------------------------------------------------------------------------------------------------


def test_a_sick_run_as_it_came_is_not_run_at_all(tmp_path: Path) -> None:
    exercise = COURSE.exercise_by_id["dropout-repair-eval"]
    file = tmp_path / "mine.py"
    file.write_text(starter_of(exercise), encoding="utf-8")
    verdict = check(exercise, file)
    assert (verdict.kind, verdict.seconds < 1) == ("unwritten", True)


def test_good_numbers_that_nothing_was_trained_for_do_not_pass(tmp_path: Path) -> None:
    exercise = COURSE.exercise_by_id["dropout-repair-eval"]
    source = exercise.file.read_text(encoding="utf-8")
    begin = source.index("    rng = np.random.default_rng(seed)\n    x, label")
    forged = "    same = np.zeros((200, 2))\n    return 1.0, same, same, network(0)\n"
    file = tmp_path / "mine.py"
    file.write_text(source[:begin] + forged + source[source.index("\n\nif __name__") :], encoding="utf-8")
    verdict = check(exercise, file)
    assert (verdict.kind, "backward passes" in verdict.sentence) == ("band", True), verdict.to_json()


def test_right_and_slow_is_said_so(tmp_path: Path) -> None:
    exercise = COURSE.exercise_by_id["loss-speed-likelihood"]
    slow = re.sub(
        r"    raise NotImplementedError\(.*\)\n", "    return row_by_row(pred, target)\n", starter_of(exercise), count=1
    )
    file = tmp_path / "mine.py"
    file.write_text(slow, encoding="utf-8")
    verdict = check(exercise, file, seed=2)
    assert (verdict.kind, "Right, but your code" in verdict.sentence) == ("slow", True), verdict.sentence


def test_every_kind_is_there() -> None:
    kinds: dict[str, list[Exercise]] = {}
    for exercise in COURSE.exercises():
        kinds.setdefault(exercise.kind, []).append(exercise)
    assert set(kinds) == {"write", "predict", "repair", "test", "speed"}
    assert len(kinds["write"]) >= 100


def test_an_example_says_what_was_called_and_set(tmp_path: Path) -> None:
    verdict = with_change(tmp_path, "perceptron-decision", " + self.bias)", ")")
    assert verdict.code.splitlines()[1:] == ["p.weight = w", verdict.code.splitlines()[2], "s = p.decision(x)"]
    assert verdict.code.splitlines()[2].startswith("p.bias = ")

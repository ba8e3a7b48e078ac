"""Receipts: signed by the class's key alone, and what they say comes out again."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from groundup.course.grading import receipt as module
from groundup.course.grading.assignment import Assignment, ClassError
from groundup.course.grading.grade import grade
from groundup.course.grading.receipt import verify, write_receipts
from groundup.course.grading.record import Record
from support.classroom import HALF, PLACE, RIGHT, hand_in, make_class

Class = tuple[Assignment, Record, Path]


@pytest.fixture
def graded(tmp_path: Path) -> Class:
    """Ada's receipt: one exercise passed, one not begun."""
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"ada": HALF}, tmp_path / "in")
    grade(assignment, record, jobs=1)
    (path,) = write_receipts(assignment, record)
    return assignment, record, path


def test_a_receipt_says_what_was_graded_and_verifies(graded: Class) -> None:
    assignment, _, path = graded
    receipt = json.loads(path.read_text())["receipt"]
    assert receipt["seeds"] == assignment.plan.seeds
    assert set(receipt["versions"]) == {"course", "python", "numpy", "system"}
    assert [(e["id"], e["file"], e["passed"]) for e in receipt["exercises"]] == [
        ("init-fans", PLACE, True), ("init-xavier", PLACE, False),
    ]  # fmt: skip
    done = verify(assignment, path)
    assert (done.learner, done.exercises, done.faults, done.notes) == ("ada", 2, [], [])


def test_grading_again_writes_the_same_receipt(graded: Class) -> None:
    assignment, record, path = graded
    before = path.read_bytes()
    assert grade(assignment, record, jobs=1).run == 0
    write_receipts(assignment, record)
    assert path.read_bytes() == before


def test_the_key_is_its_owners_alone(graded: Class) -> None:
    key = graded[0].folder / "class.key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()
    write_receipts(*graded[:2])
    assert key.read_bytes() == before
    key.chmod(0o644)
    with pytest.raises(ClassError, match="the key can be read by others; chmod 600"):
        write_receipts(*graded[:2])


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_mode_of_the_key_does_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    assignment, record = make_class(tmp_path / "class")
    before = os.umask(umask)
    try:
        write_receipts(assignment, record)
    finally:
        os.umask(before)
    assert (assignment.folder / "class.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("which", range(7))
def test_a_changed_receipt_is_refused(graded: Class, which: int) -> None:
    assignment, _, path = graded
    signed = json.loads(path.read_text())
    edits = [
        lambda r: r.update(learner="bo"), lambda r: r["seeds"].append(1), lambda r: r["exercises"].pop(),
        lambda r: r["exercises"][1].update(passed=True), lambda r: r["versions"].update(course="0"),
        lambda r: r["exercises"][1]["verdicts"][0].update(kind="passed"), lambda r: r.update(more=1),
    ]  # fmt: skip
    edits[which](signed["receipt"])
    path.write_text(json.dumps(signed))
    with pytest.raises(ClassError, match="the signature is not that of this class's key"):
        verify(assignment, path)


def test_another_order_of_the_same_words_is_the_same_receipt(graded: Class) -> None:
    assignment, _, path = graded
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert verify(assignment, path).faults == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"receipt": {}, "signature": ""}', '{"receipt": {"format": 1}, "signature": "zz"}', "[" * 99999],
)
def test_what_is_no_receipt_is_told(graded: Class, text: str) -> None:
    graded[2].write_text(text)
    with pytest.raises(ClassError, match="expected a receipt with a signature"):
        verify(graded[0], graded[2])


def test_a_receipt_of_another_class_is_refused(graded: Class, tmp_path: Path) -> None:
    other, record = make_class(tmp_path / "other")
    with pytest.raises(ClassError, match="expected the public key of the class"):
        verify(other, graded[2])
    write_receipts(other, record)
    with pytest.raises(ClassError, match="or is of another class"):
        verify(other, graded[2])


def test_the_public_key_alone_verifies_and_a_false_one_beside_the_key_does_not_count(graded: Class) -> None:
    assignment, _, path = graded
    key, public = assignment.folder / "class.key", assignment.folder / "class.pub"
    key.rename(key.with_name("elsewhere"))
    assert verify(assignment, path).faults == []
    public.write_text("no key")
    with pytest.raises(ClassError, match="expected an Ed25519 key"):
        verify(assignment, path)
    key.with_name("elsewhere").rename(key)
    assert verify(assignment, path).faults == []


def test_a_changed_file_is_told(graded: Class) -> None:
    assignment, _, path = graded
    (assignment.submissions / "ada" / PLACE).write_text(RIGHT)
    done = verify(assignment, path)
    assert len(done.faults) == 2
    assert "no stored nn/init.py has the hash" in done.faults[0]


def test_a_receipt_outlives_a_later_submission(graded: Class, tmp_path: Path) -> None:
    assignment, record, path = graded
    old = path.rename(tmp_path / "old.json")
    hand_in(assignment, record, {"ada": RIGHT}, tmp_path / "later")
    grade(assignment, record, jobs=1)
    write_receipts(assignment, record)
    assert verify(assignment, old).faults == []
    assert verify(assignment, path).faults == []


def test_a_result_that_does_not_come_out_again_is_told(graded: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment, _, path = graded
    same = module.grade_source

    def otherwise(exercise: str, source: bytes, seeds: list[int]) -> list[dict[str, Any]]:
        return [{**v, "kind": "values", "passed": False} for v in same(exercise, source, seeds)]

    monkeypatch.setattr(module, "grade_source", otherwise)
    monkeypatch.setattr(module, "versions", lambda: {"course": "9", "python": "3", "numpy": "2", "system": "x"})
    done = verify(assignment, path)
    assert done.faults[0] == "init-fans: was passed, graded again it is values"
    assert any(note.startswith("graded with course") for note in done.notes)


def test_an_open_result_has_no_receipt(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"ada": HALF}, tmp_path / "in")
    assert write_receipts(assignment, record) == []


def test_without_cryptography_there_is_a_sentence(graded: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ClassError, match=r"pip install 'groundup\[class\]'"):
        verify(graded[0], graded[2])

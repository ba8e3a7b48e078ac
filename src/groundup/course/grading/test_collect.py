"""Collecting: one submission a learner, the latest; names that are safe; nothing lost that a receipt may need."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.course.grading.assignment import ClassError
from groundup.course.grading.collect import collect, learner_name
from groundup.course.grading.intake import RefusedError
from support.classroom import HALF, PLACE, RIGHT, STARTER, hand_in, make_class, make_zip


def test_folders_and_zips_become_submissions(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    inbox = tmp_path / "in"
    hand_in(assignment, record, {"ada": RIGHT}, inbox)
    make_zip(inbox / "Grace Hopper.ZIP", {"work/nn/init.py": HALF, "work/secret.py": "x", "../x.txt": ""}).rename(
        inbox / "bad.zip"
    )
    make_zip(inbox / "Grace Hopper.ZIP", {"work/nn/init.py": HALF, "work/secret.py": "x"})
    (inbox / "letter.txt").write_text("hello")
    (inbox / ".DS_Store").write_text("x")
    done = collect(assignment, inbox, record)
    assert (done.new, done.same) == (["Grace-Hopper"], ["ada"])
    assert done.refused == {
        "bad.zip": "the zip holds ../x.txt, a path that leads out of the folder",
        "letter.txt": "it is neither a folder nor a zip",
    }
    written = {p.relative_to(assignment.submissions).as_posix() for p in assignment.submissions.rglob("*.*")}
    assert written == {"ada/nn/init.py", "Grace-Hopper/nn/init.py"}
    assert (assignment.submissions / "Grace-Hopper" / PLACE).read_text(encoding="utf-8") == HALF
    assert assignment.learners() == ["Grace-Hopper", "ada"]


def test_the_later_of_two_submissions_wins_and_it_is_said(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    inbox = tmp_path / "in"
    inbox.mkdir()
    os.utime(make_zip(inbox / "ada.zip", {PLACE: RIGHT}), (2000, 2000))
    (inbox / "Ada").mkdir()
    (inbox / "Ada/init.py").write_text(HALF, encoding="utf-8")
    os.utime(inbox / "Ada/init.py", (1000, 1000))
    done = collect(assignment, inbox, record)
    assert "handed in twice: ada.zip is later than Ada" in done.notes[0]
    assert (assignment.submissions / assignment.learners()[0] / PLACE).read_text(encoding="utf-8") == RIGHT
    assert len(assignment.learners()) == 1


def test_handing_in_again_replaces_and_keeps_what_was(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    assert hand_in(assignment, record, {"ada": HALF}, tmp_path / "one").new == ["ada"]
    assert hand_in(assignment, record, {"ada": RIGHT}, tmp_path / "two").replaced == ["ada"]
    assert (assignment.submissions / "ada" / PLACE).read_text(encoding="utf-8") == RIGHT
    (kept,) = (assignment.folder / "replaced/ada").rglob("init.py")
    assert kept.read_text(encoding="utf-8") == HALF
    os.utime(tmp_path / "one/ada" / PLACE, (1000, 1000))
    done = collect(assignment, tmp_path / "one", record)
    assert "is later and stays" in done.notes[0]
    assert (done.new, done.replaced, done.same) == ([], [], [])
    assert (assignment.submissions / "ada" / PLACE).read_text(encoding="utf-8") == RIGHT


def test_what_was_not_handed_in_is_said(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    (tmp_path / "in/ada").mkdir(parents=True)
    done = collect(assignment, tmp_path / "in", record)
    assert done.refused == {"ada": "it holds none of the files asked for"}
    with pytest.raises(ClassError, match="expected a folder with a folder or a zip per learner"):
        collect(assignment, tmp_path / "none", record)


def test_two_names_that_come_to_the_same_are_never_one_learner(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    done = hand_in(assignment, record, {"ada b": RIGHT, "ada+b": STARTER}, tmp_path / "in")
    assert list(done.refused.values()) == ["its name cannot be told from 'ada b'; rename one of them"] or list(
        done.refused.values()
    ) == ["its name cannot be told from 'ada+b'; rename one of them"]
    assert assignment.learners() == ["ada-b"]
    assert "cannot be told from" in hand_in(assignment, record, {"ada&b": HALF}, tmp_path / "more").refused["ada&b"]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Ada Lovelace", "Ada-Lovelace"), ("=SUM(A1)", "SUM-A1"), ("..", None), ("-rf", "rf"), ("con", "con-"),
        ("NUL.txt", "NUL.txt-"), ("José  Núñez", "José-Núñez"), ("李雷_12345", "李雷_12345"), ("a/../../b", "a-..-..-b"),
        ("<b>x</b>", "b-x-b"), ("\udcff", None), ("x" * 200, "x" * 80), ("a.", "a"),
    ],
)  # fmt: skip
def test_names_are_made_safe(raw: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(RefusedError, match="name"):
            learner_name(raw)
    else:
        assert learner_name(raw) == name


@given(st.text(max_size=120))
def test_a_safe_name_is_one_plain_folder_and_stays_as_it_is(raw: str) -> None:
    try:
        name = learner_name(raw)
    except RefusedError:
        return
    assert name == Path(name).name
    assert name.isprintable()
    assert name[0].isalnum()
    assert name[-1] not in ". "
    assert learner_name(name) == name

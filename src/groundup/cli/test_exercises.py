"""skip, place, review and progress as they are typed."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundup.cli.main import app
from groundup.course.manifest import load_course
from groundup.course.place import exercises_of, find_unit
from groundup.course.workspace import Workspace

COURSE = load_course()
LINEAR = COURSE.concepts["linear"]
FIRST, SECOND, *_ = (e.id for e in COURSE.exercises())


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    workspace = Workspace.create(tmp_path / "work")[0]
    monkeypatch.setenv("GROUNDUP_WORKSPACE", str(workspace.root))
    monkeypatch.setenv("COLUMNS", "120")
    return workspace


def say(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def pass_linear(workspace: Workspace) -> None:
    """Forward and backward are written and pass."""
    workspace.file(LINEAR).write_text(LINEAR.file.read_text(encoding="utf-8"), encoding="utf-8")
    say("check", "linear-forward")
    say("check", "linear-backward")


def test_next_passes_over_what_is_skipped(workspace: Workspace) -> None:
    assert f"skipped: {FIRST}; `groundup skip {FIRST} --undo`" in say("skip", FIRST)
    assert SECOND in say("next")
    assert f"no longer skipped: {FIRST}" in say("skip", "--undo")
    assert FIRST in say("next")
    assert "perceptron-fit" in say("skip", "perceptron")
    assert "Nothing of perceptron is unfinished" in say("skip", "perceptron")
    assert "perceptron" not in say("next")
    assert "no longer skipped: perceptron-fit\n" in say("skip", "perceptron-fit", "--undo")
    assert "perceptron-fit" in say("next")


def test_an_undo_without_a_skip_is_refused(workspace: Workspace) -> None:
    done = CliRunner().invoke(app, ["skip", "--undo"])
    assert isinstance(done.exception, LookupError)
    assert "nothing is skipped" in str(done.exception)


def test_when_all_is_skipped_next_says_how_to_get_it_back(workspace: Workspace) -> None:
    workspace.progress.place("01", [e.id for e in COURSE.exercises() if e.id != FIRST])
    assert FIRST in say("next")
    say("skip", FIRST)
    assert f"What is left is skipped: {FIRST}." in say("next")
    say("skip", FIRST, "--undo")
    workspace.progress.place("01", [FIRST])
    assert "Every exercise is passed" in say("next")


def test_a_placement_from_the_draw_to_the_undo(workspace: Workspace) -> None:
    said = say("place", "1", code=1)
    assert "0 of 2 passed. Left:" in said
    assert "hint  " not in said
    for e in exercises_of(find_unit("01")):
        if e.kind == "write":
            workspace.file_of(e).write_text(e.file.read_text(encoding="utf-8"), encoding="utf-8")
    n = len(exercises_of(find_unit("01"))) - 2
    assert f"Unit 01 is placed: {n} exercises count as done, without points." in say("place", "01")
    assert f"2 of {n + 2} exercises passed, {n} placed" in say("progress", "--unit", "1")
    assert "What you passed stays passed" in say("place", "01", "--undo")
    assert f"2 of {n + 2} exercises passed, " in say("progress", "--unit", "01")
    assert "placed" not in say("progress", "--unit", "01")


def test_a_review_from_the_day_it_is_due(workspace: Workspace) -> None:
    assert "Nothing is due. What you pass comes back after a day." in say("review")
    pass_linear(workspace)
    assert "Nothing is due. The next is linear-" in say("review")
    with closing(sqlite3.connect(workspace.progress.path)) as db, db:
        db.execute("UPDATE attempts SET at = '2026-01-05T12:00:00+00:00' WHERE exercise = 'linear-forward'")
    said = say("review")
    assert "linear-forward" in said
    assert "linear-backward" not in said
    assert "1 of 5" in said
    assert {r["id"] for r in json.loads(say("review", "--json"))} == {"linear-forward", "linear-backward"}
    assert "not due" not in say("review", "start")
    file = workspace.root / "review" / "linear-forward.py"
    assert "Linear.forward is yours to write" in say("review", "check", code=1)
    file.write_bytes(workspace.file(LINEAR).read_bytes())
    assert "passed  linear-forward" in say("review", "check", "linear")
    assert not file.exists()
    assert "Nothing is due" in say("review")
    assert "It is not due" in say("review", "start", "linear-backward")


def test_progress_by_unit_in_full_and_as_json(workspace: Workspace) -> None:
    pass_linear(workspace)
    text = workspace.file(LINEAR).read_text(encoding="utf-8")
    say("hint", "gradcheck-sum")
    workspace.file(LINEAR).write_text(text.replace("y += self.bias.value", "pass"), encoding="utf-8")
    say("check", "linear-forward", code=1)
    rows = json.loads(say("progress", "--json"))
    assert [r["id"] for r in rows] == [e.id for e in COURSE.exercises()]
    by_id = {r["id"]: r for r in rows}
    assert (by_id["linear-forward"]["state"], by_id["linear-forward"]["tries"]) == ("passed", 1)
    assert by_id["gradcheck-sum"]["hints"] == 1
    whole = say("progress")
    (line,) = [line for line in whole.splitlines() if line.startswith("02 ")]
    n = len(exercises_of(find_unit("02")))
    assert line.split()[-4:-1] == [f"2/{n}", "1", "2"]  # passed, tries, hints: the failed check showed one, too
    assert f"2 of {len(rows)} exercises passed" in whole
    unit = json.loads(say("progress", "--json", "--unit", "02"))
    assert {r["unit"] for r in unit} == {"02"}
    assert "linear-backward" in say("progress", "--unit", "2")
    assert "unknown unit '77'" in str(CliRunner().invoke(app, ["progress", "--unit", "77"]).exception)

"""A learner's folder: starters handed out, work never overwritten, progress that survives anything."""

import concurrent.futures
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from groundup.course import workspace as module
from groundup.course.check.verdict import Verdict
from groundup.course.handout import starter_of
from groundup.course.manifest import load_course
from groundup.course.progress import Progress
from groundup.course.workspace import Workspace, WorkspaceError

COURSE = load_course()
LINEAR = COURSE.concepts["linear"]
FORWARD, BACKWARD = (COURSE.exercise_by_id[name] for name in ("linear-forward", "linear-backward"))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work")[0]


def solve(workspace: Workspace) -> Path:
    file = workspace.file(LINEAR)
    file.write_text(LINEAR.file.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def wrong_try(workspace: Workspace, i: int) -> Verdict:
    text = LINEAR.file.read_text(encoding="utf-8").replace(
        "y = x @ self.weight.value.T", f"y = {i} + x @ self.weight.value.T"
    )
    workspace.file(LINEAR).write_text(text, encoding="utf-8")
    return workspace.check(FORWARD)


def test_every_concept_gets_its_starter(workspace: Workspace) -> None:
    for exercise in COURSE.exercises():
        if exercise.kind != "predict":  # its numbers are drawn
            assert workspace.file_of(exercise).read_text(encoding="utf-8") == starter_of(exercise)
        assert workspace.file_of(exercise).is_file()
    first = workspace.next_exercise()
    assert first is not None
    assert first.id == next(COURSE.exercises()).id


def test_a_pass_moves_on_and_is_remembered(workspace: Workspace) -> None:
    assert workspace.check(FORWARD).kind == "unwritten"
    solve(workspace)
    assert workspace.check(FORWARD).passed
    wrong_try(workspace, 1)
    again = Workspace(workspace.root)
    assert again.progress.passed("linear-forward")
    assert again.progress.standing("linear-forward").tries == 1
    assert [a["kind"] for a in again.progress.attempts("linear-forward")][-1] == "unwritten"


def test_updating_never_writes_to_a_touched_file(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    touched, untouched = workspace.file(LINEAR), workspace.file(COURSE.concepts["loss"])
    touched.write_text("# mine\n" + touched.read_text(encoding="utf-8"), encoding="utf-8")
    mine = touched.read_bytes()
    monkeypatch.setattr(module, "starter_of", lambda e, seed: f"# a new edition\n{starter_of(e, seed)}")
    update = Workspace(workspace.root).update()
    assert touched.read_bytes() == mine
    assert update.kept == ["linear"]
    assert "loss" in update.written
    assert untouched.read_text(encoding="utf-8").startswith("# a new edition")
    assert Workspace(workspace.root).update().written == []


def test_a_deleted_file_is_handed_out_again(workspace: Workspace) -> None:
    workspace.file(LINEAR).unlink()
    assert workspace.update().written == ["linear"]


def test_reset_of_one_exercise_keeps_the_other_and_a_backup(workspace: Workspace) -> None:
    file = solve(workspace)
    solved = file.read_text(encoding="utf-8")
    backup = workspace.reset(LINEAR, FORWARD)
    assert backup is not None
    assert backup.read_text(encoding="utf-8") == solved
    text = file.read_text(encoding="utf-8")
    assert "Linear.forward is yours to write" in text
    assert "Linear.backward is yours to write" not in text
    workspace.reset(LINEAR)
    assert file.read_text(encoding="utf-8") == starter_of(FORWARD)
    file.unlink()
    assert workspace.reset(LINEAR) is None
    file.write_text("def broken(:", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="resets the whole file"):
        workspace.reset(LINEAR, FORWARD)


def test_the_solution_comes_after_passing_or_five_honest_tries(workspace: Workspace) -> None:
    for _ in range(6):
        workspace.check(FORWARD)  # unwritten: no try
    for i in range(1, 5):
        wrong_try(workspace, i)
        wrong_try(workspace, i)  # the same source twice is one try
    with pytest.raises(WorkspaceError, match="after 1 more try"):
        workspace.solution(FORWARD)
    wrong_try(workspace, 9)
    assert "def forward(self, x: Array)" in workspace.solution(FORWARD)
    assert workspace.progress.standing("linear-forward").solution_shown
    with pytest.raises(WorkspaceError, match="after 5 more tries"):
        workspace.solution(BACKWARD)


def test_only_files_that_pass_in_full_now_take_the_librarys_place(workspace: Workspace) -> None:
    file = solve(workspace)
    assert workspace.passed_files() == {}
    workspace.check(FORWARD)
    workspace.check(BACKWARD)
    assert workspace.passed_files() == {"groundup.nn.linear.linear": file}
    wrong_try(workspace, 1)
    assert workspace.passed_files() == {}


def test_finding_a_workspace(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDUP_WORKSPACE", raising=False)
    assert Workspace.find(workspace.root / "nn").root == workspace.root
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(WorkspaceError, match="groundup start"):
        Workspace.find(elsewhere)
    monkeypatch.setenv("GROUNDUP_WORKSPACE", str(workspace.root))
    assert Workspace.find(elsewhere).root == workspace.root
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(WorkspaceError, match="expected a folder that can be written"):
        Workspace.create(blocked / "work")


def test_two_terminals_and_the_studio_may_write_at_once(workspace: Workspace) -> None:
    def record(i: int) -> None:
        Progress(workspace.progress.path).record(Verdict("linear-forward", "values", "wrong"), f"source {i}")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(40)))
    assert workspace.progress.standing("linear-forward").tries == 40


def test_a_killed_writer_loses_nothing_that_was_said_to_be_saved(workspace: Workspace) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from groundup.course.progress import Progress; from groundup.course.check.verdict import Verdict\n"
        "p = Progress(Path(sys.argv[1]))\n"
        "for i in range(1000):\n"
        "    p.record(Verdict('linear-forward', 'values', 'wrong'), f'source {i}'); print(i, flush=True)\n"
    )
    command = [sys.executable, "-c", script, str(workspace.progress.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(5)]
        process.kill()
        said += [int(line) for line in process.stdout if line.endswith("\n")]
    assert workspace.progress.standing("linear-forward").tries >= len(said)


def test_a_record_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_text("my notes, by accident\n" * 100)
    with pytest.raises(ValueError, match="expected a SQLite file"):
        Progress(tmp_path / "state.sqlite")
    assert (tmp_path / "state.sqlite").read_text().startswith("my notes")


def test_predictions_are_kept_and_the_first_one_stands(workspace: Workspace) -> None:
    workspace.progress.predict("linear", "q1", "(2, 3)")
    workspace.progress.predict("linear", "q1", "(3, 2)")
    assert workspace.progress.predictions("linear") == {"q1": "(2, 3)"}
    assert workspace.progress.predictions("loss") == {}


def test_the_tables_are_what_they_say(workspace: Workspace) -> None:
    with sqlite3.connect(workspace.progress.path) as db:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {"attempts", "shown", "predictions"} <= names
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()

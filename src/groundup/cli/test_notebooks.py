"""groundup notebook, as a user calls it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from groundup.cli.main import app
from groundup.course.manifest import load_course
from groundup.course.workspace import Workspace


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GROUNDUP_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_concepts_notebooks_are_written_and_a_changed_one_is_kept(alone: Path) -> None:
    assert CliRunner().invoke(app, ["notebook", "linear", "--out", "nb"]).exit_code == 0
    forward, backward = alone / "nb/linear-forward.ipynb", alone / "nb/linear-backward.ipynb"
    changed = forward.read_text(encoding="utf-8").replace("A cell to try it in", "Mine")
    forward.write_text(changed, encoding="utf-8")
    backward.unlink()
    again = CliRunner().invoke(app, ["notebook", "linear", "--out", "nb"])
    assert again.exit_code == 2
    assert "linear-forward.ipynb has been changed and is left as it is; --force" in again.stderr
    assert forward.read_text(encoding="utf-8") == changed
    assert backward.is_file()
    assert CliRunner().invoke(app, ["notebook", "linear-forward", "--out", "nb", "--force"]).exit_code == 0
    assert "Mine" not in forward.read_text(encoding="utf-8")


def test_the_next_exercise_goes_into_the_workspace(alone: Path) -> None:
    workspace, _ = Workspace.create(alone / "workspace")
    following = workspace.next_exercise()
    assert following is not None
    assert CliRunner().invoke(app, ["notebook"]).exit_code == 0
    assert [p.name for p in (workspace.root / "notebooks").iterdir()] == [f"{following.id}.ipynb"]


def test_without_a_workspace_none_is_next(alone: Path) -> None:
    told = CliRunner().invoke(app, ["notebook"])
    assert isinstance(told.exception, LookupError)
    assert "expected an exercise, a concept or --all" in str(told.exception)


def test_all_is_every_exercise_that_is_code(alone: Path) -> None:
    assert CliRunner().invoke(app, ["notebook", "--all", "--out", "nb"]).exit_code == 0
    written = {p.stem for p in (alone / "nb").iterdir()}
    assert written == {e.id for e in load_course().exercises() if e.kind != "predict"}

"""Notebooks: each is valid, runs in a real kernel, checks what stands in it, and is never overwritten once changed."""

import asyncio
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course
from groundup.course.notebook import NotebookError, build, hint_here, untouched, write
from groundup.course.notebook.here import check_here, find_code
from groundup.course.starter import blank, is_blank
from groundup.course.workspace import Workspace

COURSE = load_course()
FORWARD, BACKWARD = COURSE.exercise_by_id["linear-forward"], COURSE.exercise_by_id["linear-backward"]
SOLUTION = FORWARD.file.read_text(encoding="utf-8")


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with no workspace around it."""
    monkeypatch.delenv("GROUNDUP_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def workspace(alone: Path) -> Workspace:
    return Workspace.create(alone / "workspace")[0]


def execute(notebook: nbformat.NotebookNode, folder: Path) -> dict[str, str]:
    """Run every cell in a kernel of its own; what each cell showed, as text."""
    asyncio.run(NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).async_execute())
    return {c.id: "".join(map(_text, c.get("outputs", []))) for c in notebook.cells}


def _text(output: Any) -> str:
    return output["data"]["text/plain"] if "data" in output else output.get("text", "")


def code_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return next(c for c in notebook.cells if c.id == "code")


@pytest.mark.parametrize("exercise", [e for e in COURSE.exercises() if e.kind != "predict"], ids=lambda e: e.id)
def test_every_notebook_is_valid_and_holds_the_blanked_functions(exercise: Exercise) -> None:
    notebook = build(exercise)
    nbformat.validate(notebook)
    assert notebook == build(exercise)  # the same bytes for everyone, so that versions of a class merge
    source = code_cell(notebook).source
    assert exercise.kind == "repair" or all(is_blank(source, name) for name in exercise.functions)
    assert find_code(["", source], exercise.functions) == (1, source)
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in cells)


def test_a_blank_notebook_runs_and_is_not_yet_right(alone: Path) -> None:
    shown = execute(nbformat.read(write(FORWARD, alone), as_version=4), alone)
    assert shown["check"].startswith("not yet  linear-forward\n  Linear.forward is yours to write.")
    assert shown["hint"].startswith("Hint 1 of 3")


def test_the_solution_passes_in_a_kernel_and_fills_the_workspace(workspace: Workspace) -> None:
    notebook = nbformat.read(write(FORWARD, workspace.root / "notebooks", workspace), as_version=4)
    code_cell(notebook).source = blank(SOLUTION, BACKWARD.functions)
    shown = execute(notebook, workspace.root / "notebooks")
    assert shown["check"].startswith("passed  linear-forward\n  Right:")
    assert "Copied to nn/linear/linear.py" in shown["check"] or "Copied to nn/linear.py" in shown["check"]
    assert workspace.progress.passed(FORWARD.id)
    assert workspace.check(FORWARD).passed
    again = code_cell(build(BACKWARD, workspace)).source  # the next notebook holds what was written before
    assert not is_blank(again, "Linear.forward")
    assert is_blank(again, "Linear.backward")


def test_what_the_learner_wrote_in_the_workspace_is_never_replaced(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = workspace.file_of(FORWARD)
    theirs = file.read_text(encoding="utf-8").replace(
        'raise NotImplementedError("Linear.forward is yours to write")', "return 3"
    )
    file.write_text(theirs, encoding="utf-8")
    monkeypatch.chdir(workspace.root)
    monkeypatch.setattr("groundup.course.notebook.here._cells_run", lambda: ["", SOLUTION])
    assert "Copied" not in repr(check_here(FORWARD.id))
    assert file.read_text(encoding="utf-8") == theirs


def test_a_wrong_answer_shows_the_terminals_words(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = SOLUTION.replace(
        "return dy @ self.weight.value  #", "print('<b>mine</b>')\n        return 2 * dy @ self.weight.value  #"
    )
    monkeypatch.setattr("groundup.course.notebook.here._cells_run", lambda: ["", SOLUTION, wrong, "1 + 1"])
    shown = check_here(BACKWARD.id, seed=3)
    text, html = repr(shown), shown._repr_html_()
    order = [
        text.index(word) for word in ("not yet", "\n  tried", "\n  expected", "\n  received", "\n  hint", "seed=3")
    ]
    assert order == sorted(order)
    assert "<b>mine</b>" not in html
    assert "&lt;b&gt;mine&lt;/b&gt;" in html


def test_the_last_cell_that_defines_the_functions_counts_even_when_it_cannot_be_read() -> None:
    broken = "class Linear:\n    def forward(self, x):\n        return (x\n"
    assert find_code(["", SOLUTION, broken, "x = 1"], FORWARD.functions) == (2, broken)
    assert find_code(["", "def forward(x): return x"], FORWARD.functions) is None


def test_without_a_run_cell_the_check_says_what_to_do(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundup.course.notebook.here._cells_run", lambda: ["", "x = 1"])
    assert "run the cell with your code first" in repr(check_here(FORWARD.id))


def test_outside_a_notebook_the_check_says_so(alone: Path) -> None:
    with pytest.raises(RuntimeError, match="expected to run in a notebook"):
        check_here(FORWARD.id)
    with pytest.raises(LookupError, match="linear-foward"):
        check_here("linear-foward")


def test_hints_go_on_from_what_the_workspace_says(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workspace.root)
    workspace.progress.show(FORWARD.id, "hint 1")
    hint_here(FORWARD.id)
    assert "Hint 2 of 3" in capsys.readouterr().out
    assert workspace.progress.standing(FORWARD.id).hints == 2


def test_a_changed_notebook_is_kept_and_force_makes_a_backup(alone: Path) -> None:
    path = write(FORWARD, alone)
    notebook = nbformat.read(path, as_version=4)
    code_cell(notebook).execution_count = 7  # running it is no change
    nbformat.write(notebook, path)
    assert untouched(path)
    code_cell(notebook).source += "\n# mine"
    nbformat.write(notebook, path)
    changed = path.read_bytes()
    with pytest.raises(NotebookError, match="has been changed and is left as it is"):
        write(FORWARD, alone)
    assert path.read_bytes() == changed
    write(FORWARD, alone, force=True)
    assert (alone / "linear-forward.before-1.ipynb").read_bytes() == changed
    assert untouched(path)


def test_a_file_that_is_no_notebook_is_kept(alone: Path) -> None:
    (alone / "linear-forward.ipynb").write_text("not json", encoding="utf-8")
    with pytest.raises(NotebookError):
        write(FORWARD, alone)

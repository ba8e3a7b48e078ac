"""The command line as a user types it: every command in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from groundup.course.manifest import PACKAGE, load_course

LINEAR = load_course().concepts["linear"]


def groundup(*args: str, cwd: Path, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command; its exit code must be ``code``."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GROUNDUP_") or k == "GROUNDUP_DATA"}
    done = subprocess.run(
        [sys.executable, "-m", "groundup", *args], cwd=cwd, env=clean | {"COLUMNS": "200"} | env, text=True,
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def home(tmp_path: Path) -> Path:
    groundup("start", "work", cwd=tmp_path)
    return tmp_path / "work"


def test_help_names_every_command(tmp_path: Path) -> None:
    text = groundup("--help", cwd=tmp_path).stdout
    for command in [
        "start",
        "studio",
        "next",
        "check",
        "hint",
        "solution",
        "reset",
        "progress",
        "list",
        "open",
        "lesson",
        "coverage",
        "lab",
        "data",
    ]:
        assert command in text


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['groundup', '--help']\n"
        "try:\n    from groundup.cli import main; main()\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'torch', 'sklearn', 'matplotlib', 'fastapi', 'pydantic', 'pandas', 'mlxtend'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)


def test_the_core_imports_numpy_alone(tmp_path: Path) -> None:
    code = (
        "import sys; from groundup import models, nn, optim\n"
        "heavy = {'torch', 'sklearn', 'scipy', 'matplotlib', 'pandas', 'pydantic', 'rich', 'typer'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)


def test_a_learners_first_exercise(home: Path) -> None:
    first = next(load_course().exercises())
    assert first.id in groundup("next", cwd=home).stdout
    verdict = json.loads(groundup("check", "linear-forward", "--json", cwd=home, code=1).stdout)
    assert verdict["kind"] == "unwritten"
    file = home / "nn" / "linear.py"
    assert str(file) in groundup("open", "linear", cwd=home).stdout

    wrong = LINEAR.file.read_text(encoding="utf-8").replace("y += self.bias.value", "pass")
    file.write_text(wrong, encoding="utf-8")
    said = groundup("check", "linear-forward", cwd=home, code=1).stdout
    assert "The bias is missing" in said
    assert "expected" in said
    assert "received" in said
    assert "hint" in said

    shutil.copy(LINEAR.file, file)
    assert "passed" in groundup("check", "linear", cwd=home).stdout
    assert "2 of" in groundup("progress", cwd=home).stdout
    rows = json.loads(groundup("progress", "--json", cwd=home).stdout)
    assert {r["id"] for r in rows if r["state"] == "passed"} == {"linear-forward", "linear-backward"}
    assert "def forward" in groundup("solution", "linear-forward", cwd=home).stdout


def test_hints_come_one_tier_at_a_time(home: Path) -> None:
    assert "Hint 1 of 3" in groundup("hint", "linear-forward", cwd=home).stdout
    second = groundup("hint", "linear-forward", cwd=home).stdout
    assert "Hint 2 of 3" in second
    assert "Hint 3" not in second


def test_a_solution_is_not_shown_before_it_was_tried(home: Path) -> None:
    assert "after 5 more tries" in groundup("solution", "linear-forward", cwd=home, code=2).stderr


def test_reset_keeps_a_backup(home: Path) -> None:
    shutil.copy(LINEAR.file, home / "nn" / "linear.py")
    said = groundup("reset", "linear", cwd=home).stdout
    backup = Path(said.split("Your version: ")[1].strip())
    assert backup.read_bytes() == LINEAR.file.read_bytes()


def test_start_again_changes_nothing_of_the_learners(home: Path) -> None:
    file = home / "nn" / "linear.py"
    file.write_text("# mine\n", encoding="utf-8")
    groundup("start", "work", cwd=home.parent)
    assert file.read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["open", "lienar"], "did you mean 'linear'"),
        (["check", "linear-forwrad"], "did you mean 'linear-forward'"),
        (["lesson", "lnear"], "did you mean 'linear'"),
        (["lab", "run", "mnist-mpl"], "did you mean 'mnist-mlp'"),
        (["data", "card", "mnsit"], "did you mean 'mnist'"),
    ],
)
def test_an_unknown_name_gets_the_nearest(home: Path, args: list[str], says: str) -> None:
    assert says in groundup(*args, cwd=home, code=2).stderr


def test_outside_a_workspace_it_says_how_to_make_one(tmp_path: Path) -> None:
    assert "`groundup start` makes one" in groundup("check", cwd=tmp_path, code=2).stderr


def test_open_works_without_a_workspace(tmp_path: Path) -> None:
    lines = groundup("open", "linear", cwd=tmp_path).stdout.splitlines()
    paths = [Path(line.split(maxsplit=1)[1]) for line in lines]
    assert len(paths) == 7
    assert all(path.is_file() for path in paths)


def test_list_names_concept_file_functions_and_points(tmp_path: Path) -> None:
    rows = json.loads(groundup("list", "--json", cwd=tmp_path).stdout)
    assert [r["id"] for r in rows] == [e.id for e in load_course().exercises()]
    for row in rows:
        assert Path(row["file"]).is_file()
        assert row["functions"] or row["kind"] == "predict"
        assert row["points"] > 0
        assert row["concept"]
    assert "linear-forward" in groundup("list", cwd=tmp_path).stdout


def test_coverage_is_honest(tmp_path: Path) -> None:
    told = json.loads(groundup("coverage", "--json", cwd=tmp_path).stdout)
    rows = {r["id"]: r for r in told["rows"]}
    assert told["summary"]["total"] == len(rows) == 126
    assert sum(told["summary"][s] for s in ("answered", "part", "open")) == len(rows)
    assert rows["02.01"]["status"] == "answered"
    assert rows["02.01"]["exercises"][:2] == ["linear-forward", "linear-backward"]
    assert rows["12.03"]["status"] == "open"
    for row in rows.values():
        for path in row["lessons"] + row["tests"]:
            assert (PACKAGE.parent / path).is_file()
    assert "open" in groundup("coverage", cwd=tmp_path).stdout


def test_the_curriculum_is_the_one_that_was_published() -> None:
    """The project's own copy has every row once, in order, with the columns of the original."""
    lines = (PACKAGE / "course" / "curriculum.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split("\t") == ["id", "unit", "kind", "requirement", "sources", "target"]
    ids = [line.split("\t")[0] for line in lines[1:]]
    assert ids == sorted(set(ids))

"""Grading: in parallel, once, and on from where it was killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from groundup.course.grading import container
from groundup.course.grading import grade as module
from groundup.course.grading.assignment import ClassError, read_class
from groundup.course.grading.grade import grade, results
from groundup.course.grading.record import Key, Record
from groundup.course.grading.worker import grade_source, request_of
from support.classroom import HALF, PLACE, RIGHT, STARTER, WRONG, hand_in, make_class

SLOW = f"import time\ntime.sleep(0.4)\n{RIGHT}"


def kinds(found: dict[str, Any]) -> dict[str, str]:
    return {name: result.telling["kind"] if result else "not graded" for name, result in found.items()}


def test_a_class_is_graded_once_and_what_changed_again(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class", seeds=2)
    class_ = {"ada": RIGHT, "bo": HALF, "cy": STARTER, "di": WRONG, "ed": "def (:"}
    hand_in(assignment, record, class_, tmp_path / "in")
    heard: list[tuple[int, int]] = []
    done = grade(assignment, record, jobs=2, progress=lambda so_far, of: heard.append((so_far, of)))
    assert (done.run, done.known, done.failed) == (10, 0, {})
    assert heard == [(i, 10) for i in range(11)]
    found = results(assignment, record)
    assert {name: r.passed for name, r in found["ada"].items() if r} == dict.fromkeys(found["ada"], True)
    assert [len(r.verdicts) for r in found["ada"].values() if r] == [2, 2]
    assert kinds(found["bo"]) == {"init-fans": "passed", "init-xavier": "unwritten"}
    assert set(kinds(found["cy"]).values()) == {"unwritten"}
    assert kinds(found["di"])["init-fans"] in ("values", "misconception")
    assert set(kinds(found["ed"]).values()) == {"syntax"}

    assert grade(assignment, record, jobs=2).run == 0
    hand_in(assignment, record, {"bo": RIGHT}, tmp_path / "again")
    again = grade(assignment, record, jobs=2)
    assert (again.run, again.known) == (2, 8)
    assert set(kinds(results(assignment, record)["bo"]).values()) == {"passed"}


def test_other_seeds_or_another_course_are_graded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"ada": STARTER}, tmp_path / "in")
    assert grade(assignment, record, jobs=1).run == 2
    text = (assignment.folder / "class.toml").read_text()
    (assignment.folder / "class.toml").write_text(text.replace(str(assignment.plan.seeds), "[7]"))
    reseeded = read_class(assignment.folder)
    assert set(kinds(results(reseeded, record)["ada"]).values()) == {"not graded"}
    assert grade(reseeded, record, jobs=1).run == 2
    assert results(reseeded, record)["ada"]["init-fans"].verdicts[0]["seed"] == 7  # type: ignore[union-attr]
    monkeypatch.setattr(module, "course_version", lambda: "9.9")
    assert grade(reseeded, record, jobs=1).run == 2


def test_what_was_not_handed_in_needs_no_run(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    (assignment.submissions / "ada").mkdir(parents=True)
    assert grade(assignment, record).run == 0
    result = results(assignment, record)["ada"]["init-fans"]
    assert result is not None
    assert not result.passed
    assert result.telling["sentence"] == "nn/init.py was not handed in."


def test_the_machines_own_failure_is_nobodys_mark_and_stops_no_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"ada": RIGHT, "bo": RIGHT}, tmp_path / "in")

    def broken(exercise: str, source: bytes, seeds: tuple[int, ...]) -> list[dict[str, Any]]:
        if exercise == "init-fans":
            raise OSError("no space left")
        return grade_source(exercise, source, seeds)

    monkeypatch.setattr(module, "grade_source", broken)
    done = grade(assignment, record, jobs=1)
    assert done.run == 2
    assert done.failed == dict.fromkeys(["ada, init-fans", "bo, init-fans"], "OSError: no space left")
    assert kinds(results(assignment, record)["ada"]) == {"init-fans": "not graded", "init-xavier": "passed"}


def test_a_timeout_is_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from groundup.course.check.verdict import Verdict
    from groundup.course.grading import worker

    came = iter(["timeout", "passed", "died", "died", "values"])
    monkeypatch.setattr(worker, "check", lambda e, f, seed: Verdict(e.id, next(came), "", seed=seed))
    assert [v["kind"] for v in grade_source("init-fans", b"", [1, 2, 3])] == ["passed", "died"]
    assert next(came) == "values"


GRADE = """
import sys
from pathlib import Path
from groundup.course.grading import grade
from groundup.course.grading.assignment import read_class
from groundup.course.grading.record import Record

grade.course_version = lambda: "frozen"
folder = Path(sys.argv[1])
grade.grade(read_class(folder), Record(folder / "record.sqlite"), jobs=2)
"""


def test_a_killed_grading_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL, in the middle: what was graded stays, what was not is all that runs."""
    monkeypatch.setattr(module, "course_version", lambda: "frozen")
    assignment, record = make_class(tmp_path / "class", seeds=1)
    seeds = tuple(assignment.plan.seeds)
    hand_in(assignment, record, {f"learner{i}": f"{SLOW}# {i}\n" for i in range(8)}, tmp_path / "in")
    command = [sys.executable, "-c", GRADE, str(assignment.folder)]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(record.results("frozen", seeds)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    _end_session(process.pid)
    before = record.results("frozen", seeds)
    assert 3 <= len(before) < 16
    done = grade(assignment, record, jobs=2)
    assert (done.known, done.run, done.failed) == (len(before), 16 - len(before), {})
    assert all(r is not None and r.passed for found in results(assignment, record).values() for r in found.values())
    after = record.results("frozen", seeds)
    assert {key: after[key].at for key in before} == {key: result.at for key, result in before.items()}


def _end_session(pid: int) -> None:
    """The workers notice by themselves that the parent has gone, a little later than a test wants to wait."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_the_record_survives_what_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite").write_bytes(b"this is no database, of any kind whatever" * 100)
    with pytest.raises(ClassError, match="expected the record of a class"):
        Record(tmp_path / "record.sqlite")


def test_the_first_result_of_a_key_stands(tmp_path: Path) -> None:
    record, key = Record(tmp_path / "record.sqlite"), Key("ada", "init-fans", "ab", "1", (1,))
    for passed in (True, False):
        record.keep(key, [{"passed": passed, "kind": "x"}])
    assert record.results("1", (1,))[key].passed
    assert record.results("2", (1,)) == {}


def test_ray_that_is_not_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(sys.modules, "ray.util.joblib", None)
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"ada": STARTER}, tmp_path / "in")
    with pytest.raises(ClassError, match=r"needs Ray, which is not installed; pip install 'groundup\[scale\]'"):
        grade(assignment, record, engine="ray")


def test_ray_gives_the_same_results(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"ada": RIGHT, "bo": HALF}, tmp_path / "in")
    assert grade(assignment, record, jobs=2, engine="ray").run == 4
    assert kinds(results(assignment, record)["bo"]) == {"init-fans": "passed", "init-xavier": "unwritten"}


def test_a_container_has_no_network_no_rights_and_nothing_to_write() -> None:
    line = container.command("/usr/bin/podman", "groundup:1", "grading-1")
    assert line[:2] == ["/usr/bin/podman", "run"]
    for pair in [
        ["--network", "none"], ["--memory", "4g"], ["--pids-limit", "128"], ["--cap-drop", "ALL"],
        ["--security-opt", "no-new-privileges"], ["--user", "65534:65534"], ["--name", "grading-1"],
    ]:  # fmt: skip
        assert pair == line[line.index(pair[0]) :][:2]
    assert {"--rm", "--read-only", "--interactive"} <= set(line)
    assert not {"--volume", "-v", "--mount", "--privileged"} & set(line)
    assert line[-4:] == ["groundup:1", "python", "-m", "groundup.course.grading.worker"]


def test_without_an_engine_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assignment, record = make_class(tmp_path / "class")
    with pytest.raises(ClassError, match="needs docker or podman on the PATH, found neither"):
        grade(assignment, record, sandbox="container")


STAND_IN = """#!{python}
import subprocess, sys
if sys.argv[1:3] == ["image", "inspect"]:
    sys.exit("no such image: " + sys.argv[3] if sys.argv[3] != "groundup" else 0)
sys.exit(subprocess.run([sys.executable, *sys.argv[sys.argv.index("python") + 1:]]).returncode)
"""


def test_what_a_container_runs_gives_the_same_verdicts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for docker that runs the command of the container as it is, without the walls."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(STAND_IN.format(python=sys.executable))
    (tmp_path / "bin/docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"bo": HALF}, tmp_path / "in")
    with pytest.raises(ClassError, match=r"expected .*docker with the image 'other', got: no such image: other"):
        grade(assignment, record, sandbox="container", image="other")
    assert grade(assignment, record, jobs=1, sandbox="container").failed == {}
    assert kinds(results(assignment, record)["bo"]) == {"init-fans": "passed", "init-xavier": "unwritten"}


def test_a_worker_that_gives_nothing_is_told(tmp_path: Path) -> None:
    engine = tmp_path / "engine"
    engine.write_text("#!/bin/sh\ncat > /dev/null; echo broken >&2; exit 125\n")
    engine.chmod(0o755)
    with pytest.raises(ClassError, match="init-fans: the container ended with code 125 and said: broken"):
        container.grade_in_container(str(engine), "groundup", "init-fans", RIGHT.encode(), [1])
    assert json.loads(request_of("init-fans", b"\xff", (1, 2)))["seeds"] == [1, 2]


def test_a_file_that_changes_under_the_grader_is_not_graded(tmp_path: Path) -> None:
    assignment, record = make_class(tmp_path / "class")
    hand_in(assignment, record, {"ada": RIGHT}, tmp_path / "in")
    waiting = list(module.keys(assignment, "ada").values())
    (assignment.submissions / "ada" / PLACE).write_text(STARTER)
    with pytest.raises(ClassError, match=r"nn/init.py of ada changed while it was graded"):
        next(module._sources(assignment, waiting))

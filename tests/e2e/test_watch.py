"""`groundup watch` as a learner uses it: on a terminal, with a real file that is saved and keys that are pressed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from groundup.course.manifest import load_course
from groundup.course.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")

COURSE = load_course()
LINEAR = COURSE.concepts["linear"]
RIGHT = LINEAR.file.read_text(encoding="utf-8")
WRONG = RIGHT.replace("y += self.bias.value", "pass")
FOOT = r"\[#*\.*\] \d+/\d+  unit \d\d"
COMMAND = [sys.executable, "-m", "groundup", "watch"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work")[0]


@pytest.fixture
def file(workspace: Workspace) -> Path:
    return workspace.file(LINEAR)


@pytest.fixture
def terminal(workspace: Workspace) -> Iterator[Any]:
    """A terminal in which linear-forward is watched; its first screen has been shown."""
    child = pexpect.spawn(
        COMMAND[0], [*COMMAND[1:], "linear-forward"], cwd=workspace.root, encoding="utf-8", dimensions=(40, 120),
        timeout=20, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    child.delaybeforesend = None
    child.expect("linear-forward")
    child.expect(FOOT)
    yield child
    child.close(force=True)


def save(file: Path, text: str) -> None:
    """As most editors do: the new file takes the old one's place."""
    beside = file.with_suffix(".swp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def quiet(terminal: Any, seconds: float) -> bool:
    """Whether nothing is said for so long."""
    return bool(terminal.expect([".", pexpect.TIMEOUT], timeout=seconds) == 1)


def kinds(workspace: Workspace, name: str = "linear-forward") -> list[str]:
    return [a["kind"] for a in reversed(workspace.progress.attempts(name))]


def test_each_save_is_checked_and_a_pass_leads_on(terminal: Any, workspace: Workspace, file: Path) -> None:
    assert kinds(workspace) == []  # to open an exercise is no try
    save(file, WRONG)
    terminal.expect("not yet.*The bias is missing")
    terminal.expect(FOOT)
    file.write_text(RIGHT.replace("return y", "return 2 * y", 1), encoding="utf-8")  # in place, as some editors do
    terminal.expect("not yet")
    terminal.expect(FOOT)
    save(file, RIGHT)
    names = list(COURSE.exercise_by_id)
    after = names[names.index("linear-backward") + 1]
    terminal.expect("passed.*?linear-forward.*?Next: .*?linear-backward")
    terminal.expect(f"passed.*?linear-backward.*?Next: .*?{after}")  # it stood in the file, too
    terminal.expect(f"groundup check {after}")
    terminal.expect(FOOT)
    assert terminal.after.split()[1].startswith("2/")
    assert kinds(workspace)[0] == "misconception"
    assert kinds(workspace)[-1] == "passed"
    assert kinds(workspace, "linear-backward") == ["passed"]
    assert kinds(workspace, after) == []


def test_a_touch_or_the_same_text_again_is_not_checked(terminal: Any, workspace: Workspace, file: Path) -> None:
    save(file, WRONG)
    terminal.expect("The bias is missing")
    terminal.expect(FOOT)
    os.utime(file)
    save(file, WRONG)
    assert quiet(terminal, 0.6)
    assert len(kinds(workspace)) == 1


def test_a_broken_a_deleted_and_a_renamed_file(terminal: Any, file: Path) -> None:
    save(file, "def broken(:\n")
    terminal.expect("Python cannot read linear.py, line 1")
    terminal.expect(FOOT)
    file.unlink()
    terminal.expect("There is no .*linear.py; `groundup reset linear")
    terminal.expect(FOOT)
    save(file, WRONG)
    terminal.expect("The bias is missing")
    terminal.expect(FOOT)
    file.rename(file.with_name("mine.py"))
    terminal.expect("There is no .*linear.py; `groundup reset linear")
    terminal.expect(FOOT)
    file.with_name("mine.py").rename(file)
    terminal.expect("The bias is missing")
    terminal.expect(FOOT)
    save(file, RIGHT.replace("def forward", "def foreward", 1))
    terminal.expect("Was it renamed")
    terminal.expect(FOOT)


def test_every_key(terminal: Any, workspace: Workspace, file: Path) -> None:
    before = list(COURSE.exercise_by_id)[list(COURSE.exercise_by_id).index("linear-forward") - 1]
    for key, said in [
        ("h", "Hint 1 of 3"),
        ("h", "Hint 2 of 3"),
        ("s", "is shown after it is passed, or after 5 more"),
        ("t", "Nothing has been checked yet"),
        ("r", "Linear.forward is yours to write"),
        ("n", "linear-forward is left for now.*linear-backward"),
        ("p", "The affine map"),
        ("p", before),
    ]:
        terminal.send(key)
        terminal.expect(said)
        terminal.expect(FOOT)
    for key in ("x", "\x1b[A", "\x1bOp", "\r"):  # no keys of ours: neither an arrow nor a keypad's 0, which has a p
        terminal.send(key)
    assert quiet(terminal, 0.4)
    save(file, "def broken(:\n")  # no longer the file that is watched
    assert quiet(terminal, 0.4)
    assert workspace.progress.skipped() == []
    terminal.send("q")
    terminal.expect("Your work is in the workspace")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_the_solution_after_five_tries_and_the_trace(terminal: Any, file: Path) -> None:
    for i in range(5):
        save(file, WRONG.replace("pass", f"raise ValueError({i})", 1))
        terminal.expect(rf"raised ValueError[^\r\n]*: {i}")
        terminal.expect(FOOT)
    terminal.send("t")
    terminal.expect("Traceback")
    terminal.expect(FOOT)
    terminal.send("s")
    terminal.expect("def.*forward")
    terminal.expect(FOOT)


def test_what_is_saved_while_a_check_runs_is_checked_after_it(terminal: Any, workspace: Workspace, file: Path) -> None:
    save(file, RIGHT.replace("y += self.bias.value", "import time; time.sleep(1)"))
    terminal.expect("linear-forward")  # the slow one has been seen
    time.sleep(0.5)
    save(file, RIGHT)
    terminal.expect("Next: .*linear-backward")
    assert kinds(workspace)[-1] == "passed"
    assert len(kinds(workspace)) == 2


@pytest.mark.parametrize("how", ["quit", "interrupt", "terminate", "hang up"])
def test_the_terminal_is_given_back(workspace: Workspace, how: str) -> None:
    """The modes of the terminal before and after, as stty says them in the shell that stays."""
    shell = pexpect.spawn(
        "/bin/sh", ["-i"], cwd=workspace.root, encoding="utf-8", dimensions=(40, 120), timeout=20, preexec_fn=_listens
    )
    shell.sendline("PS1=; stty -g; echo begin-$((1 + 1))")
    shell.expect(r"([0-9a-f]+(:[0-9a-f]+)+)\s+begin-2")
    before = shell.match[1]
    shell.sendline(f"{' '.join(COMMAND)}; echo ended-$?")
    shell.expect(FOOT)
    watching = next(int(pid) for pid in _children(shell.pid))
    if how == "quit":
        shell.send("q")
    elif how == "interrupt":
        shell.sendintr()
    else:
        os.kill(watching, signal.SIGTERM if how == "terminate" else signal.SIGHUP)
    shell.expect(r"ended-(\d+)")
    assert shell.match[1] == {"quit": "0", "interrupt": "0", "terminate": "143", "hang up": "129"}[how]
    shell.sendline("stty -g; echo again-$((1 + 1))")
    shell.expect(r"([0-9a-f]+(:[0-9a-f]+)+)\s+again-2")
    assert shell.match[1] == before
    shell.close(force=True)


def _listens() -> None:
    """Ctrl-C is heard, though a suite that runs in the background of a shell was started deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _children(pid: int) -> list[str]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_from_a_pipe_it_takes_lines(workspace: Workspace) -> None:
    done = subprocess.run(
        [*COMMAND, "linear-forward"], cwd=workspace.root, input="h\n\nhint\nq\nh\n", capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert "Hint 2 of 3" in done.stdout
    assert "Hint 3 of 3" not in done.stdout  # nothing after q
    assert "\x1b" not in done.stdout
    assert "unit 02" in done.stdout
    assert done.stderr == ""


def test_the_end_of_the_pipe_ends_it(workspace: Workspace) -> None:
    done = subprocess.run(COMMAND, cwd=workspace.root, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=True, timeout=60)  # fmt: skip
    assert next(COURSE.exercises()).id in done.stdout
    assert "Your work is in the workspace" in done.stdout


def test_when_nothing_is_left_it_says_so(workspace: Workspace, file: Path) -> None:
    workspace.progress.skip(e.id for e in COURSE.exercises() if e.id != "linear-forward")
    save(file, RIGHT)
    done = subprocess.run(
        [*COMMAND, "linear-forward"], cwd=workspace.root, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert "No exercise is left" in done.stdout

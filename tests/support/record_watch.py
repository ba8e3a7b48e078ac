"""A recording of ``groundup watch`` as text: three exercises, mistakes made and mended. Writes docs/watch.md.

python tests/support/record_watch.py
"""

import os
import re
import sys
import tempfile
import time
from pathlib import Path

import pexpect

from groundup.course.manifest import load_course
from groundup.course.starter import find_bodies, graft
from groundup.course.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
FOOT = r"\[#*\.*\] \d+/\d+  unit \d\d"
LEARNER = "A new learner, at the first exercises of the course; every line below came from the program."
SAVED = [  # exercise, what stands in place of a line of its answer, and what is said about it
    ("perceptron-decision", (" + self.bias", ""), "saves a first try, and forgets the bias"),
    ("perceptron-decision", (" + self.bias)", " + self.bias"), "saves it with the bias, and loses a bracket"),
    ("perceptron-decision", None, "saves it with the bracket"),
    ("perceptron-predict", ("1, -1)", "1, 0)"), "answers the next with 1 and 0"),
    ("perceptron-predict", (" > 0", " >= 0"), "answers with 1 and -1, and thinks of the boundary"),
    ("perceptron-predict", None, "puts the boundary on the other side"),
    ("perceptron-update", ("self.lr * y * x", "self.lr * x"), "moves the weights, whatever the label"),
    ("perceptron-update", None, "moves them towards the label"),
]


def plain(text: str) -> str:
    """What a terminal shows of it: no escape codes, no line that was written over."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    lines = [line.rsplit("\r", 1)[-1].rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return "\n".join(line for line in lines if not re.match(r"^(h hint|\[#*\.*\])", line)).strip("\n")


def main() -> None:
    course = load_course()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "work")[0]
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "100", "NO_COLOR": "1"}
        child = pexpect.spawn(
            sys.executable, ["-m", "groundup", "watch"], cwd=str(workspace.root), encoding="utf-8",
            dimensions=(60, 100), timeout=30, env=environment,
        )  # fmt: skip
        child.expect(FOOT)
        told = [("groundup watch", child.before)]
        for key, says in (("h", "presses h"),):
            child.send(key)
            child.expect(FOOT)
            told.append((says, child.before))
        last = workspace.file_of(course.exercise_by_id[SAVED[0][0]]).read_text(encoding="utf-8")  # as it last passed
        for name, change, says in SAVED:
            exercise = course.exercise_by_id[name]
            file = workspace.file_of(exercise)
            answer = exercise.file.read_text(encoding="utf-8")
            text = graft(last, answer, exercise.functions)
            if change is not None:
                (body,) = find_bodies(text, exercise.functions)
                lines = text.splitlines(keepends=True)
                wrong = "".join(lines[body.start : body.end]).replace(*change)
                text = "".join([*lines[: body.start], wrong, *lines[body.end :]])
            else:
                last = text
            started = time.monotonic()
            file.write_text(text, encoding="utf-8")
            child.expect(FOOT)
            told.append((f"{says} (verdict after {time.monotonic() - started:.2f} s)", child.before))
        child.send("q")
        child.expect(pexpect.EOF)
        told.append(("presses q", child.before))
    parts = [
        f"## {says}\n\n```text\n{plain(shown).replace(str(workspace.root), 'workspace')}\n```" for says, shown in told
    ]
    text = f"# `groundup watch`, recorded\n\n{LEARNER}\n\n" + "\n\n".join(parts) + "\n"
    (ROOT / "docs" / "watch.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

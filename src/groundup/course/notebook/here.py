"""What the cells of a notebook call.

    check_here("linear-forward")    checks the code of the cell that was run last
    hint_here("linear-forward")     the next hint

What passes in a notebook goes to the workspace's file too, where the functions are still blank there.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from groundup.core import write_atomically
from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.handout import place_of
from groundup.course.manifest import load_course
from groundup.course.notebook.write import is_written
from groundup.course.show import as_html, as_text
from groundup.course.starter import find_bodies, graft
from groundup.course.workspace import Workspace, WorkspaceError

_hints_shown: Counter[str] = Counter()  # for a notebook that has no workspace around it


@dataclass(frozen=True)
class Shown:
    """A verdict that a notebook shows as a table, and anything else as text."""

    verdict: Verdict
    note: str = ""

    @property
    def _again(self) -> str:
        if self.verdict.kind == "missing":
            return ""  # nothing was drawn
        return f'check_here("{self.verdict.exercise}", seed={self.verdict.seed})'

    def __repr__(self) -> str:
        return "\n".join(filter(None, (as_text(self.verdict, self._again), self.note)))

    def _repr_html_(self) -> str:
        from html import escape

        return as_html(self.verdict, self._again) + (f"<p>{escape(self.note)}</p>" if self.note else "")


def check_here(name: str, *, seed: int | None = None) -> Shown:
    """Check the code of this notebook: the last cell run that defines the exercise's functions."""
    exercise = _exercise("check_here", name)
    found = find_code(_cells_run(), exercise.functions)
    if found is None:
        names = " and ".join(exercise.functions)
        says = f"No cell that was run defines {names}; run the cell with your code first, all of it in one cell."
        return Shown(Verdict(exercise.id, "missing", says))
    number, source = found
    verdict = check_source(exercise, source, seed)
    if verdict.hint:
        _hints_shown[name] = max(1, _hints_shown[name])  # it stands in the verdict
    return Shown(verdict, " ".join(filter(None, (f"The code of In [{number}].", _record(exercise, source, verdict)))))


def check_source(exercise: Exercise, source: str, seed: int | None = None) -> Verdict:
    """What the checker says of this text, as a file of the concept's name."""
    with TemporaryDirectory(prefix="groundup-notebook-") as folder:
        file = Path(folder) / Path(place_of(exercise)).name
        file.write_text(source, encoding="utf-8")
        return check(exercise, file, seed=seed)


def find_code(cells: list[str], functions: list[str]) -> tuple[int, str] | None:
    """The last cell that defines all the functions, and its number. One that Python cannot read counts by its looks."""
    numbered = list(enumerate(cells))
    return next(((i, cell) for i, cell in reversed(numbered) if _defines(cell, functions)), None)


def _defines(cell: str, functions: list[str]) -> bool:
    try:
        find_bodies(cell, functions)
    except SyntaxError:
        return all(re.search(rf"\bdef\s+{re.escape(name.rpartition('.')[2])}\b", cell) for name in functions)
    except (KeyError, ValueError):
        return False
    return True


def _cells_run() -> list[str]:
    """The inputs of this session as IPython numbers them. Raises NotebookError outside IPython."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None:
        raise RuntimeError("check_here: expected to run in a notebook; in a terminal it is `groundup check`")
    return list(shell.history_manager.input_hist_parsed)


def _record(exercise: Exercise, source: str, verdict: Verdict) -> str:
    """Keep the verdict where there is a workspace; a right answer also fills what is blank in the workspace's file."""
    workspace = _workspace()
    if workspace is None:
        return ""
    workspace.progress.record(verdict, hashlib.sha256(source.encode()).hexdigest())
    if verdict.hint:
        workspace.progress.show(exercise.id, "hint 1")  # it stands in the verdict
    return _hand_over(exercise, source, workspace) if verdict.passed else ""


def _hand_over(exercise: Exercise, source: str, workspace: Workspace) -> str:
    """Put the functions into the workspace's file, if they are blank there and the file still passes with them."""
    file = workspace.file_of(exercise)
    theirs = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    if exercise.kind != "write" or any(is_written(theirs, name, absent=True) for name in exercise.functions):
        return ""
    filled = graft(theirs, source, exercise.functions)
    if not check_source(exercise, filled).passed:
        return f"Not copied to {file.name} of the workspace: it needs more of this cell than the functions."
    write_atomically(file, filled.encode())
    return f"Copied to {file.relative_to(workspace.root)} of the workspace, where it was blank."


def _workspace() -> Workspace | None:
    try:
        return Workspace.find()
    except WorkspaceError:
        return None  # a notebook may stand alone


def _exercise(who: str, name: str) -> Exercise:
    found = load_course().exercise_by_id.get(name)
    if found is None:
        raise LookupError(f"{who}: expected the id of an exercise, got {name!r}; `groundup list` has them all")
    return found


def hint_here(name: str) -> None:
    """Print the hints shown so far and the next one."""
    exercise, workspace = _exercise("hint_here", name), _workspace()
    hints = exercise.spec.hints
    shown = workspace.progress.standing(name).hints if workspace else _hints_shown[name]
    tier = min(shown + 1, len(hints))
    if workspace:
        workspace.progress.show(name, f"hint {tier}")
    _hints_shown[name] = tier
    for i, text in enumerate(hints[:tier], 1):
        print(f"Hint {i} of {len(hints)}  {text}")

"""One sitting of ``watch``: the exercise, its verdict, the keys, and a line that says how far one is."""

from collections.abc import Callable
from datetime import datetime

from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from groundup.cli.render import console, show_code, show_exercise, show_next_hint, show_verdict
from groundup.cli.watched import Watched
from groundup.course.check import predict
from groundup.course.check.rules import read_and_check
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course
from groundup.course.overview import following, progress_rows
from groundup.course.workspace import Workspace, WorkspaceError

KEYS = "h hint   s solution   n next   p previous   r check again   t trace   q quit"
UNWRITE = Control(ControlType.CARRIAGE_RETURN, (ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
ERASE = Control((ControlType.ERASE_IN_LINE, 2))
BAR = 30


class Session:
    """What ``watch`` shows and does. Each public method says what happened and ends with the line of progress."""

    def __init__(self, workspace: Workspace, exercise: Exercise) -> None:
        self.workspace, self.exercise, self.ended = workspace, exercise, False
        self.file = Watched(workspace.file_of(exercise))
        self._say, self._footed = console(), False
        self._verdict: Verdict | None = None

    def begin(self) -> None:
        """Show the exercise; check it where something is written already."""
        self._do(lambda: self._open(self.exercise))

    def press(self, key: str) -> None:
        """Do what a key says; other keys do nothing."""
        actions = {
            "h": self._hint, "s": self._solution, "n": self._next, "p": self._previous, "r": self._again,
            "t": self._trace, "q": self.end,
        }  # fmt: skip
        if key in actions:
            self._do(actions[key])

    def saved(self) -> None:
        """The file has changed: check it."""
        self._do(self._again)

    def end(self) -> None:
        """Say goodbye."""
        self._unfoot()
        self._say.print("Your work is in the workspace; `groundup watch` goes on with it.")
        self.ended = True

    def _do(self, action: Callable[[], None]) -> None:
        self._unfoot()
        action()
        if not self.ended:
            self._foot()

    def _open(self, exercise: Exercise | None) -> None:
        """Show an exercise; while what is written there already passes, the one after it."""
        while exercise is not None:
            self.exercise, self._verdict = exercise, None
            self.file = Watched(self.workspace.file_of(exercise))
            show_exercise(exercise, self.workspace)
            if self.workspace.progress.passed(exercise.id) or not self._begun():
                return
            exercise = self._check()

    def _begun(self) -> bool:
        """Whether there is anything to check: to open an exercise is no try and takes no hint."""
        judge = predict.check if self.exercise.kind == "predict" else read_and_check
        verdict = judge(self.exercise, self.file.path)
        return verdict is None or verdict.kind != "unwritten"

    def _again(self) -> None:
        if self._say.is_terminal:
            self._say.clear()
        show_exercise(self.exercise, self.workspace)
        self._open(self._check())

    def _check(self) -> Exercise | None:
        """Check; what to go on with, where it passed."""
        self.file.look()  # before the check: what is saved while it runs is a change
        self._verdict = self.workspace.check(self.exercise)
        if self.exercise.kind == "predict":
            self.file.look()  # after a wrong answer the workspace has written other questions
        self._say.print(f"[dim]checked at {datetime.now():%H:%M:%S}[/]")
        show_verdict(self._verdict, trace=False)
        if not self._verdict.passed:
            return None
        after = following(self.workspace, self.exercise)
        if after is None:
            self._say.print("No exercise is left; `groundup progress` shows them all.")
            self.end()
        else:
            self._say.print(f"Next: [bold]{after.id}[/]")
        return after

    def _hint(self) -> None:
        show_next_hint(self.exercise, self.workspace)
        self._say.print()

    def _solution(self) -> None:
        try:
            show_code(self.workspace.solution(self.exercise))
        except WorkspaceError as reason:
            self._say.print(Text(str(reason)))
        self._say.print()

    def _trace(self) -> None:
        if self._verdict is None:
            self._say.print("Nothing has been checked yet.\n")
        else:
            show_verdict(self._verdict, trace=True)

    def _next(self) -> None:
        """Leave it for now; nothing is recorded."""
        after = following(self.workspace, self.exercise)
        if after is None:
            self._say.print("There is no other exercise left.\n")
        else:
            self._say.print(
                f"{self.exercise.id} is left for now; `groundup skip {self.exercise.id}` leaves it for good."
            )
            self._open(after)

    def _previous(self) -> None:
        exercises = list(load_course().exercises())
        k = exercises.index(self.exercise)
        if k == 0:
            self._say.print("This is the first exercise.\n")
        else:
            self._open(exercises[k - 1])

    def _foot(self) -> None:
        """The keys, and how far one is; on a terminal the next thing said takes their place."""
        rows = progress_rows(self.workspace)
        done = sum(row["state"] in ("passed", "placed") for row in rows)
        unit = next(row["unit"] for row in rows if row["id"] == self.exercise.id)
        full = BAR * done // len(rows)
        if self._say.is_terminal:
            self._say.print(Text(KEYS, style="dim", no_wrap=True, overflow="crop"))
        line = f"[{'#' * full}{'.' * (BAR - full)}] {done}/{len(rows)}  unit {unit}"
        self._say.print(Text(line, no_wrap=True, overflow="crop"), end="" if self._say.is_terminal else "\n")
        self._footed = self._say.is_terminal

    def _unfoot(self) -> None:
        if self._footed:
            self._say.control(ERASE, UNWRITE)
        self._footed = False

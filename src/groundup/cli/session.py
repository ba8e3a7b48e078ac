"""One sitting of ``watch``: the exercise, its verdict, the keys, and a line that says how far one is."""

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
ERASE = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))
UP = Control((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
BAR = 30


class Session:
    """What ``watch`` shows and does. Each public method says what happened and ends with the line of progress."""

    def __init__(self, workspace: Workspace, exercise: Exercise) -> None:
        self.workspace, self.exercise, self.ended = workspace, exercise, False
        self.file = Watched(workspace.file_of(exercise))
        self._say, self._verdict, self._footer = console(), Verdict(exercise.id, "unwritten", ""), False

    def begin(self) -> None:
        """Show the exercise; check it where something has been written already."""
        self._open(self.exercise)
        self._foot()

    def press(self, key: str) -> None:
        """Do what a key says; other keys do nothing."""
        actions = {
            "h": self._hint, "s": self._solution, "n": self._next, "p": self._previous, "r": self._again,
            "t": self._trace, "q": self.end,
        }  # fmt: skip
        if key in actions:
            self._unfoot()
            actions[key]()
            self._foot()

    def saved(self) -> None:
        """The file has changed: check it."""
        self._unfoot()
        self._again()
        self._foot()

    def end(self) -> None:
        """Say goodbye once."""
        self._unfoot()
        if not self.ended:
            self._say.print("Your work is saved; `groundup watch` goes on here.")
        self.ended = True

    def _open(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.file = Watched(self.workspace.file_of(exercise))
        show_exercise(exercise, self.workspace)
        if self._begun():
            self._check()

    def _begun(self) -> bool:
        """Whether there is anything to check: to open an exercise is no try and takes no hint."""
        judge = predict.check if self.exercise.kind == "predict" else read_and_check
        verdict = judge(self.exercise, self.file.path)
        return verdict is None or verdict.kind != "unwritten"

    def _again(self) -> None:
        if self._say.is_terminal:
            self._say.clear()
        show_exercise(self.exercise, self.workspace)
        self._check()

    def _check(self) -> None:
        """Check, and go on to the next exercise where it passes for the first time in this sitting or before."""
        self.file.look()
        self._verdict = self.workspace.check(self.exercise)
        if self.exercise.kind == "predict":
            self.file.look()  # after a wrong answer the workspace has written other questions
        self._say.print(f"[dim]checked at {datetime.now():%H:%M:%S}[/]")
        show_verdict(self._verdict, trace=False)
        if self._verdict.passed:
            self._move_on()

    def _move_on(self) -> None:
        after = following(self.workspace, self.exercise)
        if after is None:
            self._say.print("Every exercise is passed or skipped; `groundup progress` shows all of them.")
            self.end()
        else:
            self._say.print(f"Next: [bold]{after.id}[/]")
            self._open(after)

    def _hint(self) -> None:
        show_next_hint(self.exercise, self.workspace)

    def _solution(self) -> None:
        try:
            show_code(self.workspace.solution(self.exercise))
        except WorkspaceError as reason:
            self._say.print(Text(str(reason)))

    def _trace(self) -> None:
        show_verdict(self._verdict, trace=True)

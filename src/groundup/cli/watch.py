"""watch: save, and the verdict is there; what passes leads on to the next exercise.

The file is read every 0.05 seconds and compared with what was read before. For one small file that costs less than a
watcher of the system does, needs no thread, and works where events do not arrive (network folders, containers); a file
that an editor puts in place of the old one is no special case, and one that was only touched is not checked again.
"""

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

EVERY = 0.05
SETTLE = 0.02  # an editor may still be writing
GONE = 0.25  # between taking the old file away and putting the new one there
MOST = 1024 * 1024 + 1  # bytes that are compared; a larger file is no exercise's
KEYS = "h hint   s solution   n next   p previous   r check again   t trace   q quit"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(watch)


def watch(
    name: Annotated[
        str | None,
        typer.Argument(help="Where to begin; the next unfinished exercise if left out.", show_default=False),
    ] = None,
) -> None:
    """Check each time you save, and go on to the next exercise when one passes."""
    from groundup.cli.keys import pressed_keys
    from groundup.cli.lookup import find_exercise
    from groundup.cli.session import Session
    from groundup.course.check.launch import warm_up
    from groundup.course.overview import following
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    first = following(workspace) if name is None else None
    warm_up()
    session = Session(workspace, first or find_exercise("groundup watch", name, workspace))
    try:
        with pressed_keys() as next_key:
            session.begin()
            while not session.ended:
                key = next_key(EVERY)
                if key:
                    session.press(key)
                elif session.file.changed():
                    session.check()
    except KeyboardInterrupt:
        session.end()


class Watched:
    """A file, and what was in it when it was looked at last."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.content = self._read()

    def _read(self) -> bytes | None:
        try:
            with self.file.open("rb") as file:
                return file.read(MOST)
        except OSError:
            return None  # deleted, renamed, or a folder now: the verdict says so

    def changed(self) -> bool:
        """Whether it differs from the last look, once it is no longer being written."""
        now = self._read()
        if now == self.content:
            return False
        for _ in range(50):
            time.sleep(SETTLE if now else GONE)
            before, now = now, self._read()
            if now == before:
                break
        before, self.content = self.content, now
        return now != before

    def look(self) -> None:
        """What is in it now is known."""
        self.content = self._read()

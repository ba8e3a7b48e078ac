"""watch: save, and the verdict is there; what passes leads on to the next exercise.

The file is read every 0.05 seconds and compared with what was read before. For one small file that is half a percent of
a processor, needs no thread, and works where the system's events do not arrive (network folders, containers). A file
that an editor puts in place of the old one is no special case, and one that was only touched is not checked again.
"""

from typing import Annotated

import typer

EVERY = 0.05  # seconds


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
    from groundup.course.check.launch import warm_up

    warm_up()  # while this process reads the course
    from groundup.cli.keys import pressed_keys
    from groundup.cli.lookup import find_exercise
    from groundup.cli.session import Session
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    session = Session(workspace, find_exercise("groundup watch", name, workspace))
    try:
        with pressed_keys() as next_key:
            session.begin()
            while not session.ended:
                key = next_key(EVERY)
                if key:
                    session.press(key)
                elif session.file.changed():
                    session.saved()
    except KeyboardInterrupt:
        session.end()

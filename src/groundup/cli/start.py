"""start: make the workspace, see a network learn, open the studio."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(start)
    app.command()(studio)


def start(
    folder: Annotated[Path, typer.Argument(help="Where you will write.", metavar="[DIR]")] = Path("workspace"),
    demo: Annotated[bool, typer.Option("--demo", help="First train a network on real digits, once.")] = False,
    serve: Annotated[bool, typer.Option("--studio", help="Then open the studio in the browser.")] = False,
) -> None:
    """Make a workspace with every exercise's starter, or bring one up to date. Your own work is never overwritten."""
    from groundup.cli.render import console, show_exercise
    from groundup.course.workspace import Workspace

    workspace, update = Workspace.create(folder)
    say = console()
    if update.written:
        say.print(
            f"Workspace: {workspace.root}  ({len(update.written)} files written)", highlight=False, soft_wrap=True
        )
    else:
        say.print(f"Workspace: {workspace.root}", highlight=False, soft_wrap=True)
    for slug in update.kept:
        say.print(
            f"The course has a new {slug}; yours is kept. `groundup reset {slug}` takes the new one (with a backup)."
        )
    if demo:
        _demo(workspace.root)
    following = workspace.next_exercise()
    if following is not None:
        show_exercise(following, workspace)
    if serve:
        studio(folder)


def _demo(root: Path) -> None:
    """The first run: a network written by hand learns real digits before your eyes. Only once a workspace."""
    from groundup.cli.render import console
    from groundup.labs.runner import run_lab

    runs = root / "runs" / "first-run"
    if (runs / "result.json").is_file():
        return
    console().print("\nA network written by hand in NumPy, learning real handwritten digits:\n")
    begun = (runs / "config.json").is_file()  # a first run that was interrupted goes on
    run_lab("mnist-mlp", run_dir=None if begun else runs, resume=runs if begun else None)


def studio(
    folder: Annotated[
        Path | None, typer.Argument(help="The workspace; the one around you if left out.", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine; 0 picks a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the browser where there is one.")] = True,
) -> None:
    """Open the course in the browser, on this machine alone. Ctrl-C ends it."""
    from groundup.course.workspace import Workspace
    from groundup.studio import serve

    workspace = Workspace.create(folder)[0] if folder else Workspace.find()
    serve(workspace, port=port, open_browser=browser)

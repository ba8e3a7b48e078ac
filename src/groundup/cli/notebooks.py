"""notebook: exercises as Jupyter notebooks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from groundup.course.exercise import Exercise
    from groundup.course.workspace import Workspace

Name = Annotated[str | None, typer.Argument(help="An exercise or a concept; the next one if left out.")]
Out = Annotated[Path | None, typer.Option(help="Where to write; `notebooks` in the workspace if left out.")]


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(notebook)


def notebook(
    name: Name = None,
    all_: Annotated[bool, typer.Option("--all", help="Every exercise of the course.")] = False,
    out: Out = None,
    force: Annotated[bool, typer.Option("--force", help="Write anew what you changed, with a backup.")] = False,
) -> None:
    """Write exercises as Jupyter notebooks whose last cells check them. What you changed is never overwritten."""
    from groundup.cli.render import console
    from groundup.course.manifest import load_course
    from groundup.course.notebook import NotebookError, write
    from groundup.course.workspace import Workspace, WorkspaceError

    try:
        workspace = Workspace.find()
    except WorkspaceError:
        workspace = None  # notebooks can stand alone
    folder = out or (workspace.root if workspace else Path.cwd()) / "notebooks"
    exercises = [e for e in load_course().exercises() if e.kind != "predict"] if all_ else _named(name, workspace)
    kept = 0
    for exercise in exercises:
        try:
            write(exercise, folder, workspace, force=force)
        except NotebookError as error:
            kept += 1
            typer.echo(error, err=True)
    first = f"{exercises[0].id}.ipynb" if len(exercises) == 1 else f"{len(exercises) - kept} notebooks"
    if kept < len(exercises):
        console().print(f"Written: {first} in {folder}", markup=False, soft_wrap=True)
    if kept:
        raise typer.Exit(2)


def _named(name: str | None, workspace: "Workspace | None") -> "list[Exercise]":
    """The exercises of that name; the next one needs a workspace."""
    from groundup.cli.lookup import find_concept, find_exercises
    from groundup.course.manifest import load_course

    if workspace is not None:
        return find_exercises("groundup notebook", name, workspace)
    if name is None:
        raise LookupError("groundup notebook: expected an exercise, a concept or --all, got nothing")
    found = load_course().exercise(name)
    return [found] if found else [e for e in find_concept("groundup notebook", name).exercises if e.kind == "write"]

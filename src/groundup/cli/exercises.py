"""The learner's loop: next, check, hint, solution, reset, skip, place, progress."""

import json
from typing import Annotated, Any

import typer

from groundup.cli import review, watch

Name = Annotated[
    str | None,
    typer.Argument(help="An exercise or a concept; the next unfinished one if left out.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    watch.register(app)
    for command in (next_, check, hint, solution, reset, skip, place, progress):
        app.command(name=command.__name__.rstrip("_"))(command)
    app.add_typer(review.app, name="review")


def next_() -> None:
    """Say which exercise is next, and where to write."""
    from groundup.cli.render import console, show_exercise
    from groundup.course.overview import following
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    open_ = following(workspace)
    if open_ is not None:
        show_exercise(open_, workspace)
    elif skipped := [n for n in workspace.progress.skipped() if workspace.progress.standing(n).state == "skipped"]:
        console().print(f"What is left is skipped: {', '.join(skipped)}. `groundup skip NAME --undo` takes that back.")
    else:
        console().print("Every exercise is passed. `groundup lab run mnist-mlp --mine` trains with your own layers.")


def check(
    name: Name = None,
    as_json: Json = False,
    trace: Annotated[bool, typer.Option("--trace", help="Show the traceback and what your code printed.")] = False,
    seed: Annotated[int | None, typer.Option(help="Repeat a check with the numbers of this seed.")] = None,
) -> None:
    """Check your code. Exit code 0 when all of it is right, 1 when not."""
    from groundup.course.check.launch import warm_up

    warm_up()  # while this process reads the course
    from groundup.cli.lookup import find_exercises
    from groundup.cli.render import show_verdict
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    verdicts = [workspace.check(e, seed=seed) for e in find_exercises("groundup check", name, workspace)]
    if as_json:
        shown: Any = [v.to_json() for v in verdicts]
        print(json.dumps(shown[0] if len(shown) == 1 else shown))
    else:
        for verdict in verdicts:
            show_verdict(verdict, trace=trace)
    raise typer.Exit(0 if all(v.passed for v in verdicts) else 1)


def hint(name: Name = None) -> None:
    """Show the next hint, from a nudge to the last step before the answer."""
    from groundup.cli.lookup import find_exercise
    from groundup.cli.render import show_next_hint
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    show_next_hint(find_exercise("groundup hint", name, workspace), workspace)


def solution(name: Name = None) -> None:
    """Show the library's own functions, after you passed or made five honest tries."""
    from groundup.cli.lookup import find_exercise
    from groundup.cli.render import show_code
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    show_code(workspace.solution(find_exercise("groundup solution", name, workspace)))


def reset(
    name: Annotated[str, typer.Argument(help="An exercise, or a concept for its whole file.", show_default=False)],
) -> None:
    """Blank an exercise again. Your version goes to a backup first."""
    from groundup.cli.lookup import find_concept
    from groundup.cli.render import console
    from groundup.course.manifest import load_course
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    concept = find_concept("groundup reset", name)
    exercise = load_course().exercise(name)
    backup = workspace.reset(concept, exercise)
    file = workspace.file_of(exercise) if exercise else workspace.file(concept)
    console().print(f"{file} is as it was handed out." + (f" Your version: {backup}" if backup else ""), soft_wrap=True)


def skip(
    name: Name = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take a skip back; the last one if no name is given.")] = False,
) -> None:
    """Have `next` pass over an exercise, or over what is unfinished of a concept."""
    from groundup.cli.lookup import find_exercises
    from groundup.cli.render import console
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    progress = workspace.progress
    skipped = progress.skipped()
    if undo and not skipped:
        raise LookupError("groundup skip: nothing is skipped")
    last = skipped[-1] if undo and name is None else name
    standings = progress.standings()
    named = [e.id for e in find_exercises("groundup skip", last, workspace)]
    chosen = [n for n in named if (n in skipped if undo else n not in standings or standings[n].open)]
    if undo:
        progress.unskip(chosen)
    else:
        progress.skip(chosen)
    back = "" if undo else f"; `groundup skip {last or ''.join(named)} --undo` takes it back"
    said = f"{'no longer skipped' if undo else 'skipped'}: {', '.join(chosen)}{back}"
    console().print(said if chosen else f"Nothing of {last} is {'skipped' if undo else 'unfinished'}.", soft_wrap=True)


def place(
    unit: Annotated[str, typer.Argument(help="The number of a unit, as `groundup progress` shows it.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take the placement back, won or not.")] = False,
) -> None:
    """Test out of a unit: pass a few of its exercises without hints, and the others count as done, without points."""
    from groundup.cli.render import console, show_placement
    from groundup.course import place as placement
    from groundup.course.workspace import Workspace

    workspace, found = Workspace.find(), placement.find_unit(unit)
    if undo:
        workspace.progress.unplace(found.id)
        console().print(f"Unit {found.id} is not placed. What you passed stays passed.")
        return
    sitting = placement.sit(workspace, found)
    show_placement(found, sitting, workspace)
    raise typer.Exit(1 if sitting.left else 0)


def progress(
    as_json: Json = False,
    unit: Annotated[str | None, typer.Option(help="Show every exercise of this unit.", show_default=False)] = None,
) -> None:
    """Show what is passed, placed, skipped and tried, over topics and challenges."""
    from groundup.cli.render import show_progress, show_units
    from groundup.course.overview import progress_rows, unit_rows
    from groundup.course.place import find_unit
    from groundup.course.workspace import Workspace

    rows = progress_rows(Workspace.find())
    if unit is not None:
        rows = [row for row in rows if row["unit"] == find_unit(unit).id]
    if as_json:
        print(json.dumps(rows))
    elif unit is not None:
        show_progress(rows)
    else:
        show_units(rows, unit_rows(rows))

"""The learner's loop: next, check, hint, solution, reset, progress."""

import json
from typing import Annotated, Any

import typer

Name = Annotated[
    str | None,
    typer.Argument(help="An exercise or a concept; the next unfinished one if left out.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (next_, check, hint, solution, reset, progress):
        app.command(name=command.__name__.rstrip("_"))(command)


def next_() -> None:
    """Say which exercise is next, and where to write."""
    from groundup.cli.lookup import find_exercise
    from groundup.cli.render import console, show_exercise
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    if workspace.next_exercise() is None:
        console().print("Every exercise is passed. `groundup lab run mnist-mlp --mine` trains with your own layers.")
        return
    show_exercise(find_exercise("groundup next", None, workspace), workspace)


def check(
    name: Name = None,
    as_json: Json = False,
    trace: Annotated[bool, typer.Option("--trace", help="Show the traceback and what your code printed.")] = False,
    seed: Annotated[int | None, typer.Option(help="Repeat a check with the numbers of this seed.")] = None,
) -> None:
    """Check your code. Exit code 0 when all of it is right, 1 when not."""
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
    from groundup.cli.render import console
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    exercise = find_exercise("groundup hint", name, workspace)
    shown = workspace.progress.standing(exercise.id).hints
    tier = min(shown + 1, len(exercise.spec.hints))
    workspace.progress.show(exercise.id, f"hint {tier}")
    for i, text in enumerate(exercise.spec.hints[:tier], 1):
        console().print(f"[bold]Hint {i} of {len(exercise.spec.hints)}[/]  ", end="")
        console().print(text, markup=False)


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
    backup = workspace.reset(concept, load_course().exercise_by_id.get(name))
    console().print(
        f"{workspace.file(concept)} is blank again." + (f" Your version: {backup}" if backup else ""), soft_wrap=True
    )


def progress(as_json: Json = False) -> None:
    """Show what is passed, over topics and challenges."""
    from groundup.cli.render import show_progress
    from groundup.course.overview import progress_rows
    from groundup.course.workspace import Workspace

    rows = progress_rows(Workspace.find())
    if as_json:
        print(json.dumps(rows))
    else:
        show_progress(rows)

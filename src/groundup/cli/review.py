"""review: exercises that were passed come back, blank and with new numbers."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from groundup.course.exercise import Exercise
    from groundup.course.workspace import Workspace

app = typer.Typer(help="Write again what you passed, after 1, 3, 7, 16 and 35 days.", invoke_without_command=True)
Name = Annotated[
    str | None, typer.Argument(help="An exercise or a concept; what is due first if left out.", show_default=False)
]


@app.callback()
def list_(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for another program.")] = False,
) -> None:
    """List what is due."""
    if context.invoked_subcommand is not None:
        return
    from groundup.cli.render import console, show_table
    from groundup.course.review import INTERVALS, due, reviews
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    now_due, coming = due(workspace), [r for r in reviews(workspace) if r.on is not None]
    if as_json:
        print(json.dumps([{"id": r.exercise.id, "right": r.right, "due": str(r.on)} for r in coming]))
    elif now_due:
        cells = [[r.exercise.id, r.exercise.title, f"{r.right + 1} of {len(INTERVALS)}", str(r.on)] for r in now_due]
        show_table(["exercise", "", "review", "due"], cells)
        console().print("\n`groundup review start` writes a blank copy of the first.")
    elif coming:
        console().print(f"Nothing is due. The next is {coming[0].exercise.id}, on {coming[0].on}.")
    else:
        console().print("Nothing is due. What you pass comes back after a day.")


@app.command()
def start(name: Name = None) -> None:
    """Write a blank copy of an exercise to review/; your own file is not touched."""
    from groundup.cli.render import console
    from groundup.course import review
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    exercise = _find("groundup review start", name, workspace)
    file = review.start(workspace, exercise)
    say = console()
    say.print(f"\n[bold]{exercise.id}[/]  {exercise.title}")
    say.print(f"  in      {file}", markup=False, soft_wrap=True)
    say.print(f"  check   groundup review check {exercise.id}\n", markup=False)
    if exercise not in [r.exercise for r in review.due(workspace)]:
        say.print("It is not due: this is practice, and its schedule stays as it is.")


@app.command()
def check(
    name: Name = None,
    trace: Annotated[bool, typer.Option("--trace", help="Show the traceback and what your code printed.")] = False,
) -> None:
    """Check a review. Exit code 0 when it is right, 1 when not."""
    from groundup.cli.render import console, show_verdict
    from groundup.course import review
    from groundup.course.workspace import Workspace

    workspace = Workspace.find()
    exercise = _find("groundup review check", name, workspace)
    verdict = review.examine(workspace, exercise)
    show_verdict(verdict, trace=trace, again=f"groundup review check {exercise.id}")
    on = next(r.on for r in review.reviews(workspace) if r.exercise == exercise)
    console().print(f"It comes back on {on}." if on else "It was right often enough and comes back no more.")
    raise typer.Exit(0 if verdict.passed else 1)


def _find(who: str, name: str | None, workspace: "Workspace") -> "Exercise":
    """The exercise of that name; of a concept, or of all, the one that is due first."""
    from groundup.cli.lookup import find_exercises
    from groundup.course.review import due

    waiting = [r.exercise for r in due(workspace)]
    if name is None and not waiting:
        raise LookupError(f"{who}: nothing is due; name an exercise to practise it")
    named = waiting if name is None else find_exercises(who, name, workspace)
    return next((e for e in waiting if e in named), named[0])

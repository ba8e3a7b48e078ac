"""class: set an assignment, collect it, grade it, give it back."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from groundup.course.grading.assignment import Assignment
    from groundup.course.grading.gradebook import Gradebook
    from groundup.course.grading.record import Record

app = typer.Typer(help="For instructors: set, collect, grade and give back an assignment.", no_args_is_help=True)
Class = Annotated[
    Path | None, typer.Option("--class", help="The folder with class.toml; the one around you if left out.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]


@app.command()
def assign(
    folder: Annotated[Path, typer.Argument(help="The class folder to make.", show_default=False)],
    unit: Annotated[list[str], typer.Option(help="A unit, such as 02; may be repeated.")] = [],  # noqa: B006
    concept: Annotated[list[str], typer.Option(help="A concept; may be repeated.")] = [],  # noqa: B006
    exercise: Annotated[list[str], typer.Option(help="An exercise; may be repeated.")] = [],  # noqa: B006
    title: Annotated[str, typer.Option(help="What it is called; the folder's name if left out.")] = "",
    due: Annotated[str, typer.Option(help="When it is due, in your own words.")] = "",
    seeds: Annotated[int, typer.Option(min=1, max=20, help="How many times each exercise is checked.")] = 3,
) -> None:
    """Make a class folder: class.toml, which you may edit, and handout/, which you give to the class."""
    from groundup.course.grading.assign import assign

    made = assign(
        folder, units=unit, concepts=concept, exercises=exercise, title=title, due=due, seeds=seeds
    )  # fmt: skip
    sections, exercises = len(made.plan.section), len(made.exercises)
    _say(f"{made.plan.title}: {exercises} exercises in {sections} sections.")
    _say(f"  edit      {folder / 'class.toml'} (weights, hand-marked parts)")
    _say(f"  hand out  {folder / 'handout'}")
    _say(f"  then      groundup class collect SUBMISSIONS --class {folder}")


@app.command()
def collect(
    submissions: Annotated[Path, typer.Argument(help="A folder with a folder or zip per learner.", show_default=False)],
    class_: Class = None,
    as_json: Json = False,
) -> None:
    """Take in what the class handed in. Exit code 1 when a submission was refused."""
    from groundup.course.grading.collect import collect
    from groundup.course.grading.marks import write_template

    assignment, record = _open(class_)
    done = collect(assignment, submissions, record)
    write_template(assignment)
    if as_json:
        print(json.dumps(vars(done)))
    else:
        for note in done.notes:
            _say(f"  note     {note}")
        for name, reason in done.refused.items():
            _say(f"  refused  {name}: {reason}")
        counts = f"{len(done.new)} new, {len(done.replaced)} replaced, {len(done.same)} as before"
        _say(f"{counts}, {len(done.refused)} refused; {len(assignment.learners())} learners in all.")
    raise typer.Exit(1 if done.refused else 0)


@app.command()
def grade(
    class_: Class = None,
    jobs: Annotated[int, typer.Option(help="Checks at a time; -1 is one a processor.")] = -1,
    engine: Annotated[Literal["processes", "ray"], typer.Option(help="Where checks run.")] = "processes",
    sandbox: Annotated[Literal["process", "container"], typer.Option(help="What walls a check has.")] = "process",
    image: Annotated[str, typer.Option(help="The image with Groundup, for --sandbox container.")] = "groundup",
    as_json: Json = False,
) -> None:
    """Grade what is not graded yet; write gradebook.csv and signed receipts. Killed, it goes on where it was."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from groundup.course.grading.grade import grade
    from groundup.course.grading.gradebook import gradebook, write_csv
    from groundup.course.grading.receipt import write_receipts

    assignment, record = _open(class_)
    columns = [TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("grading", total=None)
        done = grade(
            assignment, record, jobs=jobs, engine=engine, sandbox=sandbox, image=image,
            progress=lambda so_far, of: bar.update(task, completed=so_far, total=of),
        )  # fmt: skip
    book = gradebook(assignment, record)
    write_csv(book)
    receipts = write_receipts(assignment, record)
    if as_json:
        print(json.dumps({**vars(done), "receipts": [str(path) for path in receipts]}))
    else:
        _show_table(book)
        _say(
            f"\n{done.run} graded, {done.known} known from before; gradebook.csv and {len(receipts)} receipts written."
        )
    for what, error in done.failed.items():
        print(f"groundup class grade: {what} could not be graded: {error}", file=sys.stderr)
    raise typer.Exit(1 if done.failed else 0)


@app.command()
def feedback(class_: Class = None) -> None:
    """Write feedback/: a page for each learner, which can be sent as it is."""
    from groundup.course.grading.feedback import write_feedback
    from groundup.course.grading.gradebook import gradebook

    assignment, record = _open(class_)
    pages = write_feedback(gradebook(assignment, record))
    _say(f"{len(pages)} pages in {assignment.folder / 'feedback'}")


@app.command()
def report(class_: Class = None, as_json: Json = False) -> None:
    """Show how the class did, and write gradebook.csv, report.md and similarity.md anew."""
    from groundup.cli.render import show_table
    from groundup.course.grading.gradebook import gradebook, write_csv
    from groundup.course.grading.report import exercise_table, report_json, statistics, write_report

    assignment, record = _open(class_)
    book = gradebook(assignment, record)
    write_csv(book)
    write_report(book)
    if as_json:
        print(json.dumps(report_json(book)))
        return
    _show_table(book)
    _say("")
    head, rows = exercise_table(statistics(book))
    show_table(head, rows, numbers={"passed", "failed", "not begun", "pass rate"})


@app.command()
def verify(
    receipt: Annotated[Path, typer.Argument(help="A receipt, receipts/LEARNER.json.", show_default=False)],
    class_: Class = None,
    as_json: Json = False,
) -> None:
    """Check the signature of a receipt and grade the stored files again. Exit code 1 when something differs."""
    from groundup.course.grading.assignment import find_class
    from groundup.course.grading.receipt import verify

    beside = receipt.resolve().parent.parent
    done = verify(find_class(class_ or (beside if (beside / "class.toml").is_file() else None)), receipt)
    if as_json:
        print(json.dumps(vars(done)))
    else:
        for note in done.notes:
            _say(f"  note     {note}")
        for fault in done.faults:
            _say(f"  differs  {fault}")
        outcome = f"{len(done.faults)} differ" if done.faults else "graded again, all the same"
        _say(f"{done.learner}: the signature is right; {done.exercises} exercises, {outcome}.")
    raise typer.Exit(1 if done.faults else 0)


def _open(class_: Path | None) -> "tuple[Assignment, Record]":
    from groundup.course.grading.assignment import find_class
    from groundup.course.grading.record import Record

    assignment = find_class(class_)
    return assignment, Record(assignment.folder / "record.sqlite")


def _show_table(book: "Gradebook") -> None:
    from groundup.cli.render import show_table
    from groundup.course.grading.gradebook import table

    head, rows = table(book)
    show_table(head, rows, numbers=set(head[1:-2]))


def _say(text: str) -> None:
    from groundup.cli.render import console

    console().print(text, markup=False, soft_wrap=True)

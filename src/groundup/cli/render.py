"""How the terminal says things: the same words in the same order as the studio."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.manifest import Unit, load_course
from groundup.course.place import Placement
from groundup.course.show import rows as details
from groundup.course.workspace import Workspace

TASKS = {"write": "write", "predict": "predict", "repair": "repair", "test": "write", "speed": "speed up"}
COUNTED = ["tries", "hints", "points"]


def console() -> Console:
    """The terminal, as wide as it is."""
    return Console(highlight=False)


def show_table(head: list[str], rows: list[list[str]], numbers: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """A plain table; columns of numbers are aligned right."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in head:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*[Text(cell) for cell in row])
    console().print(table)


def show_markdown(text: str) -> None:
    """Markdown, in the terminal's own dress."""
    from rich.markdown import Markdown

    console().print(Markdown(text, code_theme="ansi_light"), width=min(100, console().width))


def show_code(source: str) -> None:
    """Python source."""
    from rich.syntax import Syntax

    console().print(Syntax(source, "python", theme="ansi_dark", background_color="default"))


def show_exercise(exercise: Exercise, workspace: Workspace) -> None:
    """What is asked and where to write it."""
    say = console()
    concept = load_course().concepts[exercise.concept]
    effort = f"{exercise.points} points, about {exercise.spec.minutes} minutes"
    say.print(f"\n[bold]{exercise.id}[/]  {exercise.title}  [dim]{effort}[/]")
    say.print(f"  {TASKS[exercise.kind]:<7} {', '.join(exercise.functions) or 'the answers'}", markup=False)
    say.print(f"  in      {workspace.file_of(exercise)}", markup=False, soft_wrap=True)
    say.print(f"  read    groundup lesson {concept.slug}", markup=False)
    say.print(f"  check   groundup check {exercise.id}\n", markup=False)


def show_verdict(verdict: Verdict, *, trace: bool, again: str = "") -> None:
    """One sentence; the smallest failing example; expected beside received; the hint; the command to check again."""
    say = console()
    mark = "[bold green]passed[/]" if verdict.passed else "[bold red]not yet[/]"
    say.print(f"{mark}  [bold]{verdict.exercise}[/]")
    say.print(Text(f"  {verdict.sentence}"))
    for k, (name, value) in enumerate(
        details(verdict, again or f"groundup check {verdict.exercise} --seed {verdict.seed}")
    ):
        say.print(Text(("" if k else "\n") + _block(name, value), style="default"))
    if trace:
        for title, text in (("trace", verdict.trace), ("printed", verdict.output)):
            if text:
                say.print(Text(f"\n  {title}\n{text}", style="dim"))
    elif verdict.trace or verdict.output:
        say.print("  [dim]--trace shows the traceback and what your code printed[/]")
    say.print()


def show_next_hint(exercise: Exercise, workspace: Workspace) -> None:
    """One more hint than before, below those that were shown; recorded."""
    hints = exercise.spec.hints
    tier = min(workspace.progress.standing(exercise.id).hints + 1, len(hints))
    workspace.progress.show(exercise.id, f"hint {tier}")
    for i, text in enumerate(hints[:tier], 1):
        console().print(f"[bold]Hint {i} of {len(hints)}[/]  ", end="")
        console().print(text, markup=False)


def _block(name: str, value: str) -> str:
    """A labelled value; further lines of an array are set under the first."""
    head = f"  {name:<9} "
    return head + value.replace(
        "\n", "\n" + " " * (len(head) + (value.find("[") if "[" in value.splitlines()[0] else 0))
    )


def show_placement(unit: Unit, sitting: Placement, workspace: Workspace) -> None:
    """What was drawn and what is left of it; or that the unit is placed."""
    say = console()
    for verdict in sitting.verdicts:
        show_verdict(verdict, trace=False, again=f"groundup place {unit.id}")
    if sitting.left:
        passed = len(sitting.drawn) - len(sitting.left)
        say.print(f"Unit {unit.id}  {unit.title}: {passed} of {len(sitting.drawn)} passed. Left:")
        for exercise in sitting.left:
            say.print(f"  {exercise.id:<32} {workspace.file_of(exercise)}", markup=False, soft_wrap=True)
        say.print(
            f"\nWrite them, then `groundup place {unit.id}`. A failed `groundup check` shows a hint and spoils it."
        )
    else:
        say.print(f"Unit {unit.id} is placed: {sitting.placed} exercises count as done, without points.")


def show_progress(rows: list[dict[str, Any]]) -> None:
    """A checklist over topics and challenges, with the points at the end."""
    names = ("concept", "id", "title", "state", "tries", "hints")
    cells = [[*(str(r[name]) for name in names), _points(r)] for r in rows]
    show_table(["concept", "exercise", "", "", *COUNTED], cells, numbers=set(COUNTED))
    _show_sums(rows)


def show_units(rows: list[dict[str, Any]], units: list[dict[str, Any]]) -> None:
    """One line a unit with a bar of what is done, and the sums at the end."""
    from rich.progress_bar import ProgressBar

    counted = [c for c in ("placed", "skipped", "tried", "tries", "hints") if any(u[c] for u in units)]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("unit")
    table.add_column("", no_wrap=True)
    table.add_column("", min_width=10)
    for name in ["passed", *counted, "points"]:
        table.add_column(name, justify="right", no_wrap=True)
    for u in units:
        bar = ProgressBar(total=u["exercises"], completed=u["passed"] + u["placed"], width=10)
        counts = [f"{u['passed']}/{u['exercises']}", *(str(u[c] or "") for c in counted)]
        table.add_row(u["unit"], u["title"], bar, *counts, _points(u))
    console().print(table)
    _show_sums(rows)


def _points(row: dict[str, Any]) -> str:
    return f"{row['earned']}/{row['points']}"


def _show_sums(rows: list[dict[str, Any]]) -> None:
    earned, points = sum(r["earned"] for r in rows), sum(r["points"] for r in rows)
    counts = {state: sum(r["state"] == state for r in rows) for state in ("passed", "placed", "skipped")}
    also = "".join(f", {counts[state]} {state}" for state in ("placed", "skipped") if counts[state])
    console().print(f"\n{counts['passed']} of {len(rows)} exercises passed{also}, {earned} of {points} points.")

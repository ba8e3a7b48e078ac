"""How the terminal says things: the same words in the same order as the studio."""

from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course
from groundup.course.check.verdict import Verdict
from groundup.course.workspace import Workspace

TASKS = {"write": "write", "predict": "predict", "repair": "repair", "test": "write", "speed": "speed up"}


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
    console().print(Markdown(text, code_theme="ansi_light"), width=min(100, console().width))


def show_code(source: str) -> None:
    """Python source."""
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


def show_verdict(verdict: Verdict, *, trace: bool) -> None:
    """One sentence; the smallest failing example; expected beside received; the hint."""
    say = console()
    mark = "[bold green]passed[/]" if verdict.passed else "[bold red]not yet[/]"
    say.print(f"{mark}  [bold]{verdict.exercise}[/]")
    say.print(Text(f"  {verdict.sentence}"))
    if not verdict.passed:
        for line in _details(verdict):
            say.print(Text(line, style="default"))
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


def _details(verdict: Verdict) -> list[str]:
    tried = "the smallest example that fails" if verdict.smallest else verdict.case
    lines = [f"\n  tried     {tried}"] if tried else []
    if verdict.expected:
        lines += [_block(name, value) for name, value in verdict.inputs.items()]
        lines += [
            _block("expected", f"{verdict.what} = {verdict.expected}"),
            _block("received", f"{verdict.what} = {verdict.received}"),
        ]
        lines += _intermediate(verdict)
        lines += [_block("tolerance", f"{verdict.tolerance:g} relative")] if verdict.tolerance else []
    if verdict.see:
        lines.append(
            _block(
                "read", f'"{verdict.see}" in groundup lesson {load_course().exercise_by_id[verdict.exercise].concept}'
            )
        )
    if verdict.hint:
        lines.append(_block("hint", verdict.hint))
    lines.append(_block("again", f"groundup check {verdict.exercise} --seed {verdict.seed}"))
    return lines


def _intermediate(verdict: Verdict) -> list[str]:
    """The first wrong step of the example, where the concept names its steps."""
    step = verdict.intermediate
    if step is None:
        return []
    right = f" ({', '.join(step.right)} {'is' if len(step.right) == 1 else 'are'} right)" if step.right else ""
    return [
        _block("first off", f"{step.name}{right}"),
        _block("expected", f"{step.name} = {step.expected}"),
        _block("received", f"{step.name} = {step.received}"),
    ]


def _block(name: str, value: str) -> str:
    """A labelled value; further lines of an array are set under the first."""
    head = f"  {name:<9} "
    return head + value.replace(
        "\n", "\n" + " " * (len(head) + (value.find("[") if "[" in value.splitlines()[0] else 0))
    )


def show_progress(rows: list[dict[str, Any]]) -> None:
    """A checklist over topics and challenges, with the points at the end."""
    cells = [
        [r["unit"], r["concept"], r["id"], r["title"], r["state"], str(r["tries"]), f"{r['earned']}/{r['points']}"]
        for r in rows
    ]
    show_table(["unit", "concept", "exercise", "", "", "tries", "points"], cells, numbers={"tries", "points"})
    earned, points = sum(r["earned"] for r in rows), sum(r["points"] for r in rows)
    console().print(
        f"\n{sum(r['state'] == 'passed' for r in rows)} of {len(rows)} exercises passed, {earned} of {points} points."
    )

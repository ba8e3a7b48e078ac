"""audit: proof that every check of the course can fail, and lets everything right pass."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from groundup.course.exercise import Exercise
    from groundup.course.manifest import Concept


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(audit)


def audit(
    names: Annotated[list[str] | None, typer.Argument(help="Exercises or concepts; all if left out.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds that every solution must pass.")] = 10,
    mutants: Annotated[bool, typer.Option(help="Also mutate the solutions.")] = True,
    jobs: Annotated[int, typer.Option(help="Processes; -1 takes every processor.")] = -1,
    write: Annotated[Path | None, typer.Option(help="Write the kill matrix here, as Markdown.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Prove the checks: starters fail, solutions pass, mistakes are named, mutants die. Exit code 1 if one does not."""
    from rich.console import Console
    from rich.progress import track

    from groundup.cli.lookup import find_concept
    from groundup.core import write_atomically
    from groundup.course.audit import audit as audits
    from groundup.course.manifest import load_course

    course = load_course()
    chosen = [e for name in names for e in _named(name, find_concept("groundup audit", name))] if names else None
    exercises = chosen or list(course.exercises())
    results, say = [], Console(stderr=True, highlight=False)
    running = audits.audit(exercises, seeds=seeds, mutate=mutants, jobs=jobs)
    for result in track(running, "audit", total=len(exercises), console=say, disable=not say.is_terminal):
        results.append(result)
        for problem in result.problems:
            say.print(f"{result.finding.exercise}: {problem}", markup=False, soft_wrap=True)
    said = audits.counts(results)
    if write is not None:
        write_atomically(write, audits.table(results).encode())
    typer.echo(json.dumps(said) if as_json else "\n".join(f"{name:<16} {value}" for name, value in said.items()))
    raise typer.Exit(1 if said["problems"] else 0)


def _named(name: str, concept: "Concept") -> list["Exercise"]:
    return [e for e in concept.exercises if e.id == name] or list(concept.exercises)

"""The course as a whole: list, open, lesson, coverage."""

import json
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for another program.")]
Concept = Annotated[str, typer.Argument(help="A concept or an exercise.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (list_, open_, lesson, coverage):
        app.command(name=command.__name__.rstrip("_"))(command)


def list_(as_json: Json = False) -> None:
    """List every exercise: concept, file, functions, points."""
    from groundup.cli.render import show_table
    from groundup.course.overview import exercise_rows

    rows = exercise_rows()
    if as_json:
        print(json.dumps(rows))
        return
    cells = [[r["id"], r["title"], r["kind"], r["concept"], ", ".join(r["functions"]), str(r["points"])] for r in rows]
    show_table(["exercise", "what", "kind", "concept", "functions", "points"], cells, numbers={"points"})


def open_(name: Concept) -> None:
    """Print the path of everything that belongs to a concept, yours first."""
    from groundup.cli.lookup import find_concept
    from groundup.cli.render import console
    from groundup.course.workspace import Workspace, WorkspaceError

    concept = find_concept("groundup open", name)
    try:
        paths = {"yours": Workspace.find().file(concept)} | concept.anatomy()
    except WorkspaceError:
        paths = concept.anatomy()  # the library's own files can be read without a workspace
    for what, path in paths.items():
        console().print(f"{what:<14} {path}", markup=False, highlight=False, soft_wrap=True)


def lesson(name: Concept) -> None:
    """Read a lesson in the terminal (the studio shows its pictures)."""
    from groundup.cli.lookup import find_concept
    from groundup.cli.render import show_markdown
    from groundup.course import lesson as lessons

    show_markdown(lessons.to_markdown(lessons.build(find_concept("groundup lesson", name).lesson)))


def coverage(as_json: Json = False) -> None:
    """Say which concept, lesson, exercise, lab and test answers each requirement, and which are open."""
    from groundup.cli.render import console, show_table
    from groundup.course.coverage import coverage_rows, summary

    rows = coverage_rows()
    if as_json:
        print(json.dumps({"summary": summary(rows), "rows": [row.to_json() for row in rows]}))
        return
    cells = [[r.id, r.kind, r.requirement, r.status, ", ".join(r.answered_by()) or "", r.missing] for r in rows]
    show_table(["id", "kind", "requirement", "status", "answered by", "still missing"], cells)
    counts = summary(rows)
    console().print(
        f"{counts['answered']} of {counts['total']} answered, {counts['part']} in part, {counts['open']} open."
    )

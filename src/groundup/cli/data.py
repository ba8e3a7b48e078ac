"""Data sets: list, card, fetch."""

import json
from typing import Annotated

import typer

app = typer.Typer(help="Data sets: what there is, whence it comes, and getting the whole of it.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A data set, as `groundup data list` names it.", show_default=False)]


@app.command(name="list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for another program.")] = False) -> None:
    """List every data set: what it is, size, licence, and where it would come from now."""
    from groundup.cli.render import show_table
    from groundup.data import catalogue, where

    rows = []
    for entry in catalogue():
        found, notes = where(entry.name)
        rows.append({
            "name": entry.name, "what": entry.card.what, "size": entry.card.size, "licence": entry.card.licence,
            "place": found.place if found else None, "source": found.source if found else None,
            "stand_in": found.form.stand_in if found else None, "notes": notes,
        })  # fmt: skip
    if as_json:
        print(json.dumps(rows))
        return
    keys = ["name", "what", "size", "licence", "source"]
    cells = [[str(row[key] or "no source here; see its card") for key in keys] for row in rows]
    show_table([*keys[:-1], "where it would come from now"], cells)


@app.command()
def card(name: Name) -> None:
    """Show what a data set is, its licence, its splits, how to cite it, and why it comes from where it does."""
    from rich.table import Table
    from rich.text import Text

    from groundup.cli.render import console
    from groundup.data.catalogue import find
    from groundup.data.loading import where

    about = find(name).card
    found, notes = where(name)
    lines = {
        "what": about.what, "size": about.size, "splits": about.splits, "licence": about.licence,
        "homepage": about.homepage, "cite": about.citation, "caution": about.caution,
        "source": found.source if found else "none on this machine",
    } | ({"not from": "\n".join(notes)} if notes else {})  # fmt: skip
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for label, text in lines.items():
        table.add_row(label, Text(text))
    console().print(Text(f"{name}  {about.title}", style="bold"), table)


@app.command()
def fetch(names: Annotated[list[str], typer.Argument(help="Data sets to download.", show_default=False)]) -> None:
    """Download the official files into the cache, checked against their published sums. Whole files are kept."""
    from groundup.cli.render import console
    from groundup.data.catalogue import find
    from groundup.data.loading import fetch, where

    for entry in [find(name) for name in names]:  # an unknown name stops before anything is downloaded
        found, _ = where(entry.name)
        if entry.downloadable() is None and found:
            console().print(f"{entry.name}: nothing to download ({found.source})", markup=False, soft_wrap=True)
        else:
            notes: list[str] = []
            lines = [f"{entry.name}: in {fetch(entry.name, notes)}", *notes]
            console().print("\n  ".join(lines), markup=False, soft_wrap=True)

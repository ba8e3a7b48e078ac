"""Data sets: list, card, fetch, eda."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(help="Data sets: what there is, whence it comes, and getting the whole of it.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A data set, as `groundup data list` names it.", show_default=False)]


@app.command(name="list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for another program.")] = False) -> None:
    """List every data set: kind, size, licence, and where it would come from now. `card NAME` says more."""
    from groundup.cli.render import show_table
    from groundup.data import catalogue, where

    rows = []
    for entry in catalogue():
        found, notes = where(entry.name)
        official = entry.downloadable()
        rows.append(asdict(entry.card) | {
            "name": entry.name, "kind": entry.facts.kind, "place": found.place if found else None,
            "source": found.source if found else None, "stand_in": found.form.stand_in if found else None,
            "download_bytes": official.bytes if official else None, "notes": notes,
        })  # fmt: skip
    if as_json:
        print(json.dumps(rows))
        return
    keys = ["name", "kind", "size", "licence"]
    show_table([*keys, "comes from"], [[*(str(row[key]) for key in keys), _whence(row)] for row in rows])


def _whence(row: dict[str, Any]) -> str:
    """Where a data set comes from, in 24 characters, so that a row of the list fits into 80."""
    fetch = f"fetch {row['download_bytes'] / 1e6:.1f} MB" if row["download_bytes"] else None
    if row["place"] is None:
        return fetch or "no source; see its card"
    return f"stand-in; {fetch}" if row["stand_in"] and fetch else row["place"]


@app.command()
def card(name: Name) -> None:
    """Show what a data set is, its licence, its splits, how to cite it, and why it comes from where it does."""
    from rich.table import Table
    from rich.text import Text

    from groundup.cli.render import console
    from groundup.data.catalogue import find
    from groundup.data.loading import where

    entry = find(name)
    about = entry.card
    found, notes = where(name)
    lines = {
        "what": about.what, "kind": entry.facts.kind, "size": about.size, "splits": about.splits,
        "licence": about.licence, "homepage": about.homepage, "cite": about.citation, "caution": about.caution,
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


@app.command()
def eda(
    name: Annotated[str, typer.Argument(help="A data set by name, a folder of pictures, a table.", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="Where the page goes.", show_default="eda-NAME")] = None,
    label: Annotated[str | None, typer.Option(help="Of a table: the column of the classes.")] = None,
    size: Annotated[int | None, typer.Option(help="Of a folder: read pictures in so many pixels a side.")] = None,
    skip_broken: Annotated[bool, typer.Option("--skip-broken", help="Of a folder: pass over what is broken.")] = False,
) -> None:
    """Look at data before training: a page with classes, examples, values, duplicates, leakage, doubtful labels."""
    from groundup.cli.render import console
    from groundup.labs import eda

    folder = out or Path(f"eda-{Path(name).expanduser().resolve().stem}")
    found = eda.write(name, folder, label=label, size=size, skip_broken=skip_broken)
    for line in eda.summary(found):
        console().print(f"- {line}", markup=False, soft_wrap=True)
    console().print(f"page: {folder / 'eda.html'}", markup=False, soft_wrap=True)

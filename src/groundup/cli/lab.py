"""Labs: list, run, report, compare."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundup.cli import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from groundup.labs.lab import Lab

app = typer.Typer(help="Labs: whole experiments on real data.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A lab, as `groundup lab list` names it.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON, last, for another program.")]
RunDir = Annotated[Path | None, typer.Option(help="Folder of the run; a new one in runs/ if left out.")]


def _console(as_json: bool) -> "Console":
    """Where people are told things: stdout, or stderr where a program reads stdout."""
    from rich.console import Console

    return Console(stderr=as_json, highlight=False)


def _lab(name: str) -> "Lab":
    from groundup.labs.runner import find_lab

    return find_lab(name)


def _runs() -> Path:
    """Where runs are kept: in the workspace, where there is one, else here."""
    from groundup.course.workspace import Workspace, WorkspaceError

    try:
        return Workspace.find().root / "runs"
    except WorkspaceError:
        return Path("runs")


def _new_folder(name: str) -> Path:
    folder = _runs() / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"
    return folder if not folder.exists() else folder.with_name(f"{folder.name}-{datetime.now():%f}")


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List every lab, the rows of the curriculum that it answers, and what it asks."""
    from groundup.cli.render import show_table
    from groundup.labs import LABS

    if as_json:
        keys = ("name", "title", "covers", "about", "expects")
        print(json.dumps([{key: getattr(lab, key) for key in keys} for lab in LABS.values()]))
        return
    show_table(["lab", "rows", "asks"], [[lab.name, " ".join(lab.covers), lab.about] for lab in LABS.values()])


@app.command()
def run(
    name: Name,
    seed: Annotated[
        int | None, typer.Option(help="Decides split, initial weights and order.", show_default="0")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="So many seeds, from --seed on: mean and spread.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training rows.")] = None,
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows in a step.")] = None,
    hidden: Annotated[int | None, typer.Option(help="Hidden units.")] = None,
    backend: Annotated[str | None, typer.Option(help="numpy, by hand, or torch.", show_default="numpy")] = None,
    device: Annotated[str | None, typer.Option(help="Of PyTorch: auto, cpu, cuda, mps.", show_default="auto")] = None,
    recipe: Annotated[str | None, typer.Option(help="One of the lab's sets of settings: plain, augmented, ...")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any other setting; see a run's report.")
    ] = None,
    track: Annotated[str | None, typer.Option(help="Also log to tensorboard, wandb (offline), mlflow.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A look in under a minute, not a result.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Continue the run in this folder, bit for bit.")] = None,
    run_dir: RunDir = None,
    checkpoint_out: Annotated[Path | None, typer.Option(help="Also write the best weights here (safetensors).")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Your passed files in place of the library's.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a lab: train, test once, set beside the baselines, write a report."""
    settings = {
        "seed": seed, "epochs": epochs, "lr": lr, "batch_size": batch_size, "hidden": hidden, "backend": backend,
        "device": device, "track": track, "recipe": recipe, **_given(set_ or []),
    }  # fmt: skip
    running = _run_mine if mine else _run
    result = running(name, settings, seeds, quick, resume, run_dir, checkpoint_out, _console(as_json))
    if as_json:
        print(json.dumps(result))


def _run(
    name: str, settings: dict[str, Any], seeds: int | None, quick: bool, resume: Path | None, run_dir: Path | None,
    checkpoint_out: Path | None, console: "Console",
) -> dict[str, Any]:  # fmt: skip
    from groundup.labs.mine import from_environment

    from_environment()  # before any layer is imported
    from groundup.labs.runner import run_lab

    lab = _lab(name)
    folder = run_dir or (None if resume else _new_folder(lab.name))
    return run_lab(
        lab.name, run_dir=folder, resume=resume, seeds=seeds, quick=quick, checkpoint_out=checkpoint_out,
        console=console, **settings,
    )  # fmt: skip


def _given(pairs: list[str]) -> dict[str, str]:
    """NAME=VALUE, each. Raises ValueError for one without a name or a value."""
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise ValueError(f"lab run: expected --set NAME=VALUE, got {pair!r}")
    return {name.replace("-", "_"): value for name, _, value in (pair.partition("=") for pair in pairs)}


def _run_mine(
    name: str, settings: dict[str, Any], seeds: int | None, quick: bool, resume: Path | None, run_dir: Path | None,
    checkpoint_out: Path | None, console: "Console",
) -> dict[str, Any]:  # fmt: skip
    from groundup.course.workspace import Workspace
    from groundup.labs import ledger

    lab = _lab(name)
    lab.configure(**settings)
    files = Workspace.find().passed_files()
    if not files:
        raise LookupError(
            "lab run --mine: expected a concept with every exercise passed, found none yet; see `groundup progress`"
        )
    folder = resume or run_dir or _new_folder(lab.name)
    recipe = {"recipe": settings.pop("recipe")}
    asked = {**recipe, "seeds": seeds, "checkpoint_out": checkpoint_out}
    options = [f"--{key.replace('_', '-')}={value}" for key, value in asked.items() if value is not None]
    options += [f"--set={key}={value}" for key, value in settings.items() if value is not None]
    result = ledger.run_mine(
        lab, files, folder, [*options, *(["--quick"] if quick else [])], console, resume=resume is not None
    )
    _show_rows(("", "test accuracy", "seconds of training"), ledger.rows(result["ledger"]), console)
    console.print(f"Yours: {', '.join(result['mine']) or 'none of your files is used by this lab'}", markup=False)
    return result


@app.command()
def report(
    run: Annotated[
        Path | None, typer.Argument(help="A run's folder; the latest if left out.", show_default=False)
    ] = None,
) -> None:
    """Show the report of a run."""
    from groundup.cli.render import show_markdown
    from groundup.labs.report import for_terminal

    folder = run or _latest()
    file = folder / "report.md"
    if not file.is_file():
        begun = (folder / "config.json").is_file()
        what = f"an unfinished run; --resume {folder} finishes it" if begun else "no run"
        raise LookupError(f"lab report: expected a report at {file}, found {what}")
    show_markdown(for_terminal(file.read_text(encoding="utf-8"), folder))
    print(file.resolve())


def _latest() -> Path:
    reports = sorted(_runs().glob("*/report.md"), key=lambda file: file.stat().st_mtime)
    if not reports:
        raise LookupError(
            f"lab report: expected a finished run in {_runs()}, found none; `groundup lab run xor` makes one"
        )
    return reports[-1].parent


def _show_rows(head: "Sequence[str]", rows: "Sequence[Sequence[str]]", console: "Console") -> None:
    from rich.table import Table

    table = Table(*head, box=None, pad_edge=False, header_style="dim")
    for row in rows:
        table.add_row(*row)
    console.print(table)


compare.register(app)

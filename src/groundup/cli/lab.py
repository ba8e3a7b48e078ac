"""Labs: list, run, report, compare."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
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
    """List every lab and what it asks."""
    from groundup.cli.render import show_table
    from groundup.labs import LABS

    if as_json:
        keys = ("name", "title", "covers", "about", "expects")
        print(json.dumps([{key: getattr(lab, key) for key in keys} for lab in LABS.values()]))
        return
    show_table(["lab", "title", "asks"], [[lab.name, lab.title, lab.about] for lab in LABS.values()])


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
    quick: Annotated[bool, typer.Option("--quick", help="Fewer epochs: a look, not a result.")] = False,
    resume: Annotated[Path | None, typer.Option(help="Continue the run in this folder, bit for bit.")] = None,
    run_dir: RunDir = None,
    checkpoint_out: Annotated[Path | None, typer.Option(help="Also write the best weights here (safetensors).")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Your passed files in place of the library's.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a lab: train, test once, set beside the baselines, write a report."""
    settings = {"seed": seed, "epochs": epochs, "lr": lr, "batch_size": batch_size, "hidden": hidden}
    if mine:
        result = _run_mine(name, settings, seeds, quick, resume, run_dir, checkpoint_out, _console(as_json))
    else:
        from groundup.labs.mine import from_environment

        from_environment()  # before any layer is imported
        from groundup.labs.runner import run_lab

        lab = _lab(name)
        folder = run_dir or (None if resume else _new_folder(lab.name))
        result = run_lab(
            lab.name, run_dir=folder, resume=resume, seeds=seeds, quick=quick, checkpoint_out=checkpoint_out,
            console=_console(as_json), **settings,
        )  # fmt: skip
    if as_json:
        print(json.dumps(result))


def _run_mine(
    name: str, settings: dict[str, Any], seeds: int | None, quick: bool, resume: Path | None, run_dir: Path | None,
    checkpoint_out: Path | None, console: "Console",
) -> dict[str, Any]:  # fmt: skip
    from rich.table import Table

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
    asked = {**settings, "seeds": seeds, "checkpoint_out": checkpoint_out}
    options = [f"--{key.replace('_', '-')}={value}" for key, value in asked.items() if value is not None]
    result = ledger.run_mine(
        lab, files, folder, [*options, *(["--quick"] if quick else [])], console, resume=resume is not None
    )
    table = Table("", "test accuracy", "seconds of training", box=None, pad_edge=False, header_style="dim")
    for row in ledger.rows(result["ledger"]):
        table.add_row(*row)
    console.print(table)
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


@app.command()
def compare(
    name: Name,
    seed: Annotated[int | None, typer.Option(help="Initial weights and batches.", show_default="0")] = None,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """The same network in NumPy and in PyTorch: same weights, same batches; differences, time, memory."""
    from groundup.labs.compare import rows, run_compare

    lab, console = _lab(name), _console(as_json)
    result = run_compare(lab, run_dir or _new_folder(f"{lab.name}-compare"), console, seed=seed)
    from rich.table import Table

    table = Table("float32, one thread", "NumPy, by hand", "PyTorch", box=None, pad_edge=False, header_style="dim")
    for row in rows(result):
        table.add_row(*row)
    console.print(table)
    worst = max(result["difference"].values())
    agree = "They agree" if result["agree"] else "They do not agree"
    apart = f"in {result['steps']} steps in float64 they differ by at most {worst:.1e} (limit {result['limit']:g})"
    console.print(f"{agree}: {apart}.", soft_wrap=True)
    console.print(f"report: groundup lab report {result['run']}", markup=False, soft_wrap=True)
    if as_json:
        print(json.dumps(result))
    if not result["agree"]:
        raise typer.Exit(1)

"""Sweeps: search a lab's settings."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sweep)


def sweep(
    lab: Annotated[
        str | None, typer.Argument(help="A lab, as `groundup lab list` names it.", show_default=False)
    ] = None,
    trials: Annotated[int | None, typer.Option(help="So many in all.", show_default="20")] = None,
    jobs: Annotated[int, typer.Option(help="Trials at a time; -1 is one a processor.")] = -1,
    engine: Annotated[str, typer.Option(help="Where trials run: processes or ray.")] = "processes",
    sampler: Annotated[str | None, typer.Option(help="tpe, random or grid.", show_default="tpe")] = None,
    pruner: Annotated[
        str | None, typer.Option(help="Ends poor trials early: median, halving or none.", show_default="median")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting that does not vary.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Quick runs of the lab: a look, not a result.")] = False,
    run_dir: Annotated[Path | None, typer.Option(help="Folder of the sweep; a new one in runs/ if left out.")] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with, or join, the sweep in this folder.")] = None,
    status: Annotated[Path | None, typer.Option(help="Say how the sweep in this folder stands.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON, last, for another program.")] = False,
) -> None:
    """Search for a lab's best settings in validation; the test rows are left to the command named at the end."""
    from groundup.cli.lab import _console, _given, _new_folder

    if status is not None:
        _show_status(status, as_json)
        return
    from groundup.ops.sweep import run_sweep

    folder = run_dir or (_new_folder(f"{lab}-sweep") if lab and not resume else None)
    result = run_sweep(
        lab, trials=trials, jobs=jobs, engine=engine, sampler=sampler, pruner=pruner, run_dir=folder, resume=resume,
        fixed=_given(set_ or []), quick=quick, console=_console(as_json),
    )  # fmt: skip
    if as_json:
        print(json.dumps(result))


def _show_status(folder: Path, as_json: bool) -> None:
    from groundup.ops.sweep import status

    found: dict[str, Any] = status(folder)
    if as_json:
        print(json.dumps(found))
        return
    counts = ", ".join(f"{found[what]} {what}" for what in ("complete", "pruned", "failed"))
    print(f"{found['sweep']}: {counts}, of {found['trials']} trials")
    print("running: " + (", ".join(f"trial {number}" for number in found["running"]) or "none"))
    if found["to_repeat"]:
        print(f"stopped or killed, and tried again by --resume: {found['to_repeat']}")
    best = found["best"]
    if best:
        settings = ", ".join(f"{name} {value}" for name, value in best["settings"].items())
        print(f"best so far: trial {best['trial']}, {found['objective']} {best['value']:.4g}: {settings}")

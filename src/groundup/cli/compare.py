"""lab compare: one network, in NumPy and in PyTorch, and with the learner's files."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    names: Annotated[list[str] | None, typer.Argument(help="Labs or models; see --list.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="Every lab with a network, and every model.")] = False,
    list_names: Annotated[bool, typer.Option("--list", help="Say what can be compared.")] = False,
    seed: Annotated[int | None, typer.Option(help="Initial weights and batches.", show_default="0")] = None,
    steps: Annotated[int, typer.Option(help="Steps in float64.", min=1)] = 100,
    mine: Annotated[bool, typer.Option("--mine", help="Also with your passed files in the library's place.")] = False,
    run_dir: Annotated[
        Path | None, typer.Option(help="Folder of the comparison; what is finished there is read, not run again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON, last, for another program.")] = False,
) -> None:
    """The same network in NumPy and in PyTorch: same weights, same batches; differences, time, memory, lines."""
    from groundup.labs.mine import from_environment

    from_environment()  # before any layer is imported
    from groundup.cli.lab import _console, _new_folder
    from groundup.labs import subjects

    if list_names:
        print("\n".join(subjects.names()))
        return
    chosen = subjects.names() if every else names or []
    if not chosen:
        raise ValueError("lab compare: expected the name of a lab or a model, or --all; --list says which there are")
    for name in chosen:
        subjects.subject(name)  # an unknown one is said before anything begins
    files = _passed() if mine else {}
    base = run_dir or _new_folder("compare" if len(chosen) > 1 else f"{chosen[0]}-compare")
    folders = {name: base / name if len(chosen) > 1 else base for name in chosen}
    results = _compare_all(folders, steps, seed, files, every, _console(as_json), base)
    if as_json:
        print(json.dumps(results[0] if len(chosen) == 1 else results))
    if not all(result["agree"] and result.get("yours", result)["agree"] for result in results):
        raise typer.Exit(1)


def _compare_all(
    folders: dict[str, Path], steps: int, seed: int | None, files: dict[str, Path], every: bool, console: "Console",
    base: Path,
) -> list[dict[str, Any]]:  # fmt: skip
    """Each in its folder. Of all there are, one whose data are not on this machine is left out, and that is said."""
    from groundup.cli.lab import _show_rows
    from groundup.data import DataError
    from groundup.labs.compare import run_compare
    from groundup.labs.compare_report import together, write_together

    results, left_out = [], []
    for i, (name, folder) in enumerate(folders.items(), 1):
        if len(folders) > 1:
            console.print(f"\n{i} of {len(folders)}: {name}", style="bold")
        try:
            result = run_compare(name, folder, console, steps=steps, seed=seed)
        except DataError as error:
            if not every:
                raise
            left_out.append(f"{name}: {error}")
            console.print(f"left out: {error}", markup=False, soft_wrap=True)
            continue
        result = _beside_mine(result, folder, steps, seed, files, console) if files else result
        _show(result, console)
        results.append(result)
    if len(folders) > 1 and results:
        write_together(results, base, left_out)
        _show_rows(*together(results), console)
        console.print(f"report: groundup lab report {base}", markup=False, soft_wrap=True)
    return results


def _passed() -> dict[str, Path]:
    from groundup.course.workspace import Workspace

    files = Workspace.find().passed_files()
    if not files:
        raise LookupError(
            "lab compare --mine: expected a concept with every exercise passed, found none yet; see `groundup progress`"
        )
    return files


def _beside_mine(
    result: dict[str, Any], folder: Path, steps: int, seed: int | None, files: dict[str, Path], console: "Console"
) -> dict[str, Any]:  # fmt: skip
    """The same comparison in a process of its own, where the learner's modules come before any other."""
    from groundup.labs.compare import with_yours
    from groundup.labs.mine import VARIABLE
    from groundup.train import RunFolder

    if "yours" in result:
        return result
    there, name = folder / "mine", result["lab"]
    console.print(f"{name}: the same with your files", markup=False)
    command = [sys.executable, "-m", "groundup", "lab", "compare", name, f"--run-dir={there}", f"--steps={steps}"]
    environment = {**os.environ, VARIABLE: json.dumps({module: str(file) for module, file in files.items()})}
    words = [*command, *([] if seed is None else [f"--seed={seed}"])]
    done = subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, check=False)
    yours = RunFolder(there).result
    if yours is None:
        code = done.returncode
        raise RuntimeError(
            f"lab compare --mine: {name} with your files ended with exit code {code}; what it said stands above"
        )
    if not yours["mine"]:
        console.print(f"no layer, loss or optimiser of {name} is in a file of yours", markup=False)
        return result
    return with_yours(result, yours, folder)


def _show(result: dict[str, Any], console: "Console") -> None:
    from groundup.cli.lab import _show_rows
    from groundup.labs.compare_report import head, rows, worst

    _show_rows(head(result), rows(result), console)
    agree = "They agree" if result["agree"] else "They do not agree"
    apart = f"in {result['steps']} steps in float64 they differ by at most {worst(result):.1e}"
    console.print(f"{agree}: {apart} (limit {result['limit']:g}).", soft_wrap=True)
    console.print(f"report: groundup lab report {result['run']}", markup=False, soft_wrap=True)

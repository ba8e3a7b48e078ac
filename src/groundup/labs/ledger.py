"""--mine: the lab with the learner's own files in place of ours, set beside ours and PyTorch.

Each side trains in a process of its own: the learner's modules have to be there before any other is imported, and
whatever they do stays with them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from groundup.labs import page
from groundup.labs.lab import Lab, percent
from groundup.labs.mine import VARIABLE
from groundup.labs.report import table
from groundup.labs.torch_learner import have_torch
from groundup.train import Interrupted, RunFolder


def run_mine(
    lab: Lab, files: Mapping[str, Path], folder: Path, options: list[str], console: Console, *, resume: bool = False
) -> dict[str, Any]:
    """Yours, ours, PyTorch: the result of yours with the ledger in it. Raises RuntimeError where a side fails."""
    try:
        return _three_sides(lab, files, folder, options, console, resume)
    except Interrupted:
        say = f"Stopped; what was done is kept. Go on with: groundup lab run {lab.name} --mine --resume {folder}"
        console.print(say, markup=False, soft_wrap=True)
        raise


def _three_sides(
    lab: Lab, files: Mapping[str, Path], folder: Path, options: list[str], console: Console, resume: bool
) -> dict[str, Any]:
    console.print("Yours", style="bold")
    yours = _lab_run(lab, folder, options, {module: str(file) for module, file in files.items()}, console, resume)
    console.print("\nOurs", style="bold")
    ours_folder = folder / "ours"
    ours = _lab_run(lab, ours_folder, options, {}, console, resume and (ours_folder / "config.json").is_file())
    ledger = {"yours": _entry(yours), "ours": _entry(ours)}
    if lab.task is not None and have_torch():
        console.print("\nPyTorch", style="bold")
        there = folder / "pytorch"
        goes_on = resume and (there / "config.json").is_file()
        ledger["pytorch"] = _entry(_lab_run(lab, there, [*options, "--backend=torch"], {}, console, goes_on))
    yours["ledger"] = ledger
    run = RunFolder(folder)
    run.write_json("result.json", yours)
    report = (folder / "report.md").read_text(encoding="utf-8")
    text = with_ledger(report, ledger, yours["mine"])
    run.write_text("report.md", text)
    run.write_text("report.html", page.to_html(text, folder, lab.title))
    return yours


def _entry(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"accuracy": result["test_accuracy"], "seconds": result["facts"].get("training_seconds", result["seconds"])}


def _lab_run(
    lab: Lab, folder: Path, options: list[str], files: Mapping[str, str], console: Console, resume: bool
) -> dict[str, Any]:
    where = ["--resume" if resume else "--run-dir", str(folder)]
    command = [sys.executable, "-m", "groundup", "lab", "run", lab.name, *where, *options]
    environment = {**os.environ, VARIABLE: json.dumps(files)}
    output = sys.stderr if console.stderr else None  # where this command speaks, the child does
    code = _wait(subprocess.Popen(command, env=environment, stdout=output))
    if code == 130:
        raise Interrupted
    result = RunFolder(folder).result
    if code or result is None:
        whose = "your files" if files else "the library"
        raise RuntimeError(
            f"lab run --mine: the run with {whose} ended with exit code {code}; what it said stands above"
        )
    return result


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches the child too, which saves and ends: wait for that."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


NAMES = {"yours": "yours", "ours": "ours", "pytorch": "PyTorch"}


def rows(ledger: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Who, test accuracy, seconds of training."""
    return [(NAMES[who], percent(entry["accuracy"]), f"{entry['seconds']:.2f}") for who, entry in ledger.items()]


def with_ledger(report: str, ledger: Mapping[str, Mapping[str, Any]], used: list[str]) -> str:
    """The report with the ledger before its data."""
    section = "## Yours beside ours\n\n" + table(("", "test accuracy", "seconds of training"), rows(ledger))
    section += f"\n\nYours took the place of {', '.join(used)}; everything else is the library's in both.\n\n"
    before, heading, after = report.partition("## The data\n")
    return before.split("## Yours beside ours\n")[0] + section + heading + after

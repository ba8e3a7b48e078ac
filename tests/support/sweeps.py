"""Small sweeps of binary-classification."""

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from groundup.ops.sweep import Plan, run_sweep
from groundup.ops.sweep.plan import new_plan, read_plan
from groundup.ops.sweep.study import open_study, quiet, trials_of
from groundup.ops.sweep.watch import params_of
from groundup.train import RunFolder

FEW = {"epochs": "3", "batch_size": "64"}


def sweep(folder: Path, **options: Any) -> tuple[dict[str, Any], str]:
    """The result, and what was said."""
    said = io.StringIO()
    asked: dict[str, Any] = {"fixed": FEW, "jobs": 1, "run_dir": folder} | options
    lab = None if "resume" in options else "binary-classification"
    if lab is None:
        asked |= {"run_dir": None, "fixed": None}
    return run_sweep(lab, console=Console(file=said, width=120), **asked), said.getvalue()


def plan_in(folder: Path, trials: int = 4, **options: Any) -> Plan:
    """A new sweep with nothing done yet."""
    asked = {"fixed": FEW, "quick": False, "sampler": "tpe", "pruner": "none"} | options
    plan = new_plan("binary-classification", folder, trials, **asked)
    RunFolder.create(folder, plan.config())
    with quiet():
        open_study(plan, new=True)
    return plan


def tried(folder: Path) -> list[dict[str, Any]]:
    """The settings of every trial of a sweep."""
    plan = read_plan(folder)
    return [params_of(plan, t) for t in trials_of(open_study(plan))]

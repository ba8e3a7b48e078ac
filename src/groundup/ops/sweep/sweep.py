"""Running a sweep: its folder, its workers, its report, its one line of JSON."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from optuna.study import Study
from rich.console import Console

from groundup.ops.sweep.engine import leading, prepare, run_workers
from groundup.ops.sweep.locks import alone
from groundup.ops.sweep.plan import TRIALS, Plan, new_plan, resumed_plan
from groundup.ops.sweep.report import best_rows, conclude, ranked
from groundup.ops.sweep.study import fill_grid, open_study, quiet
from groundup.ops.sweep.trial import find_killed
from groundup.ops.sweep.watch import Watch
from groundup.train import Interrupted, RunFolder
from groundup.train.interrupt import asked_to_stop

LOOK_SECONDS = 0.25


def run_sweep(
    lab: str | None = None,
    *,
    trials: int | None = None,
    jobs: int = -1,
    engine: str = "processes",
    sampler: str | None = None,
    pruner: str | None = None,
    run_dir: Path | None = None,
    resume: Path | None = None,
    fixed: Mapping[str, str] | None = None,
    quick: bool = False,
    console: Console | None = None,
) -> dict[str, Any]:
    """Search a lab's settings, and return what came of it, which ``--json`` prints.

    Raises LookupError for an unknown lab, ValueError for what cannot be swept, RunError for a folder that does not
    fit, Interrupted when asked to stop, RuntimeError where no trial came to its end.
    """
    began = time.perf_counter()
    console = console or Console(highlight=False)
    prepare(engine, jobs)
    with quiet():
        if resume:
            asked = {"sweep": lab, "sampler": sampler, "pruner": pruner, "quick": quick, "fixed": fixed}
            plan = resumed_plan(resume, asked, trials)
            study = open_study(plan)
        else:
            plan, study = _begin(lab, trials, sampler, pruner, run_dir, fixed or {}, quick)
        plan = _queued(study, plan)
        console.print(f"A sweep of {plan.lab}", style="bold")
        console.print(f"run folder: {plan.folder}", markup=False, soft_wrap=True)
        _run(study, plan, jobs, engine, console)
        result = conclude(study, plan, time.perf_counter() - began)
        _show(study, plan, result, console)
    return result


def _begin(
    lab: str | None, trials: int | None, sampler: str | None, pruner: str | None, run_dir: Path | None,
    fixed: Mapping[str, str], quick: bool,
) -> tuple[Plan, Study]:  # fmt: skip
    if lab is None:
        raise ValueError("sweep: expected the name of a lab, or --resume with a folder; `groundup lab list` has names")
    folder = run_dir or Path("runs") / f"{lab}-sweep-{datetime.now():%Y%m%d-%H%M%S}"
    plan = new_plan(
        lab, folder, TRIALS if trials is None else trials, fixed, quick, sampler or "tpe", pruner or "median"
    )
    RunFolder.create(folder, plan.config())
    return plan, open_study(plan, new=True)


def _queued(study: Study, plan: Plan) -> Plan:
    """With killed trials found and the grid queued; a grid ends where all of it is tried."""
    with alone(plan.folder / "claim.lock"):
        find_killed(study, plan)
        return replace(plan, trials=fill_grid(study, plan)) if plan.sampler == "grid" else plan


def _run(study: Study, plan: Plan, jobs: int, engine: str, console: Console) -> None:
    """Workers at work, watched until they end. Raises KeyboardInterrupt, after saying how to go on."""
    stopped = False
    try:
        with (
            ThreadPoolExecutor(1) as thread, leading(plan) as leader, asked_to_stop() as asked,
            Watch(study, plan, console) as watch,
        ):  # fmt: skip
            working = thread.submit(run_workers, plan, leader, jobs, engine)
            while not working.done():
                time.sleep(LOOK_SECONDS)
                watch()
                if asked() and not stopped:
                    stopped = True
                    console.print("Stopping: each trial under way finishes its step and saves.")
                    leader.let_go()
            working.result()
            watch()
        if stopped:
            raise Interrupted
    except KeyboardInterrupt:
        say = f"Stopped; what was done is kept. Go on with: {plan.resume_command()}"
        console.print(say, markup=False, soft_wrap=True)
        raise


def _show(study: Study, plan: Plan, result: Mapping[str, Any], console: Console) -> None:
    from rich.table import Table

    head, rows = best_rows(plan, ranked(study, plan), shown=5)
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in head[:-1]:
        table.add_column(name, no_wrap=" " not in name)
    for row in rows:
        table.add_row(*row[:-1])
    console.print(table)
    for name, share in result["importance"].items():
        console.print(f"{100 * share:5.1f} %  of the difference explained by {name}", highlight=False)
    if result["running"]:
        console.print(
            f"{result['running']} still under way elsewhere; the report is written anew after", soft_wrap=True
        )
    if plan.quick:
        console.print("a quick sweep: a look, no result", soft_wrap=True)
    console.print(f"test the best: {result['command']}", markup=False, soft_wrap=True)
    console.print(f"report: groundup lab report {plan.folder}", markup=False, soft_wrap=True)

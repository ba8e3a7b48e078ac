"""Watching a sweep: a line a finished trial, a bar with the time left, and how a sweep in a folder stands."""

from pathlib import Path
from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from groundup.labs.plots_curves import number
from groundup.ops.sweep.locks import held
from groundup.ops.sweep.plan import Plan, read_plan
from groundup.ops.sweep.study import STATES, open_study, quiet, repeated, trials_of


class Watch:
    """Says what is new each time it is called. Use it as a context: the bar lives inside."""

    def __init__(self, study: Study, plan: Plan, console: Console) -> None:
        self.study, self.plan, self.console = study, plan, console
        self._said = {trial.number for trial in trials_of(study, *STATES)}
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("left:"))
        self._bar = Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=plan.trials)

    def __enter__(self) -> "Watch":
        self._bar.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._bar.stop()

    def __call__(self) -> None:
        trials = trials_of(self.study)
        again = repeated(self.study)
        done = [trial for trial in trials if trial.state in STATES]
        for trial in done:
            if trial.number not in self._said:
                self._said.add(trial.number)
                line = line_of(self.plan, trial, again)
                self.console.print(line, markup=False, highlight=False, soft_wrap=True)
        counted = sum(trial.number not in again for trial in done)
        under_way = sum(trial.state == TrialState.RUNNING for trial in trials)
        said = f"{counted} of {self.plan.trials} trials, {under_way} under way"
        self._bar.update(self._task, completed=counted, description=said)


def line_of(plan: Plan, trial: FrozenTrial, again: dict[int, int]) -> str:
    """ "trial   7   91.3 %   lr 0.031, hidden 64   4.1 s"."""
    return f"trial {trial.number:>3}  {outcome_of(plan, trial, again)}  {tried(plan, trial)}  {seconds_of(trial):.1f} s"


def tried(plan: Plan, trial: FrozenTrial) -> str:
    """ "lr 0.031, hidden 64"."""
    return ", ".join(f"{name} {value}" for name, value in params_of(plan, trial).items())


def outcome_of(plan: Plan, trial: FrozenTrial, again: dict[int, int]) -> str:
    """What came of a finished trial, in words."""
    if trial.state == TrialState.FAIL or trial.value is None:
        return f"failed: {reason_of(trial, again)}"
    pruned = f"pruned after epoch {trial.last_step}" if trial.state == TrialState.PRUNED else ""
    return f"{number(trial.value, plan.objective):>8} {pruned}".rstrip()


def reason_of(trial: FrozenTrial, again: dict[int, int]) -> str:
    """Why a trial failed."""
    how = "stopped" if "stopped" in trial.user_attrs else "killed"
    if trial.number in again:
        return f"{how}, its settings tried again as trial {again[trial.number]}"
    return str(trial.user_attrs.get("reason", f"{how}, again and again"))


def params_of(plan: Plan, trial: FrozenTrial) -> dict[str, Any]:
    """What a trial tried, as it was trained; what was never drawn is left out."""
    return {axis.name: axis.value(trial.params[axis.name]) for axis in plan.space if axis.name in trial.params}


def seconds_of(trial: FrozenTrial) -> float:
    """Spent in training, over all parts of a trial that was stopped; 0 where that is not known."""
    return float(trial.user_attrs.get("seconds", 0.0))


def status(folder: Path) -> dict[str, Any]:
    """How the sweep in a folder stands, without touching it: counts, the best so far, and what runs now."""
    plan = read_plan(folder)
    with quiet():
        study = open_study(plan)
        again, trials = repeated(study), trials_of(study)
    by_state = {state: [t for t in trials if t.state == state and t.number not in again] for state in TrialState}
    running = by_state[TrialState.RUNNING]
    alive = [t.number for t in running if held(plan.trial_folder(t.number) / "run.lock")]
    complete = [t for t in by_state[TrialState.COMPLETE] if t.value is not None]
    best = (max if plan.higher_is_better else min)(complete, key=lambda t: t.value or 0.0, default=None)
    waiting = [t for t in by_state[TrialState.WAITING] if "again" in t.user_attrs]
    return {
        "sweep": plan.lab, "trials": plan.trials, "complete": len(complete),
        "pruned": len(by_state[TrialState.PRUNED]), "failed": len(by_state[TrialState.FAIL]), "running": alive,
        "to_repeat": len(running) - len(alive) + len(waiting), "objective": f"validation {plan.objective}",
        "best": best and {"trial": best.number, "value": best.value, "settings": params_of(plan, best)},
        "run": str(folder),
    }  # fmt: skip

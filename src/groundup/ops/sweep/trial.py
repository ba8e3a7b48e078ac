"""One trial after the other: what a worker does, be it this process, one of joblib's, or one of Ray's.

A trial is claimed under a lock, trained in a folder of its own, and looked at in validation alone. One whose process
was killed is found by the next who claims: it is marked as failed, and its settings are queued again, to go on from
what its folder had saved.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState
from rich.console import Console
from threadpoolctl import threadpool_limits

from groundup.labs import network
from groundup.labs.network import Trained
from groundup.labs.runner import find_lab
from groundup.ops.sweep.locks import alone, held
from groundup.ops.sweep.plan import Plan
from groundup.ops.sweep.study import open_study, quiet, repeated, taken, trials_of
from groundup.train import Callback, Interrupted, Metric, RunFolder, Trainer

KILLS = 3  # that settings are tried in spite of: after that they are to blame
LOOK_SECONDS = 0.5  # between two looks at whether the leader is there
SAVED = ("resume.safetensors", "metrics.jsonl", "data.json")


def work(plan: Plan, leader: Path) -> None:
    """Run trials until there are enough, or until ``leader`` is no longer held."""
    with quiet():
        study = open_study(plan)
        while held(leader):
            with ExitStack() as stack:
                claimed = _claim(study, plan, stack)
                if claimed is None:
                    return
                try:
                    _run(plan, study, *claimed, lambda: held(leader))
                except Interrupted:  # its trial stands as begun, its folder as saved: the next claim finds both
                    claimed[0].set_user_attr("stopped", True)
                    return


def _claim(study: Study, plan: Plan, stack: ExitStack) -> tuple[Trial, dict[str, Any], RunFolder] | None:
    """A trial, its settings, and its folder, locked for as long as ``stack`` lives; None where there are enough."""
    with alone(plan.folder / "claim.lock"):
        find_killed(study, plan)
        if taken(study) >= plan.trials:
            return None
        trial = study.ask()
        params = {axis.name: axis.draw(trial) for axis in plan.space}
        config = {"trial_of": plan.lab, "trial": trial.number, "params": params, "fixed": plan.fixed}
        run = RunFolder.create(plan.trial_folder(trial.number), {**config, "quick": plan.quick})
        if "again" in trial.user_attrs:
            _carry_over(plan.trial_folder(trial.user_attrs["again"]), run.path)
        return trial, params, stack.enter_context(run)


def find_killed(study: Study, plan: Plan) -> None:
    """Mark trials that nobody runs any more as failed, and queue their settings again. Call it under the claim lock."""
    again = repeated(study)
    for trial in trials_of(study, TrialState.RUNNING):
        if held(plan.trial_folder(trial.number) / "run.lock"):
            continue
        kills = trial.user_attrs.get("kills", 0) + (0 if "stopped" in trial.user_attrs else 1)
        if trial.number not in again and kills < KILLS:
            study.enqueue_trial(trial.params, user_attrs={"again": trial.number, "kills": kills})
        study.tell(trial.number, state=TrialState.FAIL)
        _note_killed(plan, trial, kills)


def _note_killed(plan: Plan, trial: FrozenTrial, kills: int) -> None:
    how = "stopped" if "stopped" in trial.user_attrs else "killed"
    then = "its settings are tried again" if kills < KILLS else f"{KILLS} times, so its settings are left"
    run = RunFolder(plan.trial_folder(trial.number))
    run.write_json("result.json", {"state": "failed", "reason": f"{how}; {then}"})


def _carry_over(before: Path, now: Path) -> None:
    """What a stopped trial had saved, so that the next goes on from there."""
    if (before / SAVED[0]).is_file():
        for name in SAVED:
            shutil.copyfile(before / name, now / name)


class Reporter(Callback):
    """Tells the study how an epoch went, ends a trial that is not worth finishing, and stops when nobody leads."""

    def __init__(self, trial: Trial, run: RunFolder, plan: Plan, led: Callable[[], bool]) -> None:
        self.trial, self.run, self.plan, self.led = trial, run, plan, led
        self.pruned = False
        self._reported = 0  # epochs
        self._look_at = time.monotonic() + LOOK_SECONDS

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        if time.monotonic() > self._look_at:
            if not self.led():
                raise Interrupted
            self._look_at = time.monotonic() + LOOK_SECONDS

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        if metric is None or trainer.epoch == 0:
            return
        if self._reported == 0 and trainer.epoch > 1:  # it goes on: what came before is on file
            for earlier in self.run.metrics():
                if earlier.split == "val" and 0 < earlier.epoch < trainer.epoch:
                    self.trial.report(value_of(self.plan, earlier), earlier.epoch)
        self.trial.report(value_of(self.plan, metric), trainer.epoch)
        self._reported = trainer.epoch
        if not trainer.over and self.trial.should_prune():
            self.pruned = True
            trainer.stop(f"pruned after epoch {trainer.epoch}: others had done better by then")


def value_of(plan: Plan, metric: Metric) -> float:
    """What the sweep is after, of one look at the validation rows."""
    return float(metric.accuracy or 0.0) if plan.objective == "accuracy" else metric.loss


def _run(
    plan: Plan, study: Study, trial: Trial, params: dict[str, Any], run: RunFolder, led: Callable[[], bool]
) -> None:
    """Train, and tell the study and the folder what came of it; a trial that fails does not end the sweep."""
    reporter = Reporter(trial, run, plan, led)
    try:
        trained = _train(plan, params, run, reporter)
    except OSError:  # a full disk is no fault of these settings
        raise
    except Exception as error:
        reason = str(error) if isinstance(error, ValueError | RuntimeError) else f"{type(error).__name__}: {error}"
        trial.set_user_attr("reason", reason)
        run.write_json("result.json", {"state": "failed", "reason": reason})
        study.tell(trial, state=TrialState.FAIL)
        return
    value = value_of(plan, trained.best())
    facts = {key: fact for key, fact in trained.facts().items() if key != "test_loss"}
    state = "pruned" if reporter.pruned else "complete"
    run.write_json("result.json", {"state": state, "value": value, **facts})
    trial.set_user_attr("best_epoch", trained.best_epoch)
    trial.set_user_attr("seconds", round(trained.seconds, 3))
    if reporter.pruned:
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, value)


def _train(plan: Plan, params: dict[str, Any], run: RunFolder, reporter: Reporter) -> Trained:
    settings: Any = plan.settings(params)
    run.write_json("settings.json", asdict(settings))
    task: Callable[[Any], Any] = find_lab(plan.lab).task  # type: ignore[assignment]  # the plan was refused without one
    with (run.path / "log.txt").open("a", encoding="utf-8") as log, threadpool_limits(1, "blas"):
        return network.fit(run, settings, task(settings), Console(file=log, width=100), [reporter])

"""Trials: settings tried on the training part and judged by validation, without a folder of their own.

A trial is a second or two of training, of which a figure an epoch is kept, in trials.jsonl of the run's folder: a
search that was killed goes on with the trial it was at. The test part is not touched. With v(t) the validation loss
after epoch t, and v(0) that before training,

    (1)  score = min v(t) over t > 0
    (2)  diverged, where a loss is no number, or v(T) > v(0) after the last epoch T
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from groundup.labs.network import NetworkSettings, learner_of, loader_of
from groundup.labs.task import Task
from groundup.train import Callback, DivergedError, Metric, RunFolder, Trainer

FILE = "trials.jsonl"
Callbacks = Callable[[Any], Sequence[Callback]]  # of a trial's settings


@dataclass(frozen=True)
class Trial:
    """One of a ``group``: validation loss and accuracy before training and after each epoch, as far as it came."""

    group: str
    settings: dict[str, Any]
    losses: list[float]
    accuracies: list[float]
    failed: bool = False  # a loss was no number

    @property
    def diverged(self) -> bool:
        """Eq. 2."""
        return self.failed or self.losses[-1] > self.losses[0]

    @property
    def score(self) -> float:
        """Eq. 1; infinite where it diverged."""
        return float("inf") if self.diverged else min(self.losses[1:])

    @property
    def accuracy(self) -> float:
        """In validation, after the epoch of the score; after the last where it diverged."""
        return self.accuracies[-1 if self.diverged else self.losses.index(self.score)]


class _Kept(Callback):
    """What validation said."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.accuracies: list[float] = []

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        if metric is not None:
            self.losses.append(metric.loss)
            self.accuracies.append(metric.accuracy or 0.0)


def run_trials(
    run: RunFolder,
    group: str,
    asked: Sequence[NetworkSettings],
    task: Task,
    console: Console,
    callbacks: Callbacks = lambda settings: (),
) -> list[Trial]:
    """Each of the settings tried at a constant rate, or read where it was tried before."""
    done = read_trials(run.path)
    known = {(trial.group, json.dumps(trial.settings)): trial for trial in done}
    found = []
    for i, settings in enumerate(asked, 1):
        trial = known.get((group, json.dumps(asdict(settings))))
        if trial is None:
            trial = _try(group, settings, task, callbacks(settings))
            done.append(trial)
            run.write_text(FILE, "".join(json.dumps(asdict(t)) + "\n" for t in done))  # whole or not at all
        found.append(trial)
        said = (
            "diverged" if trial.diverged else f"validation loss {trial.score:.4f}, accuracy {max(trial.accuracies):.1%}"
        )
        console.print(f"{group}, trial {i} of {len(asked)}: {said}", highlight=False, markup=False)
    return found


def _try(group: str, settings: NetworkSettings, task: Task, callbacks: Sequence[Callback]) -> Trial:
    kept, failed = _Kept(), False
    trainer = Trainer(
        learner_of(settings, task), loader_of(settings, task), measure=task.measure,
        val=(task.x["val"], task.target["val"]), callbacks=[*callbacks, kept],
    )  # fmt: skip
    try:
        trainer.fit(settings.epochs)
    except DivergedError:
        failed = True
    return Trial(group, asdict(settings), kept.losses, kept.accuracies, failed)


def read_trials(folder: Path, group: str = "") -> list[Trial]:
    """The trials of a run, or those of one of its groups."""
    file = folder / FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    trials = [Trial(**json.loads(line)) for line in lines]
    return [trial for trial in trials if group in ("", trial.group)]

"""Optuna's part: the study, which settings come next, which trials are not worth finishing.

The study lies in SQLite: a transaction is there whole or not at all, and its lock goes with its holder, so a kill -9
spoils nothing. (Optuna's journal file would be left with half a line, and a lock that others wait half a minute for.)

Each trial is sampled by a generator of its own, seeded by the sweep's seed and how many settings were drawn before
(those that are tried again after a kill count once). So with one worker the same plan tries the same settings.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from groundup.ops.sweep.plan import Plan
from groundup.ops.sweep.space import grid_of

try:
    import optuna
except ImportError as error:
    raise ImportError(
        "groundup sweep: expected Optuna, which is not installed; pip install 'groundup[sweep]'"
    ) from error

from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

STATES = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
LOCK_SECONDS = 60  # that a writer waits for another


class SeededSampler(BaseSampler):
    """Optuna's TPE or random sampler, begun anew for each trial from the sweep's seed and the trial's place."""

    def __init__(self, kind: type[TPESampler] | type[RandomSampler], seed: int) -> None:
        self.kind, self.seed = kind, seed
        self._sampler: BaseSampler = kind(seed=seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        place = trial.number - sum("again" in t.user_attrs for t in trials_of(study) if t.number < trial.number)
        drawn = np.random.SeedSequence([self.seed, place]).generate_state(1)[0]
        self._sampler = self.kind(seed=int(drawn))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        self._sampler.after_trial(study, trial, state, values)


def pruner_of(name: str) -> BasePruner:
    """median: worse than half of the others so far; halving: not among the best third after 1, 3, 9, ... epochs."""
    if name == "median":
        return MedianPruner(n_startup_trials=4, n_warmup_steps=2)
    if name == "halving":
        return SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
    return NopPruner()


@contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's line a trial: we say our own. Its warnings are heard."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def open_study(plan: Plan, *, new: bool = False) -> Study:
    """The study in the plan's folder; ``new`` makes it, or finds one that was made."""
    study = optuna.create_study if new else optuna.load_study
    options: dict[str, Any] = {"load_if_exists": True, "direction": "maximize" if plan.higher_is_better else "minimize"}
    kind = TPESampler if plan.sampler == "tpe" else RandomSampler
    return study(
        study_name=plan.lab, storage=_storage(plan.folder / "study.sqlite"), sampler=SeededSampler(kind, plan.seed),
        pruner=pruner_of(plan.pruner), **(options if new else {}),
    )  # fmt: skip


def _storage(file: Path) -> optuna.storages.RDBStorage:
    wait = {"connect_args": {"timeout": LOCK_SECONDS}}
    url = f"sqlite:///{file.resolve().as_uri()}?uri=true"  # quoted: a folder may have a ? or a brace in its name
    return optuna.storages.RDBStorage(url, engine_kwargs=wait)


def trials_of(study: Study, *states: TrialState) -> list[FrozenTrial]:
    """Every trial, or those in one of the states."""
    return study.get_trials(deepcopy=False, states=states or None)


def repeated(study: Study) -> dict[int, int]:
    """By the number of a trial that was killed: that of the one which tries its settings again."""
    trials = trials_of(study)
    return {trial.user_attrs["again"]: trial.number for trial in trials if "again" in trial.user_attrs}


def taken(study: Study) -> int:
    """How many trials count: begun or finished, and not tried again under another number."""
    again = repeated(study)
    return sum(trial.state != TrialState.WAITING and trial.number not in again for trial in trials_of(study))


def fill_grid(study: Study, plan: Plan) -> int:
    """Put the points of the grid in the queue, up to ``plan.trials``; how many trials there can be."""
    grid = grid_of(plan.space, plan.seed)
    enough = min(plan.trials, len(grid))
    there = sum("again" not in trial.user_attrs for trial in trials_of(study))
    for point in itertools.islice(grid, there, enough):
        study.enqueue_trial(point)
    return enough

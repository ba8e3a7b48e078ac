"""optimisers: seven rules on the same network and the same batches, each at its own best learning rate.

The rates of two rules cannot be compared, so each rule gets the same trials, one for every rate of one grid, and is
judged at the best of them. Adam is then tuned further, by a random search over its rate, both its means, ε and weight
decay. All this is judged by validation alone (``trials``, Eqs. 1 and 2). Last, each rule at its best is trained once
more, at a constant rate as in the trials, and tested once. What is compared besides is the number of steps until

    (1)  v(t) ≤ g,        g the lowest validation loss of the rule that comes least far: all of them reach it

Source of random search: Bergstra and Bengio, JMLR 13 (2012).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from groundup.core import expect_in, expect_positive
from groundup.labs import optimisers_report, study
from groundup.labs.blueprint import Blueprint, stack
from groundup.labs.few import FewSettings, few_pictures
from groundup.labs.lab import Lab, Outcome
from groundup.labs.task import Task
from groundup.labs.trials import Trial, run_trials
from groundup.train import DivergedError, RunFolder

RULES = {
    "SGD": "sgd", "momentum": "momentum", "Nesterov": "nesterov", "Adagrad": "adagrad", "RMSProp": "rmsprop",
    "Adam": "adam", "AdamW": "adamw",
}  # fmt: skip
ADAMW_DECAY = 0.01
SPACE = {  # of the search, in powers of ten
    "lr": (-4.0, -1.5),
    "1 - beta1": (-1.5, -0.3),
    "1 - beta2": (-4.0, -1.0),
    "eps": (-9.0, -3.0),
    "weight decay": (-7.0, -2.0),
}


@dataclass(frozen=True)
class OptimiserSettings(FewSettings):
    """``rates`` of the grid from ``lowest`` to ``highest``, evenly in the logarithm; ``trials`` of the search.

    ``beta1``, ``beta2`` and ``eps`` are Adam's. Rule and rate are the lab's to set, whatever is asked for.
    """

    epochs: int = 8
    batch_size: int = 64
    rows: int = 4_000
    hidden: int = 128
    optimiser: str = "adam"
    lr: float = 1e-3
    rates: int = 9
    lowest: float = 1e-4
    highest: float = 1.0
    trials: int = 24
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", hidden=self.hidden, rates=self.rates, trials=self.trials)
        expect_in("lab", "lowest", self.lowest, 1e-12, self.highest)
        for name in ("beta1", "beta2"):
            expect_in("lab", name, getattr(self, name), 0.0, 1.0)
        if self.schedule != "constant" or self.patience:
            raise ValueError(
                "lab optimisers: expected a constant rate and patience 0, got "
                f"schedule {self.schedule} and patience {self.patience}; rates are what it compares"
            )

    def optimiser_options(self) -> tuple[str, dict[str, Any]]:
        """As of every network; Adam's means and ε besides."""
        name, options = super().optimiser_options()
        own = {"betas": (self.beta1, self.beta2), "eps": self.eps} if name in ("Adam", "AdamW") else {}
        return name, options | own

    def grid(self) -> list[float]:
        """The rates that every rule is tried at, in one figure."""
        return [float(f"{rate:.0e}") for rate in np.geomspace(self.lowest, self.highest, self.rates)]


def net(settings: OptimiserSettings, pixels: int, classes: int) -> Blueprint:
    """One hidden layer."""
    return stack(("Linear", pixels, settings.hidden), ("ReLU",), ("Linear", settings.hidden, classes), start="he")


def task(settings: OptimiserSettings) -> Task:
    """The digits, and the same network for every rule."""
    return few_pictures(settings, net)


def tried(settings: OptimiserSettings, rule: str) -> list[OptimiserSettings]:
    """A rule at every rate of the grid. AdamW decays weights, as it does unasked in PyTorch: without, it is Adam."""
    decay = ADAMW_DECAY if rule == "AdamW" else settings.weight_decay
    return [replace(settings, optimiser=RULES[rule], lr=lr, weight_decay=decay) for lr in settings.grid()]


def drawn(settings: OptimiserSettings) -> list[OptimiserSettings]:
    """Adam at random: each of its settings drawn evenly in the logarithm, independently of the others."""
    rng, found = settings.rng("search"), []
    for _ in range(settings.trials):
        lr, slow, slower, eps, decay = (float(f"{10 ** rng.uniform(*ends):.2g}") for ends in SPACE.values())
        adam = replace(settings, optimiser="adam", lr=lr, beta1=1 - slow, beta2=1 - slower, eps=eps, weight_decay=decay)
        found.append(adam)
    return found


def best_of(trials: list[Trial], who: str) -> Trial:
    """The lowest score. Raises DivergedError where all diverged."""
    best = min(trials, key=lambda trial: trial.score)
    if best.diverged:
        raise DivergedError(
            f"lab optimisers: expected a rate at which {who} learns, got none; try a lower --set lowest"
        )
    return best


def run(folder: RunFolder, settings: OptimiserSettings, console: Console) -> Outcome:
    """The grid, the search, then each rule at its best."""
    digits = task(settings)
    grid = {rule: run_trials(folder, rule, tried(settings, rule), digits, console) for rule in RULES}
    best = {rule: best_of(trials, rule) for rule, trials in grid.items()}
    search = run_trials(folder, optimisers_report.SEARCH, drawn(settings), digits, console)
    best[optimisers_report.TUNED] = best_of([best["Adam"], *search], "Adam")
    asked = {name: replace(settings, **_chosen(trial.settings)) for name, trial in best.items()}
    arms = study.run_arms(folder, asked, lambda _: digits, console)
    outcome = digits.outcome(study.scores(arms))
    outcome.facts = {
        "training_seconds": study.mean_seconds(arms),
        "chosen": {name: _chosen(trial.settings) for name, trial in best.items()},
    }
    optimisers_report.write(folder, outcome, grid, search, best, arms)
    return outcome


def _chosen(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: settings[key] for key in ("optimiser", "lr", "beta1", "beta2", "eps", "weight_decay")}


def together(folders: list[Path], figures: Path) -> Any:
    """The same figures over the seeds."""
    return optimisers_report.draw(folders, figures)


LAB = Lab(
    name="optimisers",
    title="Seven optimisers, each at its best learning rate",
    covers=("03.08",),
    about="How far do SGD, momentum, Nesterov, Adagrad, RMSProp, Adam and AdamW come on the same batches when each has "
    "the same number of trials to find its rate, and what does tuning Adam further bring?",
    expects="Close results at the best rates, which lie a factor of a hundred apart; fewer steps with momentum or with "
    "adaptive rates than with plain SGD; little from more tuning of Adam.",
    settings=OptimiserSettings,
    run=run,
    quick={"epochs": 2, "rows": 800, "hidden": 32, "rates": 5, "trials": 5},
    task=task,
    together=together,
    space={
        "lr": (1e-4, 1e-1, "log"),
        "beta1": (0.5, 0.97),
        "beta2": (0.9, 0.9999),
        "eps": (1e-9, 1e-3, "log"),
        "weight_decay": (1e-7, 1e-2, "log"),
    },
)

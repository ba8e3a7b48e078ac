"""regularisation: what holds a network back from learning few digits by heart, one technique at a time, then together.

Every arm has the same network, initial weights, batches and steps, and differs from the plain one in a single thing:

    L2                weights decay: the gradient has λ w added
    L1                after each step  w ← sign(w) max(|w| - η λ, 0)        optim.penalty, Eq. 4
    dropout           hidden units are left out at random
    batch norm        each hidden unit to mean 0 and deviation 1 over the batch
    label smoothing   the target of the true class is 1 - ε + ε/K, of every other ε/K
    augmentation      the digits are turned, moved, scaled and slanted at random, anew each time
    early stopping    training ends when validation no longer improves

The epoch is chosen by validation accuracy in all of them, so every arm has what early stopping gives but the time. What
one has without any choice, the weights of the plain arm's last epoch, is shown beside.

The combined arm begins with batch norm. The techniques that alone beat the plain arm in validation are tried one after
the other, the best first, and each stays that raises the validation accuracy. From this arm batch norm is then taken
away; or the optimiser is another; or the rate is.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from groundup.core import expect_in, expect_positive
from groundup.labs import regularisation_report, study
from groundup.labs.blueprint import Blueprint, stack
from groundup.labs.few import FewSettings, ended, few_pictures, for_arm
from groundup.labs.lab import Lab, Outcome
from groundup.labs.regularisation_report import COMBINED, PLAIN
from groundup.labs.study import Arm
from groundup.labs.task import Task
from groundup.labs.trials import run_trials
from groundup.train import Callback, Metric, RunFolder, Trainer

TECHNIQUES: dict[str, dict[str, Any]] = {
    "L2": {"weight_decay": 0.005},
    "L1": {"l1": 0.01},
    "dropout": {"dropout": 0.3},
    "batch norm": {"batch_norm": True},
    "label smoothing": {"label_smoothing": 0.1},
    "augmentation": {"augment": "affine"},
    "early stopping": {"patience": 8},
}


@dataclass(frozen=True)
class RegularisationSettings(FewSettings):
    """The arms set what is theirs. The rate is constant, for the trials' is."""

    epochs: int = 50
    batch_size: int = 50
    lr: float = 0.01
    select: str = "accuracy"  # with smoothed labels the loss is another, so losses of arms cannot be compared
    hidden: int = 256
    l1: float = 0.0
    dropout: float = 0.0
    batch_norm: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", hidden=self.hidden)
        expect_in("lab", "l1", self.l1, 0.0)
        expect_in("lab", "dropout", self.dropout, 0.0, 1.0)
        if self.schedule != "constant":
            raise ValueError(
                f"lab regularisation: expected a constant rate, got {self.schedule}; leave --set schedule out"
            )


def net(settings: RegularisationSettings, pixels: int, classes: int) -> Blueprint:
    """Two hidden layers, with what is asked between them; the weights begin the same whatever that is."""
    h = settings.hidden
    layers: list[tuple[Any, ...]] = []
    for width in (pixels, h):
        norm = [("BatchNorm1d", h)] if settings.batch_norm else []
        layers += [("Linear", width, h), *norm, ("ReLU",), ("Dropout", settings.dropout)]
    return stack(*layers, ("Linear", h, classes), start="he")


def task(settings: RegularisationSettings) -> Task:
    """Few digits."""
    return few_pictures(settings, net)


class Lasso(Callback):
    """L1 by the proximal step after each of the optimiser's, in NumPy and in PyTorch."""

    def __init__(self, strength: float, backend: str) -> None:
        self.strength = strength
        self._penalty = importlib.import_module(
            "groundup.optim.penalty" + (".torch_twin" if backend == "torch" else "")
        )

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        weights = self._penalty.weights(trainer.learner.model)
        self._penalty.Penalty(weights, l1=self.strength).shrink(trainer.learner.lr)


def lasso(settings: RegularisationSettings) -> list[Callback]:
    """L1, where it is asked for."""
    return [Lasso(settings.l1, settings.backend)] if settings.l1 else []


def candidates(val: Mapping[str, float]) -> list[str]:
    """By validation accuracies, what alone beats the plain arm, the best first; batch norm and stopping are apart."""
    apart = ("batch norm", "early stopping")
    better = [name for name in TECHNIQUES if name in val and val[name] > val[PLAIN] and name not in apart]
    return sorted(better, key=lambda name: -val[name])


def combined(
    folder: RunFolder, settings: RegularisationSettings, val: Mapping[str, float], digits: Task, console: Console
) -> tuple[RegularisationSettings, list[str]]:
    """Batch norm and what raises its validation accuracy, by trials; and the names of the parts."""
    best, chosen, goal = replace(settings, **TECHNIQUES["batch norm"]), ["batch norm"], val.get("batch norm", 0.0)
    for name in candidates(val):
        asked = replace(best, **TECHNIQUES[name])
        rows = for_arm(digits, asked, net)
        trial = run_trials(folder, f"with {name}", [asked], rows, console, lasso)[0]
        if max(trial.accuracies) > goal:
            best, goal = asked, max(trial.accuracies)
            chosen.append(name)
    return best, chosen


def run(folder: RunFolder, settings: RegularisationSettings, console: Console) -> Outcome:
    """Each technique alone, then together, then the ablations."""
    digits = task(settings)
    asked = {PLAIN: settings} | {name: replace(settings, **change) for name, change in TECHNIQUES.items()}
    arms = _train(folder, asked, digits, console)
    val = {name: arm.facts["val_accuracy"] for name, arm in ended(arms, PLAIN).items()}
    best, chosen = combined(folder, settings, val, digits, console)
    more = {COMBINED: best} | ablations(best)
    arms |= _train(folder, more, digits, console)
    tasks = {name: for_arm(digits, each, net) for name, each in (asked | more).items()}
    return regularisation_report.outcome_of(folder, asked | more, tasks, arms, chosen, ablations(best))


def _train(
    folder: RunFolder, asked: Mapping[str, RegularisationSettings], digits: Task, console: Console
) -> dict[str, Arm]:
    return study.run_arms(
        folder, asked, lambda arm: for_arm(digits, arm, net), console, lambda name, _: lasso(asked[name])
    )


def ablations(best: RegularisationSettings) -> dict[str, RegularisationSettings]:
    """The combined arm, with one thing changed."""
    return {
        "without batch norm": replace(best, batch_norm=False),
        "with Adam, rate 0.001": replace(best, optimiser="adam", lr=1e-3),
        "rate x 0.1": replace(best, lr=best.lr / 10),
        "rate x 10": replace(best, lr=best.lr * 10),
    }


def together(folders: list[Path], figures: Path) -> Any:
    """The same figures over the seeds."""
    return regularisation_report.draw([(RunFolder(f).result or {})["facts"]["verdicts"] for f in folders], figures)


LAB = Lab(
    name="regularisation",
    title="Regularisation: seven techniques against learning by heart",
    covers=("03.09",),
    about="Which techniques help a network that learns from 1,000 digits with digits it has not seen, which "
    "differences are more than chance, and what is the best model without batch norm, with another optimiser, at other "
    "rates?",
    expects="The most from augmentation, which alone adds what the 1,000 digits do not show; less from dropout and "
    "batch norm; from penalties, smoothing and early stopping differences that these rows cannot tell from none.",
    settings=RegularisationSettings,
    run=run,
    quick={"epochs": 3, "rows": 400, "hidden": 64, "lr": 0.02},
    task=task,
    together=together,
    space={
        "lr": (0.0005, 0.05, "log"),
        "weight_decay": (1e-4, 1e-1, "log"),
        "l1": (1e-6, 1e-2, "log"),
        "dropout": (0.0, 0.7),
        "label_smoothing": (0.0, 0.3),
    },
)

"""dropout: the same network with and without it, on few digits.

In training, dropout keeps each unit with probability 1 - p and divides what it keeps by 1 - p; in evaluation it does
nothing. The loss of a training batch is therefore measured on a thinned network, that of validation on the whole one.
To set one beside the other, the training rows are measured a second time after each epoch as validation is: on the
whole network. The gap is

    (1)  gap = validation loss - training loss,        both without dropout
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from groundup.core import expect_in, expect_positive
from groundup.labs import study
from groundup.labs.blueprint import Blueprint, stack
from groundup.labs.few import FewSettings, ended, few_pictures, for_arm, interval, reached, within
from groundup.labs.lab import Figure, Lab, Outcome, percent
from groundup.labs.plots_arms import arms_dots
from groundup.labs.plots_curves import arms_curves
from groundup.labs.report import table
from groundup.labs.study import Arm
from groundup.labs.task import Task
from groundup.train import Callback, Metric, RunFolder, Trainer

ARMS = {  # the rate on hidden units, and on the pixels
    "no dropout": (0.0, 0.0),
    "rate 0.2": (0.2, 0.0),
    "rate 0.5": (0.5, 0.0),
    "rate 0.5, input 0.2": (0.5, 0.2),
}
PLAIN, WHOLE = "no dropout", "whole.json"


@dataclass(frozen=True)
class DropoutSettings(FewSettings):
    """``dropout`` and ``dropout_input`` are set by the arms."""

    epochs: int = 60
    batch_size: int = 50
    lr: float = 0.005
    hidden: int = 512
    dropout: float = 0.0
    dropout_input: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", hidden=self.hidden)
        for name in ("dropout", "dropout_input"):
            expect_in("lab", name, getattr(self, name), 0.0, 1.0)


def net(settings: DropoutSettings, pixels: int, classes: int) -> Blueprint:
    """Two hidden layers. A layer of dropout is there in every arm, so that all begin with the same weights."""
    h, drop = settings.hidden, ("Dropout", settings.dropout)
    return stack(
        ("Dropout", settings.dropout_input), ("Linear", pixels, h), ("ReLU",), drop,
        ("Linear", h, h), ("ReLU",), drop, ("Linear", h, classes), start="he",
    )  # fmt: skip


def task(settings: DropoutSettings) -> Task:
    """Few digits."""
    return few_pictures(settings, net)


class Whole(Callback):
    """The training rows after each epoch, measured on the whole network: whole.json in the arm's folder."""

    def __init__(self, folder: RunFolder, rows: Task) -> None:
        self.folder, self.rows = folder, rows
        self.curves: dict[str, list[float]] = {"loss": [], "accuracy": []}

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        loss, accuracy, _ = trainer.evaluate(self.rows.x["train"], self.rows.target["train"])
        self.curves["loss"].append(loss)
        self.curves["accuracy"].append(accuracy or 0.0)
        self.folder.write_json(WHOLE, self.curves)

    def state(self) -> dict[str, Any]:
        return {name: list(values) for name, values in self.curves.items()}

    def restore(self, state: dict[str, Any]) -> None:
        self.curves = state


def whole(folder: Path, what: str) -> list[float]:
    """What ``Whole`` wrote: "loss" or "accuracy" before training and after each epoch."""
    curves: dict[str, list[float]] = RunFolder(folder).read_json(WHOLE)
    return curves[what]


@dataclass(frozen=True)
class Look:
    """What an arm came to, on the whole network."""

    lowest: float  # validation loss
    epoch: int  # of the lowest
    last: float  # validation loss after the last epoch
    gap: float  # Eq. 1, after the last epoch
    caught_up: int | None  # the epoch after which it is first as low as the plain arm ever was
    seconds: float  # an epoch

    @classmethod
    def of(cls, arm: Arm, plain: Arm) -> "Look":
        """Out of the arm's folder."""
        losses = arm.curve("val", "loss")
        lowest, last = min(losses), losses[-1]
        return cls(
            lowest, losses.index(lowest), last, last - whole(arm.folder, "loss")[-1],
            reached(losses, min(plain.curve("val", "loss"))),
            arm.facts["training_seconds"] / (len(losses) - 1),
        )  # fmt: skip


def run(folder: RunFolder, settings: DropoutSettings, console: Console) -> Outcome:
    """Each arm from the same weights on the same batches."""
    digits = task(settings)
    asked = {name: replace(settings, dropout=rate, dropout_input=pixels) for name, (rate, pixels) in ARMS.items()}
    arms = study.run_arms(
        folder, asked, lambda arm: for_arm(digits, arm, net), console, lambda _, arm: [Whole(arm, digits)]
    )
    looks = {name: Look.of(arm, arms[PLAIN]) for name, arm in ended(arms, PLAIN).items()}
    outcome = digits.outcome(study.scores(arms))
    for name, look in looks.items():
        outcome.measures |= {
            f"{name}: gap in loss after the last epoch": look.gap,
            f"{name}: lowest validation loss": look.lowest,
            f"{name}: epochs to the lowest": look.epoch,
        }
    outcome.facts = {
        "training_seconds": study.mean_seconds(arms),
        "arms": {name: arm.facts for name, arm in arms.items()},
    }
    outcome.tables = [_table(looks, arms, digits.sizes["test"])]
    outcome.figures = _draw([folder.path], folder.path / "figures", digits.sizes["test"])
    _say(looks, arms, outcome)
    return outcome


def _table(looks: Mapping[str, Look], arms: Mapping[str, Arm], rows: int) -> str:
    goal = looks[PLAIN].lowest
    head = (
        "arm",
        "lowest loss",
        "epoch",
        "loss at last",
        "gap",
        f"epochs to {goal:.3f}",
        "ms an epoch",
        "test",
        "95 %",
    )
    lines = [
        (
            name, f"{look.lowest:.3f}", str(look.epoch), f"{look.last:.3f}", f"{look.gap:.3f}",
            "never" if look.caught_up is None else str(look.caught_up), f"{1000 * look.seconds:.0f}",
            percent(arms[name].accuracy), within(interval(arms[name].accuracy, rows)),
        )
        for name, look in looks.items()
    ]  # fmt: skip
    return (
        "The lowest validation loss and its epoch; the validation loss after the last epoch and its gap to that of the "
        "training rows; the epochs until it was first at the plain arm's lowest; the test accuracy.\n\n"
        f"{table(head, lines)}"
    )


def _draw(folders: Sequence[Path], figures: Path, rows: int = 0) -> list[Figure]:
    """Over the seeds; ``rows`` of the test part give the accuracies of one seed their intervals."""
    studies = [study.read_arms(folder) for folder in folders]
    val = study.over_seeds(folders, "val", "loss")
    train = {name: [whole(arms[name].folder, "loss") for arms in studies] for name in val}
    gaps = {name: [v[-1] - t[-1] for v, t in zip(val[name], train[name], strict=True)] for name in val}
    accuracies = {name: [arms[name].accuracy for arms in studies] for name in val}
    intervals = {name: interval(values[0], rows) for name, values in accuracies.items()} if rows else None
    first = 1 + len(val[PLAIN][0]) // 15  # the fall of the first epochs is so deep that little else would be seen
    late, later = ({name: [c[first:] for c in curves] for name, curves in arms.items()} for arms in (train, val))
    curves = arms_curves(late, later, figures / "losses", what="loss", least=True, first=first)
    said = f"{curves.caption} They begin after epoch {first}. Both are measured on the whole network, without dropout."
    return [
        Figure(curves.stem, said),
        arms_dots(gaps, figures / "gaps", what="gap between the losses after the last epoch", least=True),
        arms_dots(accuracies, figures / "accuracies", what="test accuracy", intervals=intervals),
    ]


def together(folders: list[Path], figures: Path) -> list[Figure]:
    """The same figures over the seeds."""
    return _draw(folders, figures)


def _say(looks: Mapping[str, Look], arms: Mapping[str, Arm], outcome: Outcome) -> None:
    plain, others = looks[PLAIN], {name: look for name, look in looks.items() if name != PLAIN}
    outcome.happened = [
        f"Without dropout the validation loss was lowest after epoch {plain.epoch}, at {plain.lowest:.3f}, and "
        f"{plain.last:.3f} at the end; the loss on the training rows was then {plain.last - plain.gap:.3f}: "
        f"a gap of {plain.gap:.3f}.",
        *(_against(name, look, plain, arms) for name, look in others.items()),
    ]
    outcome.happened += [_thinned(name, arms[name], look) for name, look in others.items() if "input" in name]
    outcome.further = [
        "`--set rows=4000` gives it more digits: how much is left of the gap, and of what dropout brings?",
        "`--set epochs=200`: does the arm with the highest rate catch up with what it costs?",
        "`--set lr=0.02`: all arms have the same rate here, none its own best. What is left of dropout's lead when the "
        "plain arm takes longer steps?",
    ]
    outcome.notes.append("All arms have one learning rate: the best for one of them need not be the best for another.")
    outcome.notes.append("The test part is larger than the training part on purpose: it makes the intervals narrow.")


def _against(name: str, look: Look, plain: Look, arms: Mapping[str, Arm]) -> str:
    """One arm beside the plain one, in a sentence."""
    ahead = 100 * (arms[name].accuracy - arms[PLAIN].accuracy)
    cost = (
        f"was as low as that after epoch {look.caught_up}" if look.caught_up is not None else "never was as low as that"
    )
    side = "above" if ahead >= 0 else "below"
    return (
        f"With {name} the validation loss {cost}; its own lowest, {look.lowest:.3f}, came after epoch {look.epoch}, "
        f"{look.epoch / max(plain.epoch, 1):.1f} times as late as without. The gap at the end was {look.gap:.3f}, and "
        f"the test accuracy {abs(ahead):.1f} points {side} that without dropout."
    )


def _thinned(name: str, arm: Arm, look: Look) -> str:
    """What the usual curve of the training loss would have shown."""
    return (
        f"With {name} the batches of the last epoch had a mean loss of {arm.curve('train', 'loss')[-1]:.3f} on the "
        f"thinned network; after it, the same rows had {look.last - look.gap:.3f} on the whole one. Only the second "
        "can be set beside the validation loss."
    )


LAB = Lab(
    name="dropout",
    title="Dropout: the same network with and without it",
    covers=("03.07",),
    about="A network of 670,000 weights learns 1,000 digits by heart. What does dropout do to the gap between training "
    "and validation, and what does it cost?",
    expects="A smaller gap and a lower validation loss, up to about a point more test accuracy, and more epochs until "
    "the validation loss is lowest.",
    settings=DropoutSettings,
    run=run,
    quick={"epochs": 4, "rows": 400, "hidden": 128},
    task=task,
    together=together,
    space={"lr": (0.005, 0.1, "log"), "dropout": (0.0, 0.7), "dropout_input": (0.0, 0.4), "hidden": [128, 256, 512]},
)

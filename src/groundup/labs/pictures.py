"""What the labs share that train a network to tell pictures apart: the task, the run, the figures, the words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console

from groundup.core import Array, expect_in
from groundup.data import load
from groundup.labs import network, plots, report
from groundup.labs.baselines import LOGISTIC, baselines
from groundup.labs.blueprint import Blueprint, concept
from groundup.labs.lab import Outcome, percent
from groundup.labs.network import NetworkSettings, Trained
from groundup.labs.task import Task, pictures_of
from groundup.nn.activation import softmax
from groundup.nn.loss import CrossEntropyLoss
from groundup.train import RunFolder, class_accuracy
from groundup.train.metrics import confusion, wilson_interval
from groundup.train.metrics.summary import report as measured
from groundup.train.metrics.summary import table as measured_table

BASELINE_ROWS = 5_000  # pictures that logistic regression is fitted to; more would take longer than the network


@dataclass(frozen=True)
class PictureSettings(NetworkSettings):
    """``data`` is a data set of pictures by name, or a folder of one's own.

    ``rows`` is how many pictures to train on, ``held_out`` how many at most to validate and to test on; 0 for all.
    """

    data: str = "mnist"
    rows: int = 0
    held_out: int = 0
    batch_size: int = 64
    channels: tuple[int, ...] = (32, 64)
    hidden: int = 128
    dropout: float = 0.5
    batch_norm: bool = False
    padding: int = 0
    blocks: int = 1
    label_smoothing: float = 0.0
    select: str = "accuracy"

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_in("lab", "rows", self.rows, 0)
        expect_in("lab", "held_out", self.held_out, 0)
        expect_in("lab", "label_smoothing", self.label_smoothing, 0.0, 1.0)


def net(settings: PictureSettings, pictures: Array, classes: int) -> Blueprint:
    """The course's CNN for pictures like these (N, C, H, H)."""
    if pictures.shape[2] != pictures.shape[3]:
        raise ValueError(
            f"lab: expected square pictures, got {pictures.shape[2]} by {pictures.shape[3]}; load with a size"
        )
    return concept(
        "models.cnn", "CNN", num_classes=classes, in_channels=pictures.shape[1], channels=settings.channels,
        hidden=settings.hidden, dropout=settings.dropout, padding=settings.padding, batch_norm=settings.batch_norm,
        blocks=settings.blocks, size=pictures.shape[2],
    )  # fmt: skip


def task(settings: PictureSettings, blueprint: Any = net) -> Task:
    """The pictures that this machine has. Where there is an official test split, it is the test part."""
    data = load(settings.data)
    x, labels = pictures_of(data, settings, {"train": 0.8, "val": 0.1, "test": 0.1}, settings.rows, settings.held_out)
    loss = CrossEntropyLoss(label_smoothing=settings.label_smoothing)
    return Task(
        x, dict(labels), labels, data.classes, blueprint(settings, x["train"], len(data.classes)), loss, class_accuracy,
        data.name, data.source, data.stand_in, list(data.notes),
    )  # fmt: skip


def run(folder: RunFolder, settings: PictureSettings, console: Console, blueprint: Any = net) -> Outcome:
    """Train, test once, set beside the baselines, draw, and say what happened."""
    pictures = task(settings, blueprint)
    trained = network.train(folder, settings, pictures, console)
    flat = {part: x.reshape(len(x), -1) for part, x in pictures.x.items()}
    below = baselines(flat, pictures.labels, rows=BASELINE_ROWS)
    name = f"{'CNN' if blueprint is net else 'network'}, {trained.parameters:,} parameters, {settings.backend}"
    outcome = pictures.outcome({name: trained.accuracy, **below})
    probability = softmax(trained.logits.astype(np.float64))
    found = measured(pictures.labels["test"], probability, pictures.classes, settings.rng("bootstrap"), resamples=200)
    outcome.facts = trained.facts() | {"metrics": found["metrics"]}
    outcome.tables = [report.table(("on the test rows", "value", "95 % interval"), measured_table(found))]
    _draw(folder, pictures, trained, probability, outcome)
    _say(pictures, trained, outcome)
    return outcome


def _draw(folder: RunFolder, pictures: Task, trained: Trained, probability: Array, outcome: Outcome) -> None:
    labels, figures = pictures.labels["test"], folder.path / "figures"
    counts = confusion(labels, probability.argmax(axis=1), len(pictures.classes))
    outcome.figures = [
        plots.learning_curves(trained.metrics, trained.best_epoch, figures / "learning"),
        plots.confusion_matrix(counts, pictures.classes, figures / "confusion"),
    ]
    wrong = plots.wrong_images(shown(pictures.x["test"]), labels, probability, pictures.classes, figures / "wrong")
    outcome.figures += [wrong] if wrong else []


def shown(x: Array) -> Array:
    """Standardised pictures (N, C, H, W) as they are drawn: in [0, 1], (N, H, W), or (N, H, W, 3) in colour."""
    axes = (0, 2, 3)
    low, high = x.min(axis=axes, keepdims=True), x.max(axis=axes, keepdims=True)  # a channel's own: it was scaled alone
    unit: Array = (x - low) / (high - low)
    return unit[:, 0] if x.shape[1] == 1 else unit.transpose(0, 2, 3, 1)


def _say(pictures: Task, trained: Trained, outcome: Outcome) -> None:
    n = pictures.sizes["test"]
    low, high = wilson_interval(round(trained.accuracy * n), n)
    linear = next(value for name, value in outcome.scores.items() if LOGISTIC in name)
    curves = plots.by_epoch(trained.metrics)
    gap = curves["train"]["accuracy"][-1] - curves["val"]["accuracy"][-1]
    outcome.happened = [
        f"The network named {percent(trained.accuracy)} of {n:,} pictures right that neither training nor the choice "
        f"of the epoch saw; so many rows leave it between {percent(low)} and {percent(high)} (95 % interval).",
        f"Logistic regression on the same pixels has {percent(linear)}: that is what the convolutions have to beat.",
        f"The weights are those of epoch {trained.best_epoch}. In the last epoch the accuracy on the training "
        f"pictures, as they were shown to it, was {100 * abs(gap):.1f} points "
        f"{'above' if gap >= 0 else 'below'} that in validation.",
    ] + ([f"It ended before its last epoch: {trained.stopped}."] if trained.stopped else [])
    outcome.further = [
        "Look at the pictures it got wrong most surely: which of them would you have named?",
        "`--set augment=none --set dropout=0` takes away what keeps it from learning the pictures by heart.",
        "Train on your own pictures: `--set data=FOLDER`, with a folder a class.",
    ]
    if outcome.stand_in:
        outcome.further.append(
            f"`groundup data fetch {pictures.dataset}` gets the whole; the same command then uses it."
        )

"""What the labs with a multi-layer network share: from split data to the weights that did best in validation.

Three parts, three uses: the network is fitted to *train*, the epoch chosen by *val*, *test* looked at once, at the end.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from groundup.core import Array, IntArray, expect_in, expect_positive
from groundup.data import Dataset, Loader, split
from groundup.labs.lab import Outcome, Settings
from groundup.models.mlp import MLP
from groundup.nn.loss import Loss
from groundup.optim.sgd import SGD
from groundup.train import Checkpoint, Metric, MetricsWriter, RunFolder, Trainer, progress_display
from groundup.train.trainer import Measure


@dataclass(frozen=True)
class NetworkSettings(Settings):
    """One hidden layer, SGD with momentum."""

    batch_size: int = 32
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 0.0
    hidden: int = 16
    activation: str = "relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", batch_size=self.batch_size, hidden=self.hidden)
        expect_in("lab", "lr", self.lr, 0.0)
        expect_in("lab", "momentum", self.momentum, 0.0, 1.0)
        expect_in("lab", "weight_decay", self.weight_decay, 0.0)


@dataclass
class Task:
    """Data in parts, ready for a network: x (N, I), targets as the loss wants them, labels (N,) as whole numbers."""

    x: dict[str, Array]
    target: dict[str, Any]
    labels: dict[str, IntArray]
    classes: list[str]
    outputs: int
    loss: Loss
    measure: Measure
    dataset: str
    source: str
    stand_in: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def sizes(self) -> dict[str, int]:
        return {part: len(self.x[part]) if part in self.x else 0 for part in ("train", "val", "test")}

    def outcome(self, scores: dict[str, float]) -> Outcome:
        """An outcome that names the data."""
        return Outcome(self.dataset, self.source, self.stand_in, self.sizes, scores, notes=list(self.notes))

    def fingerprint(self) -> dict[str, Any]:
        """Which rows these are, so that a run does not go on with others."""
        digest = hashlib.sha256()
        for part in sorted(self.x):
            digest.update(self.x[part].tobytes())
            digest.update(self.labels[part].tobytes())
        return {"dataset": self.dataset, "source": self.source, "sizes": self.sizes, "sha256": digest.hexdigest()}


def parts_of(
    data: Dataset, settings: Settings, sizes: dict[str, float]
) -> tuple[dict[str, Array], dict[str, IntArray]]:
    """Features and labels by part; the seed decides who is in which."""
    rows = split(data, sizes, rng=settings.rng("split"))
    x = data.features()
    return {part: x[r] for part, r in rows.items()}, {part: data.y[r] for part, r in rows.items()}


def build(settings: NetworkSettings, task: Task) -> tuple[MLP, SGD, Loader]:
    """Network, optimiser and batches, each with a random generator of its own."""
    layers = [task.x["train"].shape[1], settings.hidden, task.outputs]
    model = MLP(layers, activation=settings.activation, rng=settings.rng("weights"))
    optimiser = SGD(model.parameters(), lr=settings.lr, momentum=settings.momentum, weight_decay=settings.weight_decay)
    x, target = task.x["train"], task.target["train"]
    return model, optimiser, Loader(x, target, min(settings.batch_size, len(x)), rng=settings.rng("order"))


@dataclass
class Trained:
    """A network with the weights that did best in validation, and how it came to them."""

    model: MLP
    metrics: list[Metric]
    best_epoch: int
    seconds: float
    loss: float
    accuracy: float
    logits: Array

    def facts(self) -> dict[str, Any]:
        """Numbers for result.json."""
        return {
            "best_epoch": self.best_epoch,
            "test_loss": self.loss,
            "parameters": sum(p.value.size for p in self.model.parameters()),
            "training_seconds": round(self.seconds, 3),
        }


def train(run: RunFolder, settings: NetworkSettings, task: Task, console: Console) -> Trained:
    """Train into the run folder, going on where it stands; then the test part, once, with the best weights."""
    run.pin("data.json", task.fingerprint())
    model, optimiser, loader = build(settings, task)
    checkpoint = Checkpoint(run)
    val = (task.x["val"], task.target["val"]) if "val" in task.x else None
    trainer = Trainer(
        model, task.loss, optimiser, loader, val=val, measure=task.measure,
        callbacks=[MetricsWriter(run), checkpoint, progress_display(console, run.metrics())],
    )  # fmt: skip
    trainer.fit(settings.epochs)
    model.load_state_dict(checkpoint.best)
    loss, accuracy, logits = trainer.evaluate(task.x["test"], task.target["test"])
    return Trained(model, run.metrics(), checkpoint.best_epoch, trainer.seconds, loss, accuracy or 0.0, logits)

"""What the labs that train a network share: its settings, and the way from a task to the weights that did best."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.console import Console

from groundup import optim
from groundup.core import Array, expect_in, expect_positive
from groundup.data import Loader
from groundup.labs.augmentation import augmentation
from groundup.labs.lab import Settings
from groundup.labs.task import Task
from groundup.optim.optimizer import Optimizer
from groundup.train import (
    SCHEDULES,
    Callback,
    Checkpoint,
    EarlyStopping,
    Learner,
    Metric,
    MetricsWriter,
    NumpyLearner,
    Plateau,
    Rate,
    RunFolder,
    Trainer,
    progress_display,
    rate_of,
)

# By the name of a setting: the class, in torch.optim as in groundup.optim, and its options.
OPTIMISERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"momentum": 0.0}),
    "momentum": ("SGD", {}),
    "nesterov": ("SGD", {"nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
}
BACKENDS = ("numpy", "torch")


@dataclass(frozen=True)
class NetworkSettings(Settings):
    """How a network is trained. ``patience`` 0 stops no run early, ``clip_norm`` 0 clips nothing."""

    batch_size: int = 32
    lr: float = 0.1
    optimiser: str = "momentum"
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "constant"
    clip_norm: float = 0.0
    patience: int = 0
    select: str = "loss"  # the best epoch by validation "loss" or "accuracy"
    augment: str = "none"
    backend: str = "numpy"
    device: str = "auto"  # of PyTorch
    precision: str = "float32"  # of PyTorch's products; "bfloat16" is faster on processors and cards that have it
    threads: int = 1
    track: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", batch_size=self.batch_size, threads=self.threads)
        expect_in("lab", "lr", self.lr, 0.0)
        expect_in("lab", "momentum", self.momentum, 0.0, 1.0)
        for name in ("weight_decay", "clip_norm", "patience"):
            expect_in("lab", name, getattr(self, name), 0.0)
        for name, known in (("optimiser", tuple(OPTIMISERS)), ("schedule", SCHEDULES), ("backend", BACKENDS)):
            if getattr(self, name) not in known:
                raise ValueError(f"lab: expected {name} to be one of {', '.join(known)}, got {getattr(self, name)!r}")
        if self.track:
            from groundup.train.trackers import tracker_names

            tracker_names(self.track)  # an unknown one, or one that is not installed, is said before anything begins

    def optimiser_options(self) -> tuple[str, dict[str, Any]]:
        """The optimiser's class, and its arguments: those of torch.optim and of groundup.optim alike."""
        name, options = OPTIMISERS[self.optimiser]
        given: dict[str, Any] = {"lr": self.lr, "weight_decay": self.weight_decay}
        return name, given | ({"momentum": self.momentum} if name == "SGD" else {}) | options


@dataclass(frozen=True)
class MlpSettings(NetworkSettings):
    """One hidden layer."""

    hidden: int = 16
    activation: str = "relu"

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", hidden=self.hidden)


def optimiser_of(settings: NetworkSettings, params: Any) -> Optimizer:
    """The optimiser of the settings, over these parameters."""
    name, options = settings.optimiser_options()
    optimiser: Optimizer = getattr(optim, name)(params, **options)
    return optimiser


def learner_of(settings: NetworkSettings, task: Task) -> Learner:
    """The network of the task with its optimiser, in NumPy or in PyTorch; from the same seed with the same weights."""
    if settings.backend == "torch":
        from groundup.labs.torch_learner import TorchLearner

        return TorchLearner(settings, task)
    if task.network.numpy is None:
        raise ValueError("lab: expected --backend torch, got numpy; this lab's network is written in PyTorch alone")
    model = task.network.numpy(settings.rng("weights"))
    model.to(task.x["train"].dtype)
    optimiser = optimiser_of(settings, model.parameters())
    return NumpyLearner(model, task.loss, optimiser, clip_norm=settings.clip_norm, threads=settings.threads)


def loader_of(settings: NetworkSettings, task: Task) -> Loader:
    """The training rows in batches, in the seed's order, changed as ``augment`` says."""
    x, target = task.x["train"], task.target["train"]
    transform = augmentation(settings.augment, x)
    return Loader(x, target, min(settings.batch_size, len(x)), rng=settings.rng("order"), transform=transform)


@dataclass
class Trained:
    """A network with the weights that did best in validation, and how it came to them."""

    learner: Learner
    metrics: list[Metric]
    best_epoch: int
    seconds: float
    stopped: str = ""
    loss: float = float("nan")
    accuracy: float = float("nan")
    logits: Array = field(default_factory=lambda: np.empty(0))

    def predict(self, x: Array) -> Array:
        """Logits of rows, in evaluation."""
        return self.learner.predict(x)

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return sum(gradient.size for gradient in self.learner.gradients().values())

    def best(self) -> Metric:
        """The validation at the epoch that was kept (the last training batch, where there is no validation)."""
        found = [m for m in self.metrics if m.split == "val" and m.epoch == self.best_epoch]
        return found[-1] if found else self.metrics[-1]

    def facts(self) -> dict[str, Any]:
        """Numbers for result.json."""
        return {
            "best_epoch": self.best_epoch,
            "val_loss": self.best().loss,
            "val_accuracy": self.best().accuracy,
            "test_loss": self.loss,
            "parameters": self.parameters,
            "training_seconds": round(self.seconds, 3),
        } | ({"stopped": self.stopped} if self.stopped else {})


def fit(
    run: RunFolder, settings: NetworkSettings, task: Task, console: Console, callbacks: Sequence[Callback] = ()
) -> Trained:
    """Train into the run folder, going on where it stands; the test part is not touched."""
    run.pin("data.json", task.fingerprint())
    loader = loader_of(settings, task)
    checkpoint = Checkpoint(run, select=settings.select)
    trainer = Trainer(
        learner_of(settings, task), loader, measure=task.measure,
        val=(task.x["val"], task.target["val"]) if "val" in task.x else None,
        callbacks=[
            MetricsWriter(run), *_course(settings, settings.epochs * len(loader)), *callbacks, checkpoint,
            *_trackers(settings, run), progress_display(console, run.metrics()),
        ],
    )  # fmt: skip
    trainer.fit(settings.epochs)
    trainer.learner.load_weights(checkpoint.best)
    return Trained(trainer.learner, run.metrics(), checkpoint.best_epoch, trainer.seconds, trainer.stopped)


def _course(settings: NetworkSettings, steps: int) -> list[Callback]:
    """What changes the course of training: the schedule, and stopping early."""
    rate = (
        Plateau(settings.lr) if settings.schedule == "plateau" else Rate(rate_of(settings.schedule, settings.lr, steps))
    )
    mode = "min" if settings.select == "loss" else "max"
    return [rate, *([EarlyStopping(settings.patience, mode=mode)] if settings.patience else [])]


def _trackers(settings: NetworkSettings, run: RunFolder) -> Sequence[Callback]:
    if not settings.track:
        return []
    from groundup.train.trackers import tracker

    return tracker(settings.track, run, run.read_json("config.json"))


def train(
    run: RunFolder, settings: NetworkSettings, task: Task, console: Console, callbacks: Sequence[Callback] = ()
) -> Trained:
    """``fit``; then the test part, once, with the best weights."""
    trained = fit(run, settings, task, console, callbacks)
    trainer = Trainer(trained.learner, loader_of(settings, task), measure=task.measure)
    trained.loss, accuracy, trained.logits = trainer.evaluate(task.x["test"], task.target["test"])
    trained.accuracy = accuracy or 0.0
    return trained

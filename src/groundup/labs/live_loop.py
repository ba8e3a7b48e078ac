"""live-loop: the training loop written out in full, watched while it runs, and held against the Trainer."""

import inspect
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from groundup.core import Array, IntArray, Layer, StateDict, expect_in, expect_positive, load_state
from groundup.data import Loader, load
from groundup.labs import plots
from groundup.labs.baselines import MAJORITY, baselines
from groundup.labs.blueprint import concept
from groundup.labs.lab import Lab, Outcome, Settings, percent
from groundup.labs.screen import Screen
from groundup.labs.task import Task, parts_of
from groundup.nn.loss import CrossEntropyLoss, Loss
from groundup.optim import SGD
from groundup.optim.optimizer import Optimizer
from groundup.train import Callback, DivergedError, Metric, NumpyLearner, RunFolder, Trainer, class_accuracy
from groundup.train.learner import part_of
from groundup.train.trainer import EVALUATION_ROWS


@dataclass(frozen=True)
class LiveSettings(Settings):
    """A network 784-``hidden``-10, trained by descent with momentum."""

    epochs: int = 8
    batch_size: int = 32
    lr: float = 0.05
    momentum: float = 0.9
    hidden: int = 64

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", batch_size=self.batch_size, hidden=self.hidden)
        expect_in("lab", "lr", self.lr, 0.0)
        expect_in("lab", "momentum", self.momentum, 0.0, 1.0)


def train(
    model: Layer,
    loss: Loss,
    optimiser: Optimizer,
    loader: Loader,
    val: tuple[Array, IntArray],
    epochs: int,
    run: RunFolder,
    screen: Screen,
) -> None:
    """The whole of training, epoch by epoch, batch by batch."""
    step, epoch, best = take_up(run, model, optimiser, loader)
    if step == 0:  # how it stands before any training
        error, acc = validate(model, loss, *val)
        run.add_metric(Metric(step, epoch, "val", error, acc))
    while epoch < epochs:
        epoch += 1
        for x, y in loader:  # all rows, in a new order
            model.train()
            # Forward: what does it say, and how wrong is that?
            prediction = model(x)
            error = finite(float(loss(prediction, y)))
            # Backward: how does each weight change the error?
            optimiser.zero_grad()  # else gradients add up
            model.backward(loss.backward())
            # Step: each weight a little way downhill.
            optimiser.step()
            step += 1
            acc = class_accuracy(prediction, y)
            run.add_metric(Metric(step, epoch, "train", error, acc))
            screen.show(run)
        # Validation: rows that nothing is learned from.
        error, acc = validate(model, loss, *val)
        run.add_metric(Metric(step, epoch, "val", error, acc))
        if error <= best:
            best = error
            run.save_checkpoint(model.state_dict())
        put_away(run, model, optimiser, loader, step, epoch, best)
        screen.show(run, epoch_ended=True)


def put_away(
    run: RunFolder, model: Layer, optimiser: Optimizer, loader: Loader, step: int, epoch: int, best: float
) -> None:
    """Save what going on needs: weights, the optimiser's memory, the place in the data, how far it is."""
    arrays = {f"model.{name}": array for name, array in model.state_dict().items()}
    arrays |= {f"optimiser.{name}": array for name, array in optimiser.state_dict().items()}
    run.save_resume(arrays, {"step": step, "epoch": epoch, "best": best, "loader": loader.state()})


def take_up(run: RunFolder, model: Layer, optimiser: Optimizer, loader: Loader) -> tuple[int, int, float]:
    """Step, epoch and lowest validation loss: after the last whole epoch of a run that was stopped, else at zero."""
    saved = run.load_resume()
    if saved is None:
        return 0, 0, math.inf
    arrays, facts = saved
    model.load_state_dict(part_of(arrays, "model."))
    optimiser.load_state_dict(part_of(arrays, "optimiser."))
    loader.restore(facts["loader"])
    return facts["step"], facts["epoch"], facts["best"]


def validate(model: Layer, loss: Loss, x: Array, y: IntArray) -> tuple[float, float]:
    """Mean loss and accuracy on rows that are not trained on; nothing is learned from them."""
    model.eval()
    prediction = np.concatenate([model(x[i : i + EVALUATION_ROWS]) for i in range(0, len(x), EVALUATION_ROWS)])
    return finite(float(loss(prediction, y))), class_accuracy(prediction, y)


def finite(error: float) -> float:
    """The error itself. Raises DivergedError where it is no number any more."""
    if not math.isfinite(error):
        raise DivergedError(
            f"live-loop: expected a finite loss, got {error}; the steps are too long, try a smaller --lr"
        )
    return error


def task(settings: LiveSettings) -> Task:
    """The digits that this machine has, and a network of one hidden layer."""
    data = load("mnist")
    x, labels = parts_of(data, settings, {"train": 0.8, "val": 0.1, "test": 0.1})
    network = concept("models.mlp", "MLP", layers=[x["train"].shape[1], settings.hidden, len(data.classes)])
    return Task(
        x, dict(labels), labels, data.classes, network, CrossEntropyLoss(), class_accuracy,
        data.name, data.source, data.stand_in, list(data.notes),
    )  # fmt: skip


def start(settings: LiveSettings, digits: Task) -> tuple[Layer, SGD, Loader]:
    """Network, optimiser and batches as they are before the first step; the same each time from the same seed."""
    assert digits.network.numpy is not None
    model = digits.network.numpy(settings.rng("weights"))
    optimiser = SGD(model.parameters(), lr=settings.lr, momentum=settings.momentum)
    rows = min(settings.batch_size, digits.sizes["train"])
    return model, optimiser, Loader(digits.x["train"], digits.labels["train"], rows, rng=settings.rng("order"))


class _Kept(Callback):
    """Every metric in order, as metrics.jsonl has them."""

    def __init__(self) -> None:
        self.metrics: list[Metric] = []

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        self.metrics.append(metric)

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        self.metrics += [metric] if metric else []


def by_trainer(settings: LiveSettings, digits: Task) -> tuple[list[Metric], StateDict]:
    """The metrics and last weights of the Trainer, which the other labs use, from the same seed."""
    model, optimiser, loader = start(settings, digits)
    kept = _Kept()
    learner = NumpyLearner(model, digits.loss, optimiser)
    val = (digits.x["val"], digits.labels["val"])
    Trainer(learner, loader, val=val, measure=class_accuracy, callbacks=[kept]).fit(settings.epochs)
    return kept.metrics, learner.weights()


def run(folder: RunFolder, settings: LiveSettings, console: Console) -> Outcome:
    """The loop, the Trainer, and what is between them."""
    digits = task(settings)
    folder.pin("data.json", digits.fingerprint())
    model, optimiser, loader = start(settings, digits)
    val = (digits.x["val"], digits.labels["val"])
    with Screen(console, settings.epochs, len(loader)) as screen:
        train(model, digits.loss, optimiser, loader, val, settings.epochs, folder, screen)
    last = model.state_dict()
    theirs, weights = by_trainer(settings, digits)
    model.load_state_dict(load_state(folder.path / "checkpoint.safetensors"))
    accuracy = validate(model, digits.loss, digits.x["test"], digits.labels["test"])[1]
    outcome = digits.outcome({"the loop written out": accuracy, **baselines(digits.x, digits.labels)})
    metrics = folder.metrics()
    outcome.facts = apart(metrics, theirs, last, weights)
    _say(outcome, metrics, screen.chart(metrics, "loss", 68))
    best = min((m for m in metrics if m.split == "val" and m.step), key=lambda m: (m.loss, -m.epoch)).epoch
    outcome.figures = [plots.learning_curves(metrics, best, folder.path / "figures" / "learning")]
    return outcome


def apart(ours: list[Metric], theirs: list[Metric], last: StateDict, weights: StateDict) -> dict[str, Any]:
    """How far two trainings are from each other, metric by metric and weight by weight; 0 means to the last bit."""
    between = [
        abs(a.loss - b.loss) + abs((a.accuracy or 0.0) - (b.accuracy or 0.0)) for a, b in zip(ours, theirs, strict=True)
    ]
    return {
        "metrics": len(ours),
        "metrics_differ": sum(a != b for a, b in zip(ours, theirs, strict=True)),
        "metrics_apart": max(between),
        "weights": sum(array.size for array in weights.values()),
        "weights_differ": sum(int((last[name] != weights[name]).sum()) for name in weights),
        "weights_apart": max(float(np.abs(last[name] - weights[name]).max()) for name in weights),
    }


def _say(outcome: Outcome, metrics: list[Metric], chart: str) -> None:
    facts, (who, accuracy) = outcome.facts, next(iter(outcome.scores.items()))
    many = f"{facts['metrics']:,} losses with their accuracies, and {facts['weights']:,} weights at the end"
    same = not facts["metrics_differ"] and not facts["weights_differ"]
    outcome.happened = [
        f"{who.capitalize()} read {percent(accuracy)} of {outcome.sizes['test']:,} digits right that neither "
        "training nor "
        f"the choice of the epoch saw; who always says the commonest digit has {percent(outcome.scores[MAJORITY])}.",
        f"The Trainer, which the other labs use, gives the same numbers from the same seed to the last bit: {many}."
        if same
        else f"The Trainer differs from it in {facts['metrics_differ']:,} metrics, by "
        f"{facts['metrics_apart']:.1e} at most, "
        f"and in {facts['weights_differ']:,} weights, by {facts['weights_apart']:.1e} ({many}).",
        "### The loop",
        "This is all of it, as it ran; `take_up` and `put_away` read and write one file, so that a run that was "
        "stopped goes on. What the Trainer has besides (schedules, stopping early, trackers, a save every "
        "second) are callbacks around the same lines.",
        f"```python\n{inspect.getsource(train)}```",
        "### What the terminal showed",
        "The loss over the epochs at the end of the run. The studio draws the same file, metrics.jsonl, "
        f"{len(metrics):,} lines.",
        f"```text\n{_plain(chart)}\n```",
    ]
    outcome.further = [
        "Stop the run with Ctrl-C and go on with `--resume`: the curve is the same as without the stop.",
        "Leave out `optimiser.zero_grad()` in a copy of the loop: what does the loss do, and why?",
        "Write the loop yourself before you read this one again: batches, forward, backward, step, validation.",
    ]
    if outcome.stand_in:
        outcome.further.append("`groundup data fetch mnist` gets all 70,000 digits; the same command then uses them.")


def _plain(chart: str) -> str:
    """A chart without its colours."""
    return "\n".join(line.rstrip() for line in Text.from_ansi(chart).plain.splitlines())


LAB = Lab(
    name="live-loop",
    title="The training loop, written out and watched",
    covers=("04.07",),
    about="What does a training loop do, line by line, and does it do the same as the Trainer that hides it?",
    expects="More than 90 % of the digits right, and not one bit between the loop and the Trainer.",
    settings=LiveSettings,
    run=run,
    quick={"epochs": 3},
    task=task,
)

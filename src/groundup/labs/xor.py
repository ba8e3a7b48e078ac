"""xor: four points that no straight line divides, and the hidden layer that does."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from groundup.core import Array
from groundup.labs import figures, network, plots
from groundup.labs.baselines import LOGISTIC, logistic
from groundup.labs.blueprint import concept
from groundup.labs.lab import Figure, Lab, Outcome, percent
from groundup.labs.network import MlpSettings, Trained
from groundup.labs.task import Task
from groundup.nn.loss import BCEWithLogitsLoss
from groundup.train import RunFolder, binary_accuracy

POINTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
LABELS = np.array([0, 1, 1, 0])


@dataclass(frozen=True)
class XorSettings(MlpSettings):
    """All four points in every batch."""

    epochs: int = 300
    batch_size: int = 4
    lr: float = 0.1
    hidden: int = 8
    activation: str = "tanh"


def task(settings: XorSettings) -> Task:
    """XOR is a function with four inputs, not a sample: it is learned and tested on all four."""
    parts = ("train", "test")
    target = LABELS[:, None].astype(np.float32)
    layers = [2, settings.hidden, 1]
    return Task(
        dict.fromkeys(parts, POINTS), dict.fromkeys(parts, target), dict.fromkeys(parts, LABELS), ["0", "1"],
        concept("models.mlp", "MLP", layers=layers, activation=settings.activation), BCEWithLogitsLoss(),
        binary_accuracy, "xor", "the truth table of exclusive or: four points, all there are",
    )  # fmt: skip


def run(folder: RunFolder, settings: XorSettings, console: Console) -> Outcome:
    """Train on the four points, and draw where the network changes its mind."""
    table = task(settings)
    trained = network.train(folder, settings, table, console)
    linear = logistic(POINTS, LABELS, POINTS, LABELS)
    outcome = table.outcome({f"network 2-{settings.hidden}-1": trained.accuracy, LOGISTIC: linear})
    solved = 1 + max((m.step for m in trained.metrics if m.accuracy != 1), default=0)
    outcome.facts = trained.facts() | {"all_right_from_step": solved}
    outcome.figures = [_draw(trained, folder.path / "figures" / "boundary")]
    _say(trained, solved, linear, outcome)
    return outcome


def _draw(trained: Trained, stem: Path) -> Figure:
    fig, (left, right) = figures.figure(columns=2, height=3.0)
    steps, losses = [m.step for m in trained.metrics], [m.loss for m in trained.metrics]
    figures.curve(left, 0, steps, losses)
    left.axhline(np.log(2), color=figures.INK, linewidth=0.7, linestyle=(0, (1, 2)))
    left.annotate("log 2: every answer a coin toss", (steps[-1], np.log(2)), ha="right", va="bottom", fontsize=8.5)
    left.set_title(f"Loss: {losses[0]:.2f} at first, {losses[-1]:.3f} at last")
    left.set_xlabel("step")
    left.set_ylabel("binary cross-entropy")
    left.set_ylim(bottom=0)
    figures.grid(left)

    def score(x: Array) -> Array:
        logits: Array = trained.predict(x)
        return logits[:, 0]

    right_ones = int(((score(POINTS) > 0) == LABELS).sum())
    plots.boundary(right, score, POINTS, LABELS, f"{right_ones} of 4 points on the right side")
    right.set_aspect("equal")
    figures.save(fig, stem)
    return Figure(
        stem.name,
        "Left, the loss. Right, the plane as the network sees it: shaded by its answer, the line where it changes.",
    )


def _say(trained: Trained, solved: int, linear: float, outcome: Outcome) -> None:
    outcome.happened = [
        f"The network has {percent(trained.accuracy)} of the four points right"
        + (f", and from step {solved} on it never lost one again." if trained.accuracy == 1 else "."),
        f"Logistic regression, one neuron without a hidden layer, has {percent(linear)}; "
        "75 % is the most that any line can reach.",
    ]
    outcome.further = [
        "Another seed, or fewer hidden units: `--seed 3`, `--hidden 2`. How few are enough, and do they always find it?"
        if trained.accuracy == 1
        else "Another seed, a larger learning rate or more hidden units: `--seed 1`, `--lr 0.3`, `--hidden 16`.",
        "Draw what each hidden unit answers alone: each is a line, and two of them are enough to fence the ones in.",
    ]


LAB = Lab(
    name="xor",
    title="XOR, solved by a hidden layer",
    covers=("02.10",),
    about="No line divides XOR, so no single neuron computes it. Does a hidden layer, trained by descent, find a way?",
    expects="All four points right (100 %) with 8 hidden units; at most 75 % without a hidden layer.",
    settings=XorSettings,
    run=run,
    quick={"epochs": 100},
    task=task,
)

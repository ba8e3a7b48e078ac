"""binary-classification: from 30 measurements of cell nuclei, is a breast tumour malignant or benign?"""

from dataclasses import dataclass

import numpy as np
from rich.console import Console

from groundup.data import load, standardise
from groundup.labs import network, plots
from groundup.labs.baselines import MAJORITY, baselines
from groundup.labs.blueprint import concept
from groundup.labs.lab import Lab, Outcome, percent
from groundup.labs.network import MlpSettings, Trained
from groundup.labs.task import Task, parts_of
from groundup.nn.loss import BCEWithLogitsLoss
from groundup.train import RunFolder, binary_accuracy, confusion


@dataclass(frozen=True)
class BinarySettings(MlpSettings):
    """Chosen on validation rows alone."""

    epochs: int = 40
    batch_size: int = 32
    lr: float = 0.05
    weight_decay: float = 1e-2
    hidden: int = 16


def task(settings: BinarySettings) -> Task:
    """Three parts, every column scaled by the training part's mean and deviation."""
    data = load("breast-cancer")
    x, labels = parts_of(data, settings, {"train": 0.6, "val": 0.2, "test": 0.2})
    scaled = dict(zip(("train", "val", "test"), standardise(x["train"], x["val"], x["test"]), strict=True))
    target = {part: y[:, None].astype(np.float32) for part, y in labels.items()}  # (N, 1), as BCE wants it
    net = concept("models.mlp", "MLP", layers=[30, settings.hidden, 1], activation=settings.activation)
    return Task(
        scaled, target, labels, data.classes, net, BCEWithLogitsLoss(), binary_accuracy,
        data.name, data.source, data.stand_in, list(data.notes),
    )  # fmt: skip


def run(folder: RunFolder, settings: BinarySettings, console: Console) -> Outcome:
    """Train, test once, set beside the baselines, draw."""
    cells = task(settings)
    trained = network.train(folder, settings, cells, console)
    scores = {f"network 30-{settings.hidden}-1": trained.accuracy, **baselines(cells.x, cells.labels)}
    outcome = cells.outcome(scores)
    counts = confusion(cells.labels["test"], (trained.logits[:, 0] > 0).astype(np.int64), 2)
    outcome.facts = trained.facts() | {"confusion": counts.tolist()}
    figures = folder.path / "figures"
    outcome.figures = [
        plots.learning_curves(trained.metrics, trained.best_epoch, figures / "learning"),
        plots.confusion_matrix(counts, cells.classes, figures / "confusion"),
    ]
    _say(cells, trained, counts.tolist(), outcome)
    return outcome


def _say(cells: Task, trained: Trained, counts: list[list[int]], outcome: Outcome) -> None:
    malignant = cells.classes.index("malignant")
    missed, ill = counts[malignant][1 - malignant], sum(counts[malignant])
    alarms, healthy = counts[1 - malignant][malignant], sum(counts[1 - malignant])
    best = max(outcome.scores, key=lambda who: outcome.scores[who])
    outcome.happened = [
        f"The network got {percent(trained.accuracy)} of {cells.sizes['test']} tumours right; "
        f"saying the commonest class gets {percent(outcome.scores[MAJORITY])}.",
        f"It missed {missed} of {ill} malignant tumours and raised {alarms} false alarms among {healthy} benign ones. "
        "The two mistakes do not cost the same: accuracy alone does not say whether this would help anyone.",
        f"Highest on this split: {best}. With {cells.sizes['test']} test rows one tumour more or less is "
        f"{percent(1 / cells.sizes['test'])}, so look at several seeds before you call a winner.",
    ]
    outcome.further = [
        "`--seeds 10` shows how much of the difference is the luck of the split.",
        "Lower the threshold on the probability until no malignant tumour is missed. How many false alarms is that?",
    ]


LAB = Lab(
    name="binary-classification",
    title="Malignant or benign: a network from scratch on two classes",
    covers=("02.09",),
    about="Does a small network, trained by hand with binary cross-entropy, tell malignant from benign tumours, "
    "and does it earn its keep beside logistic regression?",
    expects="About 97 %, as logistic regression: to 30 good features and 341 rows a hidden layer can add little.",
    settings=BinarySettings,
    run=run,
    quick={"epochs": 10},
    task=task,
)

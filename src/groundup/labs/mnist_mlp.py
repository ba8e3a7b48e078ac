"""mnist-mlp: a 784-128-10 network, written by hand in NumPy, reads handwritten digits."""

from dataclasses import dataclass

from rich.console import Console

from groundup.data import load
from groundup.labs import network, plots
from groundup.labs.baselines import LOGISTIC, baselines
from groundup.labs.blueprint import Blueprint, concept, stack
from groundup.labs.lab import Lab, Outcome, percent
from groundup.labs.network import MlpSettings, Trained
from groundup.labs.task import Task, parts_of
from groundup.nn.activation import softmax
from groundup.nn.loss import CrossEntropyLoss
from groundup.train import RunFolder, class_accuracy, confusion


@dataclass(frozen=True)
class MnistSettings(MlpSettings):
    """Chosen on validation rows alone, on the embedded digits."""

    epochs: int = 15
    batch_size: int = 32
    lr: float = 0.05
    weight_decay: float = 2e-4
    hidden: int = 128
    dropout: float = 0.0


def net(settings: MnistSettings) -> Blueprint:
    """784-hidden-10; with dropout the same layers, and one more between them."""
    if not settings.dropout:
        return concept("models.mlp", "MLP", layers=[784, settings.hidden, 10], activation=settings.activation)
    activation = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid"}[settings.activation]
    h, p = settings.hidden, settings.dropout
    return stack(("Linear", 784, h), (activation,), ("Dropout", p), ("Linear", h, 10), start="he")


def task(settings: MnistSettings) -> Task:
    """The digits that this machine has. Where the official test split is there, it is the test part."""
    data = load("mnist")
    x, labels = parts_of(data, settings, {"train": 0.8, "val": 0.1, "test": 0.1})
    return Task(
        x, dict(labels), labels, data.classes, net(settings), CrossEntropyLoss(), class_accuracy,
        data.name, data.source, data.stand_in, list(data.notes),
    )  # fmt: skip


def run(folder: RunFolder, settings: MnistSettings, console: Console) -> Outcome:
    """Train, test once, set beside the baselines, draw."""
    digits = task(settings)
    trained = network.train(folder, settings, digits, console)
    scores = {f"network 784-{settings.hidden}-10": trained.accuracy, **baselines(digits.x, digits.labels)}
    outcome = digits.outcome(scores)
    outcome.facts = trained.facts()
    _draw(folder, digits, trained, outcome)
    _say(digits, trained, outcome)
    return outcome


def _draw(folder: RunFolder, digits: Task, trained: Trained, outcome: Outcome) -> None:
    labels, figures = digits.labels["test"], folder.path / "figures"
    counts = confusion(labels, trained.logits.argmax(axis=1), 10)
    images = digits.x["test"].reshape(-1, 28, 28)
    outcome.figures = [
        plots.learning_curves(trained.metrics, trained.best_epoch, figures / "learning"),
        plots.confusion_matrix(counts, digits.classes, figures / "confusion"),
    ]
    wrong = plots.wrong_images(images, labels, softmax(trained.logits), digits.classes, figures / "wrong")
    outcome.figures += [wrong] if wrong else []


def _say(digits: Task, trained: Trained, outcome: Outcome) -> None:
    n, ahead = digits.sizes["test"], trained.accuracy - next(v for k, v in outcome.scores.items() if LOGISTIC in k)
    curves = plots.by_epoch(trained.metrics)
    margin = 1.96 * (trained.accuracy * (1 - trained.accuracy) / n) ** 0.5  # of a share of n independent rows
    gap = curves["train"]["accuracy"][-1] - curves["val"]["accuracy"][-1]
    outcome.happened = [
        f"The network read {percent(trained.accuracy)} of {n:,} digits right that neither training nor the choice of "
        f"the epoch saw; with so many rows, that is known to ±{100 * margin:.1f} points (95 % interval).",
        f"It is {100 * abs(ahead):.1f} points {'ahead of' if ahead >= 0 else 'behind'} logistic regression there.",
        f"In the last epoch its accuracy on the training rows was {100 * abs(gap):.1f} points "
        f"{'above' if gap >= 0 else 'below'} that on the validation rows"
        + (": it has begun to know them by heart." if gap > 0.03 else "."),
    ]
    last = trained.best_epoch == len(curves["train"]["epoch"])
    outcome.further = [
        "Validation loss was still falling at the end: try more epochs."
        if last
        else f"The best epoch was {trained.best_epoch} of {curves['train']['epoch'][-1]}; no later one had a lower "
        "validation loss. Try a smaller learning rate, or more weight decay.",
        "Look at the digits it got wrong: which of them would you have read?",
        "`groundup lab compare mnist-mlp` sets the same network in PyTorch beside it.",
    ]
    if outcome.stand_in:
        outcome.further.append("`groundup data fetch mnist` gets all 70,000 digits; the same command then uses them.")


LAB = Lab(
    name="mnist-mlp",
    title="A network from scratch reads handwritten digits",
    covers=("02.08",),
    about="Can a network of two linear layers, its gradients derived and written by hand, learn to read digits?",
    expects="At least 92 % with the embedded 5,000 digits, 94 % with 10,000, 97.5 % with all of MNIST; "
    "each time more than logistic regression.",
    settings=MnistSettings,
    run=run,
    quick={"epochs": 3},
    task=task,
    recipes={
        "plain": {},
        "augmented": {
            "epochs": 60,
            "hidden": 512,
            "dropout": 0.3,
            "augment": "affine",
            "schedule": "cosine",
            "batch_size": 64,
            "lr": 0.1,
            "select": "accuracy",
        },
    },
    space={
        "lr": (0.005, 0.5, "log"),
        "hidden": [32, 64, 128, 256],
        "weight_decay": (1e-6, 1e-2, "log"),
        "batch_size": [16, 32, 64, 128],
    },
)

"""Every model of the library as a subject of ``lab compare``: its data, its settings, its blueprint.

The networks are the library's own, the larger ones narrow, on a few hundred rows: what is compared is the computation,
not what is learned. Pictures in colour are CIFAR-10's where it is there, else digits repeated over three channels. Text
is read as windows of T characters, and at each place the next one is asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from groundup.core import Array, Layer, expect_positive
from groundup.data import Dataset, load, load_corpus, where
from groundup.data.dataset import Sourced
from groundup.labs.blueprint import Blueprint, concept, stack
from groundup.labs.network import NetworkSettings
from groundup.labs.task import Task
from groundup.nn.loss import CrossEntropyLoss
from groundup.text import characters
from groundup.train import class_accuracy
from groundup.vision.preprocess import Normalize, channel_statistics, grey_to_rgb, resize


@dataclass(frozen=True)
class ModelSettings(NetworkSettings):
    """So many ``rows``, taken at random."""

    rows: int = 256
    batch_size: int = 16
    lr: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab compare", rows=self.rows)


@dataclass(frozen=True)
class ColourSettings(ModelSettings):
    """Pictures enlarged to ``side`` pixels; ``width`` is the model's own: how wide it is."""

    side: int = 32
    width: float = 1.0


@dataclass(frozen=True)
class TextSettings(ModelSettings):
    """Windows of ``length`` characters, read by a recurrent network of this ``cell``."""

    length: int = 32
    cell: str = "lstm"
    hidden: int = 128
    optimiser: str = "adam"
    lr: float = 1e-3


def digits(settings: ModelSettings, blueprint: Blueprint, *, rows_only: bool = False) -> Task:
    """Digits (N, 1, 28, 28), or (N, 28, 28): a sequence of rows."""
    data = load("mnist")
    x, y = _some(data, settings)
    return _task(x[:, 0] if rows_only else x, y, blueprint, data)


def colours(settings: ColourSettings, blueprint: Callable[[ColourSettings], Blueprint]) -> Task:
    """Pictures (N, 3, side, side) in ten classes."""
    there, _ = where("cifar10")
    data = load("cifar10" if there else "mnist")
    x, y = _some(data, settings)
    x = resize(x if x.shape[1] == 3 else grey_to_rgb(x), settings.side)
    return _task(x, y, blueprint(settings), data, "" if there else ", repeated over three channels")


def text(settings: TextSettings) -> Task:
    """Ids (N, T), and the ids one place on. Ids come as real numbers, for a task's precision is that of its x."""
    corpus = load_corpus("shakespeare")
    alphabet = sorted(set(characters(corpus.text)))
    ids = np.searchsorted(alphabet, characters(corpus.text))
    starts = settings.rng("rows").choice(len(ids) - settings.length, settings.rows, replace=False)
    window = ids[starts[:, None] + np.arange(settings.length + 1)]  # (N, T + 1)
    x, y = window[:, :-1].astype(np.float32), window[:, 1:].astype(np.int64)
    sizes = {"vocabulary": len(alphabet), "hidden_size": settings.hidden, "cell": settings.cell}
    model = concept("models.charlm", "CharLM", **sizes)
    return _task(x, y, reading(model), corpus, classes=alphabet)


class Reading(Layer):
    """Map ids (N, T), as real numbers, to logits (N, V, T) as the loss wants them: a language model from its start."""

    def __init__(self, model: Layer) -> None:
        self.model = model

    def forward(self, ids: Array) -> Array:
        """(N, T) -> (N, V, T); the model has T first."""
        logits, _ = self.model(ids.T.astype(np.int64))  # (T, N, V), and a state that nobody goes on with
        turned: Array = logits.transpose(1, 2, 0)
        return turned

    def backward(self, dy: Array) -> None:
        """(N, V, T) -> nothing: what came in were ids."""
        self.model.backward(np.ascontiguousarray(dy.transpose(2, 0, 1)))


def reading(model: Blueprint) -> Blueprint:
    """A language model on both sides as a network of one input and one output."""
    numpy = model.numpy
    assert numpy is not None

    def twin() -> Any:
        import torch

        class TorchReading(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.model = model.torch()

            def forward(self, ids: torch.Tensor) -> torch.Tensor:
                logits, _ = self.model(ids.T.long())
                turned: torch.Tensor = logits.permute(1, 2, 0)
                return turned

        return TorchReading()

    return Blueprint(lambda rng: Reading(numpy(rng)), twin)


def encoder() -> Blueprint:
    """Two blocks of a Transformer's encoder over the 28 rows of a digit, and a dense layer that reads all of them."""
    block = ("TransformerEncoderLayer", 28, 4, 64, 0.0, "relu", 1e-5, True)  # heads, hidden, dropout, batch first
    return stack(block, block, ("Flatten",), ("Linear", 28 * 28, 10))


def _some(data: Dataset, settings: ModelSettings) -> tuple[Array, Any]:
    """Pictures (N, C, H, W) and labels of N rows taken at random, each channel with mean 0 and deviation 1."""
    rows = settings.rng("rows").permutation(len(data))[: settings.rows]
    x = replace(data, x=data.x[rows], y=data.y[rows], splits={}).images()
    return Normalize(*channel_statistics(x))(x), data.y[rows]


def _task(
    x: Array, y: Any, network: Blueprint, data: Sourced, how: str = "", classes: Sequence[str] = tuple("0123456789")
) -> Task:
    """All rows are for training: nothing is validated here."""
    return Task(
        {"train": x}, {"train": y}, {"train": y}, list(classes), network, CrossEntropyLoss(), class_accuracy,
        data.name + how, data.source, data.stand_in, list(data.notes),
    )  # fmt: skip


def _alexnet(settings: ColourSettings) -> Blueprint:
    return concept("models.alexnet", "AlexNet", num_classes=10, dropout=0.0, width=settings.width)


def _vgg11(settings: ColourSettings) -> Blueprint:
    return concept("models.vgg", "VGG", depth=11, num_classes=10, dropout=0.0, width=settings.width)


def _resnet18(settings: ColourSettings) -> Blueprint:
    return concept("models.resnet", "resnet18", num_classes=10, width=int(settings.width))


def _resnet_cifar(settings: ColourSettings) -> Blueprint:
    return concept("models.resnet", "resnet_cifar", width=int(settings.width))


Made = Callable[[Any], Task]


def _photographs(blueprint: Callable[[ColourSettings], Blueprint]) -> Made:
    return partial(colours, blueprint=blueprint)


def _lenet(settings: ModelSettings) -> Task:
    return digits(settings, concept("models.lenet", "LeNet"))


def _encoder(settings: ModelSettings) -> Task:
    return digits(settings, encoder(), rows_only=True)


# By name: title, class of settings, the settings that are its own, and how its task is made of them.
MODELS: dict[str, tuple[str, type[ModelSettings], dict[str, Any], Made]] = {
    "lenet": ("LeNet-5", ModelSettings, {}, _lenet),
    "alexnet": (
        "AlexNet, an eighth as wide", ColourSettings, {"side": 64, "width": 0.125}, _photographs(_alexnet),
    ),
    "vgg11": ("VGG-11, an eighth as wide", ColourSettings, {"width": 0.125}, _photographs(_vgg11)),
    "resnet18": (
        "ResNet-18, a quarter as wide", ColourSettings, {"side": 64, "width": 16, "lr": 1e-3}, _photographs(_resnet18),
    ),
    "resnet-cifar": (
        "ResNet-20 for CIFAR, half as wide", ColourSettings, {"width": 8, "lr": 1e-4}, _photographs(_resnet_cifar),
    ),
    "charlm": ("A language model over characters, LSTM", TextSettings, {}, text),
    "charlm-gru": ("A language model over characters, GRU", TextSettings, {"cell": "gru"}, text),
    "charlm-rnn": ("A language model over characters, RNN", TextSettings, {"cell": "rnn"}, text),
    "encoder": ("A Transformer's encoder, two blocks", ModelSettings, {}, _encoder),
}  # fmt: skip
NOTES = {
    "resnet-cifar": "Its rate, 0.0001, is low for this comparison alone: at 0.01, measured once on digits in colour, "
    "rounding had grown to 1.2e-9 in the gradients after 20 steps, beyond the limit.",
}

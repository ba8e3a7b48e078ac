"""What the labs of unit 03 share: few pictures to learn from, many to be judged by, and an arm's answers afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from groundup.core import IntArray, expect_in, load_state
from groundup.data import load
from groundup.labs.blueprint import Blueprint
from groundup.labs.network import NetworkSettings, learner_of
from groundup.labs.study import Arm
from groundup.labs.task import Task, pictures_of
from groundup.nn.loss import CrossEntropyLoss
from groundup.train import DivergedError, class_accuracy
from groundup.train.learner import part_of
from groundup.train.metrics import wilson_interval

SIZES = {"train": 0.4, "val": 0.2, "test": 0.4}
VAL_ROWS = 2_000  # at most: they are measured after every epoch


@dataclass(frozen=True)
class FewSettings(NetworkSettings):
    """``data`` is a data set of pictures by name, or a folder of one's own; ``rows`` training pictures, 0 for all."""

    data: str = "mnist"
    rows: int = 1_000
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_in("lab", "rows", self.rows, 0)
        expect_in("lab", "label_smoothing", self.label_smoothing, 0.0, 1.0)


Net = Callable[[Any, int, int], Blueprint]  # of settings, pixels and classes


def few_pictures(settings: FewSettings, net: Net) -> Task:
    """Pictures as rows (N, D), and the network that is to name them."""
    data = load(settings.data)
    x, labels = pictures_of(data, settings, SIZES, settings.rows)
    x = {part: pictures.reshape(len(pictures), -1) for part, pictures in x.items()}
    x["val"], labels["val"] = x["val"][:VAL_ROWS], labels["val"][:VAL_ROWS]
    network = net(settings, x["train"].shape[1], len(data.classes))
    return Task(
        x, dict(labels), labels, data.classes, network, loss_of(settings), class_accuracy,
        data.name, data.source, data.stand_in, list(data.notes),
    )  # fmt: skip


def loss_of(settings: FewSettings) -> CrossEntropyLoss:
    """Cross entropy, with the settings' smoothing."""
    return CrossEntropyLoss(label_smoothing=settings.label_smoothing)


def for_arm(digits: Task, settings: FewSettings, net: Net) -> Task:
    """The same rows, for an arm's own network and loss."""
    network = net(settings, digits.x["train"].shape[1], len(digits.classes))
    return replace(digits, network=network, loss=loss_of(settings))


def named(arm: Arm, settings: FewSettings, task: Task, part: str, *, last: bool = False) -> IntArray:
    """The classes (N,) that an arm's kept weights give a part's rows, in evaluation; ``last`` for its last epoch's."""
    learner = learner_of(settings, task)
    if last:
        learner.load_weights(part_of(load_state(arm.folder / "resume.safetensors"), "trainer.model."))
    else:
        learner.load_weights(load_state(arm.folder / "checkpoint.safetensors"))
    answer: IntArray = np.asarray(learner.predict(task.x[part])).argmax(axis=1)
    return answer


def ended(arms: Mapping[str, Arm], plain: str) -> dict[str, Arm]:
    """The arms that came to their end. Raises DivergedError where ``plain``, that all are compared with, did not."""
    if arms[plain].diverged:
        raise DivergedError(f"lab: expected the arm {plain!r} to come to its end, for all are compared with it; "
                            f"{arms[plain].diverged}")  # fmt: skip
    return {name: arm for name, arm in arms.items() if not arm.diverged}


def interval(accuracy: float, rows: int) -> tuple[float, float]:
    """Wilson's 95 % interval of an accuracy on so many rows."""
    return wilson_interval(round(accuracy * rows), rows)


def within(ends: tuple[float, float]) -> str:
    """An interval of shares as a narrow cell of a table, in per cent: "91.2 to 92.9", kept on one line."""
    return f"{100 * ends[0]:.1f}\u00a0to\u00a0{100 * ends[1]:.1f}"


def reached(curve: list[float], goal: float, first: int = 0) -> int | None:
    """The epoch after which a curve is first at ``goal`` or below; None where it never is."""
    return next((epoch for epoch, value in enumerate(curve, first) if value <= goal), None)

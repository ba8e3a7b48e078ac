"""cifar-torch: a network of one's own in PyTorch names small colour photographs."""

import importlib
from dataclasses import dataclass

from rich.console import Console

from groundup.core import Array, expect_positive
from groundup.labs import pictures
from groundup.labs.blueprint import Blueprint
from groundup.labs.lab import Lab, Outcome
from groundup.labs.pictures import PictureSettings
from groundup.labs.task import Task
from groundup.train import RunFolder


@dataclass(frozen=True)
class CifarTorchSettings(PictureSettings):
    """Chosen on validation rows alone, for two cores and twenty minutes."""

    epochs: int = 10
    data: str = "cifar10"
    backend: str = "torch"
    batch_size: int = 128
    lr: float = 0.1
    optimiser: str = "nesterov"
    weight_decay: float = 5e-4
    schedule: str = "one-cycle"
    label_smoothing: float = 0.1
    augment: str = "flip-crop-cutout"
    precision: str = "bfloat16"
    threads: int = 2
    width: int = 24

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", width=self.width)


def net(settings: CifarTorchSettings, x: Array, classes: int) -> Blueprint:
    """The residual network of ``cifar_net``, which is PyTorch's alone."""
    return Blueprint(None, lambda: importlib.import_module("groundup.labs.cifar_net").ResNet9(settings.width, classes))


def task(settings: CifarTorchSettings) -> Task:
    """CIFAR-10, or other colour pictures of 32 x 32."""
    return pictures.task(settings, net)


def run(folder: RunFolder, settings: CifarTorchSettings, console: Console) -> Outcome:
    """As the other labs with pictures."""
    return pictures.run(folder, settings, console, net)


LAB = Lab(
    name="cifar-torch",
    title="A residual network in PyTorch names photographs",
    covers=("05.07",),
    about="How far does the same task go with a framework: residual blocks, reduced precision, more pictures?",
    expects="At least 78 % from 20,000 pictures in twenty minutes on two cores; 93 % from all of CIFAR-10 on a GPU.",
    settings=CifarTorchSettings,
    run=run,
    quick={"epochs": 1, "rows": 500, "held_out": 300, "width": 8},
    recipes={
        "plain": {},
        "full": {"width": 64, "epochs": 30, "batch_size": 512, "lr": 0.4},  # for a GPU
    },
    space={"lr": (0.01, 0.5, "log"), "weight_decay": (1e-5, 1e-2, "log"), "label_smoothing": (0.0, 0.2)},
)

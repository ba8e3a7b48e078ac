"""cifar-numpy: a tiny convolutional network, every layer of it by hand in NumPy, names small colour photographs."""

from dataclasses import dataclass

from groundup.labs import pictures
from groundup.labs.lab import Lab
from groundup.labs.pictures import PictureSettings


@dataclass(frozen=True)
class CifarNumpySettings(PictureSettings):
    """Chosen on validation rows alone."""

    epochs: int = 30
    data: str = "cifar10"
    rows: int = 10_000
    batch_size: int = 64
    lr: float = 2e-3
    optimiser: str = "adamw"
    weight_decay: float = 1e-2
    schedule: str = "one-cycle"
    channels: tuple[int, ...] = (16, 32, 64)
    hidden: int = 0
    dropout: float = 0.1
    batch_norm: bool = True
    padding: int = 1
    augment: str = "flip-crop"
    threads: int = 2


LAB = Lab(
    name="cifar-numpy",
    title="A tiny network of hand-made convolutions names photographs",
    covers=("05.06",),
    about="Can convolutions written by hand learn to tell aeroplanes from frogs, on a processor, in minutes?",
    expects="At least 60 % of the test pictures, from 10,000 to learn from; guessing has 10 %.",
    settings=CifarNumpySettings,
    run=pictures.run,
    task=pictures.task,
    quick={"epochs": 2, "rows": 500, "held_out": 300},
    space={"lr": (2e-4, 2e-2, "log"), "dropout": (0.0, 0.5), "weight_decay": (1e-4, 1e-1, "log")},
)

"""fashion-cnn: the same kind of network names pieces of clothing, all 60,000 of Fashion-MNIST, in NumPy."""

from dataclasses import dataclass

from groundup.labs import pictures
from groundup.labs.lab import Lab
from groundup.labs.pictures import PictureSettings


@dataclass(frozen=True)
class FashionSettings(PictureSettings):
    """Settings of the lab; docs/labs.md says how they were come by."""

    epochs: int = 12
    label_smoothing: float = 0.1
    data: str = "fashion-mnist"
    batch_size: int = 128
    lr: float = 2e-3
    optimiser: str = "adam"
    schedule: str = "cosine"
    dropout: float = 0.4
    threads: int = 2


LAB = Lab(
    name="fashion-cnn",
    title="A convolutional network names clothes",
    covers=("05.08",),
    about="The network that reads digits, on a harder set of the same size: how far does it carry?",
    expects="At least 91 % of the official 10,000 test pictures.",
    settings=FashionSettings,
    run=pictures.run,
    task=pictures.task,
    quick={"epochs": 1, "rows": 1000, "held_out": 400},
    space={"lr": (1e-4, 1e-2, "log"), "dropout": (0.0, 0.7), "batch_size": [64, 128, 256]},
)

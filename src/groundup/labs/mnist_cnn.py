"""mnist-cnn: the network that the curricula draw, 32 and 64 filters, 128 hidden units, dropout 0.5, reads digits."""

from dataclasses import dataclass

from groundup.labs import pictures
from groundup.labs.lab import Lab
from groundup.labs.pictures import PictureSettings


@dataclass(frozen=True)
class MnistCnnSettings(PictureSettings):
    """Chosen by validation, on the splits of seeds 10 to 12."""

    epochs: int = 20
    batch_size: int = 32
    label_smoothing: float = 0.1
    lr: float = 1e-3
    optimiser: str = "adamw"
    weight_decay: float = 1e-2
    schedule: str = "cosine"


LAB = Lab(
    name="mnist-cnn",
    title="A convolutional network reads handwritten digits",
    covers=("05.08",),
    about="What do convolutions add, on the same digits, to a network that takes an image for a row of numbers?",
    expects="At least 98.2 % with 10,000 digits, 98.6 % with augmentation; 99 % and 99.4 % with all of MNIST; "
    "as much in PyTorch as in NumPy.",
    settings=MnistCnnSettings,
    run=pictures.run,
    task=pictures.task,
    quick={"epochs": 2, "rows": 1000, "held_out": 400},
    recipes={"plain": {}, "augmented": {"epochs": 40, "augment": "affine"}},
    space={"lr": (1e-4, 1e-2, "log"), "dropout": (0.0, 0.7), "hidden": [64, 128, 256], "batch_size": [32, 64, 128]},
)

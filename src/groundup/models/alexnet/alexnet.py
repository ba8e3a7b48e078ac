"""AlexNet: five convolutions, three poolings, three dense layers, and dropout before the first two of them.

    (1)  features    conv 11 × 11 / 4 – pool – conv 5 × 5 – pool – conv 3 × 3 – conv 3 × 3 – conv 3 × 3 – pool
    (2)  avgpool     to 6 × 6, whatever came in
    (3)  classifier  dropout – 4096 – dropout – 4096 – classes

ReLU after each layer with weights but the last. Poolings take windows of 3, 2 apart: they overlap. This is the form in
one tower that torchvision has (Krizhevsky 2014), without the normalisation of responses that the paper of 2012 had.
``width`` scales all channels, so that a narrow one can be tried on small pictures.
Axes: (N, 3, 224, 224), or any size of at least 63 pixels.
Derivation: lesson.md, "Derive".  Sources: Krizhevsky, Sutskever, Hinton, NIPS 2012; Krizhevsky, arXiv:1404.5997 (2014).
"""

from typing import Any, Self

import numpy as np

from groundup.core import Array, Layer, Rng, Sequential, ShapeError, expect_in, expect_positive, expect_rank, generator
from groundup.nn.activation import ReLU
from groundup.nn.conv import Conv2d
from groundup.nn.dropout import Dropout
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, MaxPool2d

CHANNELS, HIDDEN = (64, 192, 384, 256, 256), 4096
SMALLEST = 63  # pixels that leave one behind the last pooling


class AlexNet(Layer):
    """Map (N, 3, H, W) to logits (N, num_classes) by Eqs. 1 to 3.

    State keys are torchvision's: "features.0.weight", "features.3.weight", ..., "classifier.1.weight", ...

    Raises ValueError for sizes below 1, a width of 0 or a dropout outside [0, 1], TypeError without ``rng``, ShapeError
    in ``forward`` for pictures of other than three channels or of less than 63 pixels a side.
    """

    def __init__(
        self, num_classes: int = 1000, dropout: float = 0.5, *, width: float = 1.0, rng: Rng | None = None
    ) -> None:
        expect_positive("AlexNet", num_classes=num_classes)
        expect_in("AlexNet", "width", width, 1e-3)
        expect_in("AlexNet", "dropout", dropout, 0.0, 1.0)
        *channels, hidden = (max(1, round(c * width)) for c in (*CHANNELS, HIDDEN))
        draw = generator("AlexNet", rng)
        self.features = Sequential(*features(channels, draw))
        self.avgpool = AdaptiveAvgPool2d((6, 6))
        self.flatten = Flatten()
        self.classifier = Sequential(*classifier(channels[-1] * 6 * 6, hidden, num_classes, dropout, draw))

    def forward(self, x: Array) -> Array:
        """(N, 3, H, W) -> (N, num_classes), Eqs. 1 to 3."""
        maps = self.avgpool(self.features(self.picture(x)))  # (N, C, 6, 6)
        logits: Array = self.classifier(self.flatten(maps))
        return logits

    def backward(self, dy: Array) -> Any:
        """(N, num_classes) -> (N, 3, H, W): the four parts from the last to the first."""
        dmaps = self.flatten.backward(self.classifier.backward(dy))  # (N, C, 6, 6)
        return self.features.backward(self.avgpool.backward(dmaps))

    def needs_input_grad(self, needed: bool = True) -> Self:
        """Whether anybody reads dx: the first convolution computes it."""
        self.features.needs_input_grad(needed)
        return super().needs_input_grad(needed)

    def picture(self, x: Any) -> Array:
        """Pictures large enough for every layer. Raises ShapeError, DtypeError."""
        checked = expect_rank("AlexNet.forward", x, "NCHW")
        if checked.shape[1] != 3 or min(checked.shape[2:]) < SMALLEST:
            raise ShapeError(
                f"AlexNet.forward: expected pictures (3, H, W) of at least {SMALLEST} pixels a side, got "
                f"{checked.shape[1:]}; repeat the one channel of grey pictures, and enlarge small ones"
            )
        return checked


def features(channels: list[int], rng: np.random.Generator) -> list[Layer]:
    """The layers of Eq. 1 for so many channels behind each convolution, drawn from ``rng`` in this order."""
    a, b, c, d, e = channels
    return [
        Conv2d(3, a, 11, stride=4, padding=2, rng=rng), ReLU(), MaxPool2d(3, stride=2),  # 224 -> 55 -> 27
        Conv2d(a, b, 5, padding=2, rng=rng), ReLU(), MaxPool2d(3, stride=2),  # 27 -> 13
        Conv2d(b, c, 3, padding=1, rng=rng), ReLU(),
        Conv2d(c, d, 3, padding=1, rng=rng), ReLU(),
        Conv2d(d, e, 3, padding=1, rng=rng), ReLU(), MaxPool2d(3, stride=2),  # 13 -> 6
    ]  # fmt: skip


def classifier(inputs: int, hidden: int, classes: int, dropout: float, rng: np.random.Generator) -> list[Layer]:
    """The layers of Eq. 3, drawn from ``rng`` in this order; dropout keeps ``rng`` to draw from in training."""
    return [
        Dropout(dropout, rng=rng), Linear(inputs, hidden, rng=rng), ReLU(),
        Dropout(dropout, rng=rng), Linear(hidden, hidden, rng=rng), ReLU(),
        Linear(hidden, classes, rng=rng),
    ]  # fmt: skip

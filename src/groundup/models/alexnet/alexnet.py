"""AlexNet: five convolutions, three poolings, three dense layers, and dropout before the first two of them.

    (1)  features    conv 11 × 11 / 4 – pool – conv 5 × 5 – pool – conv 3 × 3 – conv 3 × 3 – conv 3 × 3 – pool
    (2)  avgpool     to 6 × 6, whatever came in
    (3)  classifier  dropout – 4096 – dropout – 4096 – classes

ReLU after each but the last. This is the single-tower form that torchvision has (Krizhevsky 2014), without the local
response normalisation of the paper. ``width`` scales all channels, so that a small one can be tried on small pictures.
Axes: (N, 3, 224, 224), or any size of at least 63 pixels.
Derivation: lesson.md, "Derive".  Sources: Krizhevsky, Sutskever, Hinton, NIPS 2012; Krizhevsky, arXiv:1404.5997 (2014).
"""

from groundup.core import Array, Layer, Rng, Sequential, expect_in, expect_positive, generator
from groundup.nn.activation import ReLU
from groundup.nn.conv import Conv2d
from groundup.nn.dropout import Dropout
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, MaxPool2d


class AlexNet(Layer):
    """Map (N, 3, H, W) to logits (N, num_classes) by Eqs. 1 to 3.

    State keys are torchvision's: "features.0.weight", "features.3.weight", ..., "classifier.1.weight", ...
    Raises ValueError for sizes below 1 or a width of 0, TypeError without ``rng``, ShapeError for too small a picture.
    """

    def __init__(
        self, num_classes: int = 1000, dropout: float = 0.5, *, width: float = 1.0, rng: Rng | None = None
    ) -> None:
        expect_positive("AlexNet", num_classes=num_classes)
        channels = [max(1, round(c * expect_in("AlexNet", "width", width, 1e-3))) for c in (64, 192, 384, 256, 256)]
        hidden, draw = max(1, round(4096 * width)), generator("AlexNet", rng)
        self.features = Sequential(*features(channels, draw))
        self.avgpool = AdaptiveAvgPool2d((6, 6))
        self.classifier = Sequential(*classifier(channels[-1] * 36, hidden, num_classes, dropout, draw))
        self.flatten = Flatten()

    def forward(self, x: Array) -> Array:
        """(N, 3, H, W) -> (N, num_classes)."""
        logits: Array = self.classifier(self.flatten(self.avgpool(self.features(x))))
        return logits

    def backward(self, dy: Array) -> Array:
        """(N, num_classes) -> (N, 3, H, W)."""
        dx: Array = self.features.backward(self.avgpool.backward(self.flatten.backward(self.classifier.backward(dy))))
        return dx


def features(channels: list[int], rng: Rng) -> list[Layer]:
    """Eq. 1."""
    a, b, c, d, e = channels
    return [
        Conv2d(3, a, 11, stride=4, padding=2, rng=rng), ReLU(), MaxPool2d(3, stride=2),
        Conv2d(a, b, 5, padding=2, rng=rng), ReLU(), MaxPool2d(3, stride=2),
        Conv2d(b, c, 3, padding=1, rng=rng), ReLU(),
        Conv2d(c, d, 3, padding=1, rng=rng), ReLU(),
        Conv2d(d, e, 3, padding=1, rng=rng), ReLU(), MaxPool2d(3, stride=2),
    ]  # fmt: skip


def classifier(inputs: int, hidden: int, classes: int, dropout: float, rng: Rng) -> list[Layer]:
    """Eq. 3."""
    return [
        Dropout(dropout, rng=rng), Linear(inputs, hidden, rng=rng), ReLU(),
        Dropout(dropout, rng=rng), Linear(hidden, hidden, rng=rng), ReLU(), Linear(hidden, classes, rng=rng),
    ]  # fmt: skip

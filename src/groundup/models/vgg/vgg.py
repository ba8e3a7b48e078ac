"""VGG: nothing but 3 × 3 convolutions, five poolings, and three dense layers.

    (1)  a block        k times (conv 3 × 3, padding 1 – ReLU), then max pooling 2 × 2: half the size
    (2)  VGG-11         blocks of 1, 1, 2, 2, 2 convolutions;      VGG-16   of 2, 2, 3, 3, 3
    (3)  channels       64, 128, 256, 512, 512, the same within a block
    (4)  classifier     4096 – dropout – 4096 – dropout – classes

Two 3 × 3 convolutions see what one of 5 × 5 sees, with 18 in place of 25 weights a pair of channels, and a ReLU more.
``batch_norm`` puts a batch normalisation after each convolution; ``width`` scales all channels for small trials.
Axes: (N, 3, 224, 224), or any size of at least 32 pixels.
Derivation: lesson.md, "Derive".  Source: Simonyan and Zisserman, ICLR 2015, table 1, columns A and D.
"""

from groundup.core import Array, Layer, Rng, Sequential, expect_in, expect_positive, generator
from groundup.nn.activation import ReLU
from groundup.nn.batch_norm import BatchNorm2d
from groundup.nn.conv import Conv2d
from groundup.nn.dropout import Dropout
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import AdaptiveAvgPool2d, MaxPool2d

DEPTHS = {11: (1, 1, 2, 2, 2), 16: (2, 2, 3, 3, 3)}  # convolutions a block, Eq. 2
CHANNELS = (64, 128, 256, 512, 512)


class VGG(Layer):
    """Map (N, 3, H, W) to logits (N, num_classes) by Eqs. 1 to 4; ``depth`` is 11 or 16.

    State keys are torchvision's: "features.0.weight", ..., "classifier.0.weight", "classifier.3.weight", ...
    Raises ValueError for another depth or sizes below 1, TypeError without ``rng``, ShapeError for too small a picture.
    """

    def __init__(
        self,
        depth: int = 16,
        num_classes: int = 1000,
        dropout: float = 0.5,
        *,
        batch_norm: bool = False,
        width: float = 1.0,
        rng: Rng | None = None,
    ) -> None:
        if depth not in DEPTHS:
            raise ValueError(f"VGG: expected depth to be one of {', '.join(map(str, DEPTHS))}, got {depth!r}")
        expect_positive("VGG", num_classes=num_classes)
        expect_in("VGG", "width", width, 1e-3)
        draw, hidden = generator("VGG", rng), max(1, round(4096 * width))
        channels = [max(1, round(c * width)) for c in CHANNELS]
        self.features = Sequential(*features(DEPTHS[depth], channels, batch_norm, draw))
        self.avgpool = AdaptiveAvgPool2d((7, 7))
        self.classifier = Sequential(
            Linear(channels[-1] * 49, hidden, rng=draw), ReLU(), Dropout(dropout, rng=draw),
            Linear(hidden, hidden, rng=draw), ReLU(), Dropout(dropout, rng=draw), Linear(hidden, num_classes, rng=draw),
        )  # fmt: skip
        self.flatten = Flatten()

    def forward(self, x: Array) -> Array:
        """(N, 3, H, W) -> (N, num_classes)."""
        logits: Array = self.classifier(self.flatten(self.avgpool(self.features(x))))
        return logits

    def backward(self, dy: Array) -> Array:
        """(N, num_classes) -> (N, 3, H, W)."""
        dx: Array = self.features.backward(self.avgpool.backward(self.flatten.backward(self.classifier.backward(dy))))
        return dx


def features(depths: tuple[int, ...], channels: list[int], batch_norm: bool, rng: Rng) -> list[Layer]:
    """Eqs. 1 to 3, from the picture up."""
    layers: list[Layer] = []
    inputs = 3
    for convolutions, outputs in zip(depths, channels, strict=True):
        for _ in range(convolutions):
            layers.append(Conv2d(inputs, outputs, 3, padding=1, rng=rng))
            layers += [BatchNorm2d(outputs), ReLU()] if batch_norm else [ReLU()]
            inputs = outputs
        layers.append(MaxPool2d(2))
    return layers

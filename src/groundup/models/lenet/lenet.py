"""LeNet-5: convolutions and pooling in turn, then dense layers.

    (1)  C1  6 filters 5 × 5          S2  pool 2 × 2
    (2)  C3  16 filters 5 × 5         S4  pool 2 × 2
    (3)  a row of the 16 s² numbers,  s = ((H + 2P - 4) / 2 - 4) / 2, each division rounded down
    (4)  F5  120      F6  84          output  10 logits

with an activation after C1, C3, F5 and F6. LeCun's own differs in small ways that nobody keeps: S2 and S4 had a weight
and a bias each, C3 left out some of the maps, weights began in ±2.4/inputs, and the output were distances to drawn
digits. Here S2 and S4 average, or take the maximum, and weights begin as in torch.nn.
Axes: N batch, C channels in, (H, H) pixels: 28, padded by 2 to the paper's 32, unless told otherwise.
Derivation: lesson.md, "Derive".  Source: LeCun, Bottou, Bengio, Haffner, Proceedings of the IEEE 86 (1998), figure 2.
"""

import numpy as np

from groundup.core import Array, Layer, Rng, Sequential, ShapeError, expect_in, expect_positive, expect_rank, generator
from groundup.nn.activation import ReLU, Tanh
from groundup.nn.conv import Conv2d
from groundup.nn.conv.conv import output_size
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import AvgPool2d, MaxPool2d

ACTIVATIONS: dict[str, type[Layer]] = {"tanh": Tanh, "relu": ReLU}
POOLS: dict[str, type[AvgPool2d] | type[MaxPool2d]] = {"average": AvgPool2d, "max": MaxPool2d}


def side(size: int, padding: int = 2) -> int:
    """s of Eq. 3: pixels along an axis of what S4 gives, for an image of ``size`` pixels."""
    after_s2 = output_size(size, 5, padding=padding) // 2  # C1, S2
    return output_size(after_s2, 5) // 2  # C3, S4


class LeNet(Sequential):
    """Map (N, C, size, size) to logits (N, num_classes) by Eqs. 1 to 4.

    ``activation`` is "tanh" or "relu", ``pool`` "average" or "max"; padding=0 and size=32 take the paper's images.
    State keys are those of torch.nn.Sequential: "0.weight", "3.weight", "7.weight", "9.weight", "11.weight", biases.

    Raises ValueError for another activation or pooling, for sizes below 1 and for images too small to leave a pixel;
    TypeError without ``rng``; ShapeError in ``forward`` for images of another shape.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        activation: str = "tanh",
        pool: str = "average",
        padding: int = 2,
        size: int = 28,
        *,
        rng: Rng | None = None,
    ) -> None:
        expect_positive("LeNet", num_classes=num_classes, in_channels=in_channels, size=size)
        expect_in("LeNet", "padding", padding, low=0)
        for name, value, known in (("activation", activation, ACTIVATIONS), ("pool", pool, POOLS)):
            if value not in known:
                raise ValueError(f"LeNet: expected {name} to be one of {', '.join(known)}, got {value!r}")
        if side(size, padding) < 1:
            raise ValueError(f"LeNet: expected images that leave a pixel after S4, got size={size} with {padding=}")
        self.shape = in_channels, size, size
        draw = generator("LeNet", rng)
        super().__init__(*stack(num_classes, in_channels, activation, pool, padding, side(size, padding), draw))

    def forward(self, x: Array) -> Array:
        """(N, C, size, size) -> (N, num_classes)."""
        if expect_rank("LeNet.forward", x, "NCHW").shape[1:] != self.shape:
            raise ShapeError(
                f"LeNet.forward: expected images of shape {self.shape}, got {x.shape[1:]}; "
                "set in_channels and size, or pad the images"
            )
        logits: Array = super().forward(x)
        return logits


def stack(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: np.random.Generator
) -> list[Layer]:
    """The layers of Eqs. 1 to 4 in order, drawn from ``rng`` in this order; S4 gives images of ``s`` by ``s``."""
    act, shrink = ACTIVATIONS[activation], POOLS[pool]
    return [
        Conv2d(in_channels, 6, 5, padding=padding, rng=rng), act(), shrink(2),  # (N, 6, 14, 14)
        Conv2d(6, 16, 5, rng=rng), act(), shrink(2),  # (N, 16, 5, 5)
        Flatten(),  # (N, 400)
        Linear(16 * s * s, 120, rng=rng), act(),
        Linear(120, 84, rng=rng), act(),
        Linear(84, num_classes, rng=rng),
    ]  # fmt: skip

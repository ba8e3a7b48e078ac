"""LeNet-5: convolutions and pooling in turn, then dense layers.

    (1)  C1  6 filters 5 × 5          S2  pool 2 × 2
    (2)  C3  16 filters 5 × 5         S4  pool 2 × 2
    (3)  F5  120      F6  84      output  10

LeCun's own differs in small ways that nobody keeps: S2 and S4 had a weight and a bias each, C3 left out some channels,
and the output were distances to drawn digits. Here S2 and S4 average, or take the maximum, and the output are logits.
Axes: (N, 1, 28, 28), padded by 2 to the paper's 32, or (N, C, 32, 32) with ``padding=0``.
Derivation: lesson.md, "Derive".  Source: LeCun, Bottou, Bengio, Haffner, Proceedings of the IEEE 86 (1998), figure 2.
"""

from groundup.core import Layer, Rng, Sequential, expect_positive, generator
from groundup.nn.activation import ReLU, Tanh
from groundup.nn.conv import Conv2d
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import AvgPool2d, MaxPool2d

ACTIVATIONS: dict[str, type[Layer]] = {"tanh": Tanh, "relu": ReLU}
POOLS: dict[str, type[AvgPool2d] | type[MaxPool2d]] = {"average": AvgPool2d, "max": MaxPool2d}


class LeNet(Sequential):
    """Map (N, C, 28, 28) to logits (N, num_classes) by Eqs. 1 to 3.

    State keys are those of torch.nn.Sequential: "0.weight", "3.weight", "7.weight", "9.weight", "11.weight", biases.
    Raises ValueError for another activation or pooling and for sizes below 1, TypeError without ``rng``.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        activation: str = "tanh",
        pool: str = "average",
        padding: int = 2,
        *,
        rng: Rng | None = None,
    ) -> None:
        expect_positive("LeNet", num_classes=num_classes, in_channels=in_channels)
        for name, value, known in (("activation", activation, ACTIVATIONS), ("pool", pool, POOLS)):
            if value not in known:
                raise ValueError(f"LeNet: expected {name} to be one of {', '.join(known)}, got {value!r}")
        super().__init__(*stack(num_classes, in_channels, activation, pool, padding, rng=generator("LeNet", rng)))


def stack(num_classes: int, in_channels: int, activation: str, pool: str, padding: int, *, rng: Rng) -> list[Layer]:
    """The layers in order, drawn from ``rng`` in this order; an activation after each but the last."""
    act, shrink = ACTIVATIONS[activation], POOLS[pool]
    return [
        Conv2d(in_channels, 6, 5, padding=padding, rng=rng), act(), shrink(2),  # (N, 6, 14, 14)
        Conv2d(6, 16, 5, rng=rng), act(), shrink(2),  # (N, 16, 5, 5)
        Flatten(),  # (N, 400)
        Linear(400, 120, rng=rng), act(), Linear(120, 84, rng=rng), act(), Linear(84, num_classes, rng=rng),
    ]  # fmt: skip

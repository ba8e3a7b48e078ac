"""What people write instead of LeNet."""

import numpy as np

from groundup.core import Layer, misconception
from groundup.models.lenet import lenet
from groundup.models.lenet.lenet import ACTIVATIONS
from groundup.nn.linear import Linear

Generator = np.random.Generator


@misconception(
    "side",
    "Padding stands at both ends of the axis; you count one.",
    see="Shapes",
)
def padding_on_one_side(size: int, padding: int = 2) -> int:
    return ((size + padding - 4) // 2 - 4) // 2


@misconception(
    "side",
    "You give the second convolution the padding, too. C3 has none.",
    see="Shapes",
)
def padding_in_both(size: int, padding: int = 2) -> int:
    return ((size + 2 * padding - 4) // 2 + 2 * padding - 4) // 2


@misconception(
    "side",
    "A kernel of 5 takes four pixels off an axis and not five: count the places, not the pixels that are lost to one.",
    see="Shapes",
)
def five_pixels_lost(size: int, padding: int = 2) -> int:
    return ((size + 2 * padding - 5) // 2 - 5) // 2


@misconception(
    "side",
    "You round up where pooling leaves a row over. A window that is not full is dropped.",
    see="Shapes",
)
def rounded_up(size: int, padding: int = 2) -> int:
    return -(-(-(-(size + 2 * padding - 4) // 2) - 4) // 2)


@misconception(
    "stack",
    "There is an activation after the last layer. The loss takes logits, which may be any number.",
    see="Why this order",
)
def activation_at_the_end(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: Generator
) -> list[Layer]:
    layers = lenet.stack(num_classes, in_channels, activation, pool, padding, s, rng)
    return [*layers, ACTIVATIONS[activation]()]


@misconception(
    "stack",
    "The dense layers follow on each other with nothing between: three linear maps in a row are one.",
    see="Why this order",
)
def dense_without_activations(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: Generator
) -> list[Layer]:
    layers = lenet.stack(num_classes, in_channels, activation, pool, padding, s, rng)
    return [*layers[:7], *(layer for layer in layers[7:] if isinstance(layer, Linear))]


@misconception(
    "stack",
    "You pool before the activation. With maxima and ReLU that is the same; a mean and a curve do not change places.",
    see="Why this order",
)
def pooled_first(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: Generator
) -> list[Layer]:
    c1, act, s2, c3, act_too, s4, *rest = lenet.stack(num_classes, in_channels, activation, pool, padding, s, rng)
    return [c1, s2, act, c3, s4, act_too, *rest]


@misconception(
    "stack",
    "One activation is made and used in every place. It keeps what it saw last, so there is one way back for four.",
    see="Build",
)
def one_activation_for_all(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: Generator
) -> list[Layer]:
    layers, one = lenet.stack(num_classes, in_channels, activation, pool, padding, s, rng), ACTIVATIONS[activation]()
    return [one if type(layer) is type(one) else layer for layer in layers]


@misconception(
    "stack",
    "You build with tanh and means whatever was asked for.",
    see="Build",
)
def always_as_in_the_paper(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: Generator
) -> list[Layer]:
    return lenet.stack(num_classes, in_channels, "tanh", "average", padding, s, rng)


@misconception(
    "stack",
    "The convolutions have no activation behind them: only the dense layers bend.",
    see="Why this order",
)
def convolutions_without_activations(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: Generator
) -> list[Layer]:
    c1, _, s2, c3, _, s4, *rest = lenet.stack(num_classes, in_channels, activation, pool, padding, s, rng)
    return [c1, s2, c3, s4, *rest]

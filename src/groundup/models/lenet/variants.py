"""LeNet written another way, and just as right."""

from itertools import pairwise

import numpy as np

from groundup.core import Layer, variant
from groundup.models.lenet.lenet import ACTIVATIONS, POOLS
from groundup.nn.conv import Conv2d
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear


@variant("side", "one division by four: halves of halves round down alike")
def one_division(size: int, padding: int = 2) -> int:
    return (size + 2 * padding - 12) // 4


@variant("side", "a loop over the two stages")
def loop_over_stages(size: int, padding: int = 2) -> int:
    for border in (padding, 0):
        windows = len(range(size + 2 * border - 4))
        size = windows // 2
    return size


@variant("stack", "a loop over a table of stages, then one over the widths")
def from_tables(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: np.random.Generator
) -> list[Layer]:
    layers: list[Layer] = []
    for inputs, outputs, border in ((in_channels, 6, padding), (6, 16, 0)):
        layers.append(Conv2d(inputs, outputs, kernel_size=5, padding=border, rng=rng))
        layers.append(ACTIVATIONS[activation]())
        layers.append(POOLS[pool](2))
    layers.append(Flatten())
    widths = [16 * s**2, 120, 84, num_classes]
    for inputs, outputs in pairwise(widths):
        layers += [Linear(inputs, outputs, rng=rng), ACTIVATIONS[activation]()]
    return layers[:-1]  # none behind the last


@variant("stack", "draw the five layers with weights first, then put the others between them")
def weights_first(
    num_classes: int, in_channels: int, activation: str, pool: str, padding: int, s: int, rng: np.random.Generator
) -> list[Layer]:
    c1, c3 = Conv2d(in_channels, 6, 5, stride=1, padding=padding, rng=rng), Conv2d(6, 16, 5, stride=1, rng=rng)
    f5, f6, output = (Linear(i, o, rng=rng) for i, o in ((16 * s * s, 120), (120, 84), (84, num_classes)))
    bends = [ACTIVATIONS[activation]() for _ in range(4)]
    s2, s4 = POOLS[pool](2, stride=2), POOLS[pool](2, stride=2)
    return [c1, bends[0], s2, c3, bends[1], s4, Flatten(1), f5, bends[2], f6, bends[3], output]

"""Receptive fields twice: computed from the windows of the layers, and found by the gradient of one number.

With y one number of layer l in the middle of a map and x the picture,

    (1)  the square of pixels that y can see          from kernel, stride, padding, dilation: core.receptive_field
    (2)  {(i, j): ∂y/∂x[c, i, j] ≠ 0 for a c}         over several pictures, for ReLU and pooling let pass only a part
    (3)  e[i, j] = mean over pictures and c of |∂y/∂x[c, i, j]|            how much each pixel counts
    (4)  s = the fewest pixels that hold 90 % of Σ e, as a share of the square

Eq. 2 must lie within Eq. 1 and reach each of its four sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from groundup.core import Array, Layer, Sequential
from groundup.core.receptive_field import Field, field_of
from groundup.labs.plots_field import Box
from groundup.models import cnn, lenet, resnet, vgg
from groundup.models.resnet.resnet import BasicBlock
from groundup.nn.conv import Conv2d
from groundup.nn.flatten import Flatten
from groundup.nn.pool import AdaptiveAvgPool2d

WEIGHT = 0.9  # of Eq. 4


@dataclass(frozen=True)
class Net:
    """Layers that keep places apart, in order; ``ends`` counts those up to each named one, itself included."""

    layers: list[Layer]
    ends: dict[str, int]
    channels: int

    def field(self, name: str) -> Field:
        """Eq. 1 along one axis; all of these see squares."""
        return field_of([_ways(layer) for layer in self.layers[: self.ends[name]]])[0]

    def maps(self, name: str, x: Array) -> Array:
        """(N, C, H, W) -> (N, K, h, w): what the named layer puts out."""
        for layer in self.layers[: self.ends[name]]:
            x = layer(x)
        return x

    def gradient(self, name: str, x: Array, place: tuple[int, int]) -> Array:
        """(N, C, H, W): the gradient of the sum over the named layer's maps at one place, for each picture."""
        dy = np.zeros_like(self.maps(name, x))
        dy[:, :, place[0], place[1]] = 1
        for layer in reversed(self.layers[: self.ends[name]]):
            dy = layer.backward(dy)
        return dy


def _ways(layer: Layer) -> Any:
    """A block of a ResNet as the two ways that meet in it: how its layers are connected is in its code alone."""
    if not isinstance(layer, BasicBlock):
        return layer
    return SimpleNamespace(body=Sequential(layer.conv1, layer.conv2), shortcut=getattr(layer, "downsample", None))


def net_of(layers: Sequence[Layer]) -> Net:
    """A network from its layers, up to the first that gives up places; named are windows and blocks."""
    kept: list[Layer] = []
    ends: dict[str, int] = {}
    counts: dict[str, int] = {}
    for layer in layers:
        if isinstance(layer, Flatten | AdaptiveAvgPool2d):
            break
        kept.append(layer.eval().needs_input_grad(True))
        kind = "block" if isinstance(layer, BasicBlock) else "conv" if isinstance(layer, Conv2d) else "pool"
        if kind == "block" or hasattr(layer, "kernel_size"):
            counts[kind] = counts.get(kind, 0) + 1
            ends[f"{kind} {counts[kind]}"] = len(kept)
    first = next(layer for layer in kept if isinstance(layer, Conv2d))
    return Net(kept, ends, first.in_channels)


def networks(rng: np.random.Generator, width: float) -> dict[str, Net]:
    """Four networks of the course with random weights; ``width`` narrows the last two, which changes no field."""
    residual = resnet.resnet_cifar(width=max(6, round(16 * width)), rng=rng)
    stages = [block for stage in residual.stages for block in stage]
    return {
        "CNN": net_of(list(cnn.CNN(rng=rng))),
        "LeNet": net_of(list(lenet.LeNet(rng=rng))),
        "VGG-11": net_of(list(vgg.VGG(11, 10, width=width, rng=rng).features)),
        "ResNet-20": net_of([residual.conv1, residual.bn1, residual.relu, *stages]),
    }


def inside(field: Field) -> tuple[int, int]:
    """The first place along an axis whose field lies within the picture, and the least picture for that."""
    place = -(-field.padding // field.stride)
    return place, field.pixels(place)[1] + 1 + field.padding


def square(field: Field, place: int) -> Box:
    """Eq. 1 at a place of the map, the same along both axes."""
    return field.pixels(place), field.pixels(place)


def found(gradient: Array) -> Box | None:
    """The least box around all pixels of Eq. 2, from (N, C, H, W); None where the gradient is zero everywhere."""
    seen = (gradient != 0).any(axis=(0, 1))
    if not seen.any():
        return None
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return (int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))


def effective(gradient: Array) -> Array:
    """Eq. 3, (N, C, H, W) -> (H, W)."""
    strength: Array = np.abs(gradient).mean(axis=(0, 1))
    return strength


def share(strength: Array, pixels: int, weight: float = WEIGHT) -> float:
    """Eq. 4: of so many pixels, the share that holds this much of all strength (H, W).

    >>> share(np.array([[8.0, 1.0], [1.0, 0.0]]), 4)
    0.5
    """
    ordered = np.sort(strength, axis=None)[::-1].astype(np.float64)
    held = np.cumsum(ordered) / max(float(ordered.sum()), np.finfo(float).tiny)
    return float(np.searchsorted(held, weight - 1e-12) + 1) / pixels

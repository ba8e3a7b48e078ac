"""Residual connections written another way, and just as right."""

from typing import Any

import numpy as np

from groundup.core import (
    Array,
    Layer,
    Rng,
    Sequential,
    ShapeError,
    expect_float,
    expect_positive,
    expect_shape,
    generator,
    variant,
)
from groundup.nn.activation import ReLU
from groundup.nn.linear import Linear
from groundup.nn.residual.residual import Residual


def _expect_same_shape(fx: Array, sx: Array) -> None:
    if fx.shape != sx.shape:
        raise ShapeError(f"Residual.forward: expected both ways to give one shape, got {fx.shape} and {sx.shape}")


@variant("Residual.forward", "a copy of the way around, and the body added to it")
def added_to_a_copy(self: Residual, x: Array) -> Array:
    x = expect_float("Residual.forward", x)
    y: Array = (self.shortcut(x) if self.shortcut is not None else x).copy()
    through = self.body(x)
    _expect_same_shape(through, y)
    y += through
    self.keep(y.shape)
    return y


@variant("Residual.forward", "a sum over a list of ways")
def sum_over_ways(self: Residual, x: Array) -> Array:
    x = expect_float("Residual.forward", x)
    ways = [layer(x) for layer in (self.body, self.shortcut) if layer is not None]
    if len(ways) == 1:
        ways.append(x)
    _expect_same_shape(*ways)
    y: Array = np.sum(ways, axis=0)
    self.keep(y.shape)
    return y


@variant("Residual.backward", "the way around first, and a sum over a list")
def sum_over_ways_back(self: Residual, dy: Array) -> Any:
    (shape,) = self.kept_all()
    expect_shape("Residual.backward", dy, shape, like="y")
    ways = [dy] if self.shortcut is None else [self.shortcut.backward(dy)]
    ways.append(self.body.backward(dy))
    wanted = self.input_grad and not any(way is None for way in ways)
    return sum(ways) if wanted else None


@variant("Residual.backward", "zeros that collect")
def collected_in_zeros(self: Residual, dy: Array) -> Any:
    (shape,) = self.kept_all()
    expect_shape("Residual.backward", dy, shape, like="y")
    through = self.body.backward(dy)
    past = dy if self.shortcut is None else self.shortcut.backward(dy)
    if not self.input_grad or through is None or past is None:
        return None
    dx = np.zeros(through.shape, through.dtype)
    for part in (through, past):
        dx += part
    return dx


@variant("residual_block", "a list that a loop over the widths fills")
def loop_over_widths(in_features: int, out_features: int, *, rng: Rng | None = None) -> Residual:
    expect_positive("residual_block", in_features=in_features, out_features=out_features)
    draw = generator("residual_block", rng)
    layers: list[Layer] = []
    for width in (in_features, out_features):
        layers += [ReLU(), Linear(width, out_features, rng=draw)]
    if in_features == out_features:
        return Residual(Sequential(*layers))
    return Residual(Sequential(*layers), shortcut=Linear(in_features, out_features, bias=False, rng=draw))


@variant("residual_block", "draw the dense layers first, put them together later")
def drawn_first(in_features: int, out_features: int, *, rng: Rng | None = None) -> Residual:
    expect_positive("residual_block", in_features=in_features, out_features=out_features)
    draw, shortcut = generator("residual_block", rng), None
    first = Linear(in_features, out_features, rng=draw)
    second = Linear(out_features, out_features, rng=draw)
    if in_features != out_features:
        shortcut = Linear(in_features, out_features, bias=False, rng=draw)
    return Residual(Sequential(ReLU(), first, ReLU(), second), shortcut)

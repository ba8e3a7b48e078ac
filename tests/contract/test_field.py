"""The receptive field of the library's own layers: what ``field_of`` reads off them is where they have a gradient."""

import numpy as np
import pytest

from groundup.core import Field, Layer, Sequential, field_of
from groundup.nn import AdaptiveAvgPool2d, AvgPool2d, Conv1d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Residual

NETWORKS = {
    "strides, padding and pooling": lambda: Sequential(Conv2d(1, 3, (5, 3), (2, 1), 1, rng=0), ReLU(), MaxPool2d(2)),
    "dilation": lambda: Sequential(Conv2d(1, 3, 3, dilation=2, rng=0), AvgPool2d(3, 2, 1), Conv2d(3, 2, 2, rng=1)),
    "padding by name": lambda: Sequential(Conv2d(1, 3, 4, padding="same", rng=0), Conv2d(3, 2, 3, rng=1)),
    "two ways that meet": lambda: Sequential(Conv2d(1, 2, 3, rng=0), Residual(Conv2d(2, 2, 3, padding=1, rng=1))),
}


def touched(net: Layer, at: tuple[int, int]) -> np.ndarray:
    """Pixels with a gradient in any of many images: a maximum gives it to one pixel at a time."""
    found = np.zeros((24, 25), bool)
    for seed in range(60):
        y = net(np.random.default_rng(seed).standard_normal((1, 1, *found.shape)))
        dy = np.zeros_like(y)
        dy[0, :, at[0], at[1]] = np.random.default_rng(seed).standard_normal(y.shape[1])
        found |= net.backward(dy)[0, 0] != 0
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_the_field_is_where_the_gradient_is(name: str) -> None:
    net = NETWORKS[name]()
    found = touched(net, (3, 4))
    for axis, (i, field) in enumerate(zip((3, 4), field_of(net), strict=True)):
        where = np.nonzero(found.any(axis=1 - axis))[0]
        assert (where[0], where[-1]) == field.pixels(i)


@pytest.mark.parametrize("layer", [Linear(2, 2, rng=0), Flatten(), AdaptiveAvgPool2d(1)])
def test_what_sees_everything_is_refused(layer: Layer) -> None:
    with pytest.raises(ValueError, match=f"got {type(layer).__name__}, which sees everything"):
        field_of([ReLU(), layer])


def test_signals_have_one_axis() -> None:
    assert field_of(Conv1d(1, 1, 3, 2, rng=0)) == (Field(3, 2),)

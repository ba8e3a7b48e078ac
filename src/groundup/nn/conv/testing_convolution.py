"""Checks for a convolution: what would you ask of one that a stranger wrote?

Each function below is given the class ``Convolution`` and raises AssertionError where something is wrong with it.
``conv2d`` makes a layer of it. A convolution is a sum of few products, so that right answers can be had by a loop that
is slow and beyond doubt, or by numbers that one can count on one's fingers.
"""

from typing import Any

import numpy as np

from groundup.core import Array


def conv2d(Convolution: type, *args: Any, **options: Any) -> Any:
    """A layer over images, in float64, made of the class that is on trial."""
    return type("Conv2d", (Convolution,), {"axes": 2})(*args, **options, rng=0).to("float64")


def check_forward(Convolution: type) -> None:
    """Complain where y is wrong: with stride, padding, dilation, groups, without a bias, for several images."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 4, 7, 6))
    for options in ({}, {"stride": (2, 1), "padding": (1, 2)}, {"dilation": 2, "bias": False}, {"groups": 2}):
        layer = conv2d(Convolution, 4, 6, (3, 2), **options)
        np.testing.assert_allclose(layer(x), _by_hand(layer, x), atol=1e-12)


def check_backward(Convolution: type) -> None:
    """Complain where backward is not the slope of forward, where it replaces, or where it changes what it is given."""
    rng = np.random.default_rng(1)
    for options in ({"padding": 1}, {"stride": 2, "padding": (0, 2), "groups": 2}, {"dilation": 2}):
        layer, x = conv2d(Convolution, 2, 4, 3, **options), rng.standard_normal((2, 2, 6, 7))
        dy = rng.standard_normal(layer(x).shape)
        dx = layer.backward(dy)
        np.testing.assert_allclose(dx, _slope(layer, x, dy, x), atol=1e-6)
        for p in layer.parameters():
            np.testing.assert_allclose(p.grad, _slope(layer, x, dy, p.value), atol=1e-6)
        once = [p.grad.copy() for p in layer.parameters()]
        layer(x)
        layer.backward(dy)
        for p, gradient in zip(layer.parameters(), once, strict=True):
            np.testing.assert_allclose(p.grad, 2 * gradient)


def _by_hand(layer: Any, x: Array) -> Array:
    """y, number by number, from the settings of a layer."""
    (sh, sw), (ph, pw), (dh, dw) = layer.stride, layer.padding, layer.dilation
    w, share = layer.weight.value, 4 // layer.groups
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    down, across = (x.shape[2] - 2 * dh - 1) // sh + 1, (x.shape[3] - dw - 1) // sw + 1
    y = np.zeros((len(x), 6, down, across))
    for n, o, i, j in np.ndindex(y.shape):
        first = o // (6 // layer.groups) * share
        seen = x[n, first : first + share, i * sh : i * sh + 2 * dh + 1 : dh, j * sw : j * sw + dw + 1 : dw]
        y[n, o, i, j] = (seen * w[o]).sum() + (0 if layer.bias is None else layer.bias.value[o])
    return y


def _slope(layer: Any, x: Array, dy: Array, moved: Array) -> Array:
    """d(Σ dy y) by each entry of an array that forward reads, by finite differences."""
    slope = np.zeros_like(moved)
    for place in np.ndindex(moved.shape):
        kept = moved[place]
        moved[place] = kept + 0.5  # y is linear in it: no step is too large
        up = (dy * layer(x)).sum()
        moved[place] = kept - 0.5
        slope[place] = up - (dy * layer(x)).sum()
        moved[place] = kept
    return slope

"""Checks for batch normalisation: what would you ask of one that a stranger wrote?

Each function below is given the class ``BatchNorm`` and raises AssertionError where something is wrong with it.
``layer_of`` makes a layer of it whose scale and shift are not 1 and 0. In training, after forward, it must have
remembered; in evaluation it must not.
"""

from typing import Any

import numpy as np

from groundup.core import Array


def layer_of(BatchNorm: type, features: int, **options: Any) -> Any:
    """A layer for rows or images, in float64, made of the class that is on trial."""
    layer = type("BatchNorm1d", (BatchNorm,), {"shapes": ("NC", "NCHW")})(features, **options).to("float64")
    layer.weight.value[...], layer.bias.value[...] = np.arange(1, features + 1), np.arange(features) - 0.5
    return layer


def check_forward(BatchNorm: type) -> None:
    """Complain where y is wrong, in training and in evaluation, for rows and for images."""
    rng = np.random.default_rng(0)
    for shape in ((6, 3), (4, 3, 2, 3)):
        layer, x = layer_of(BatchNorm, 3), 5 + 2 * rng.standard_normal(shape)
        axes, wide = (0, *range(2, x.ndim)), (3, *(1,) * (x.ndim - 2))
        w, b = layer.weight.value.reshape(wide), layer.bias.value.reshape(wide)
        mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
        np.testing.assert_allclose(layer(x), w * (x - mean) / np.sqrt(variance + 1e-5) + b, atol=1e-12)
        mean, variance = (v.value.reshape(wide) for v in (layer.running_mean, layer.running_var))
        layer.eval()
        np.testing.assert_allclose(layer(x), w * (x - mean) / np.sqrt(variance + 1e-5) + b, atol=1e-12)
        np.testing.assert_array_equal(layer(x)[:1], layer(x[:1]))


def check_memory(BatchNorm: type) -> None:
    """Complain where the running statistics are not what Eq. 7 says, or move when they should not."""
    rng = np.random.default_rng(1)
    for momentum, shares in ((0.3, (0.3, 0.3)), (None, (1, 0.5))):
        layer, mean, variance = layer_of(BatchNorm, 2, momentum=momentum), np.zeros(2), np.ones(2)
        for share in shares:
            x = 3 + rng.standard_normal((5, 2))
            layer(x)
            mean, variance = mean + share * (x.mean(0) - mean), variance + share * (x.var(0, ddof=1) - variance)
            np.testing.assert_allclose(layer.running_mean.value, mean)
            np.testing.assert_allclose(layer.running_var.value, variance)
        layer.eval()
        layer(x + 9)
        np.testing.assert_allclose(layer.running_mean.value, mean)
        assert layer.num_batches_tracked.value == 2


def check_backward(BatchNorm: type) -> None:
    """Complain where backward is not the slope of forward in either mode, or where it does not add."""
    rng = np.random.default_rng(2)
    for training in (True, False):
        layer, x = layer_of(BatchNorm, 2), 1 + 2 * rng.standard_normal((4, 2))
        layer(x)
        layer.train(training)
        dy = rng.standard_normal(layer(x).shape)
        dx = layer.backward(dy)
        np.testing.assert_allclose(dx, _slope(layer, x, dy, x), atol=1e-6)
        for p in layer.parameters():
            np.testing.assert_allclose(p.grad, _slope(layer, x, dy, p.value), atol=1e-6)
        once = layer.weight.grad.copy()
        layer(x)
        layer.backward(dy)
        np.testing.assert_allclose(layer.weight.grad, 2 * once)


def _slope(layer: Any, x: Array, dy: Array, moved: Array) -> Array:
    """d(Σ dy y) by each entry of an array that forward reads, by finite differences."""
    slope = np.zeros_like(moved)
    for place in np.ndindex(moved.shape):
        kept = moved[place]
        moved[place] = kept + 1e-5
        up = (dy * layer(x)).sum()
        moved[place] = kept - 1e-5
        slope[place] = (up - (dy * layer(x)).sum()) / 2e-5
        moved[place] = kept
    return slope

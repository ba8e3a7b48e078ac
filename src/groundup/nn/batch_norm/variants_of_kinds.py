"""Other good checks for batch normalisation."""

import numpy as np

from groundup.core import variant
from groundup.nn.batch_norm.testing_batch_norm import layer_of


@variant("check_forward", "properties: the mean and spread of what comes out, and who has a say in it")
def mean_and_spread(BatchNorm: type) -> None:
    layer, x = layer_of(BatchNorm, 4, eps=0.0), 7 + 3 * np.random.default_rng(3).standard_normal((5, 4, 2, 4))
    y = layer(x)
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), layer.bias.value, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(0, 2, 3)), layer.weight.value)
    np.testing.assert_allclose(layer(10 * x - 4), y, atol=1e-12)
    layer.running_mean.value[...], layer.running_var.value[...] = 2.0, 16.0
    layer.eval()
    known = np.broadcast_to(layer.weight.value * 1.5 + layer.bias.value, (1, 4))
    np.testing.assert_allclose(layer(np.full((1, 4), 8.0)), known)
    assert abs(layer(x)[0] - layer(x[:1])[0]).max() < 1e-12


@variant("check_memory", "two numbers, by hand")
def two_numbers(BatchNorm: type) -> None:
    layer = layer_of(BatchNorm, 1, momentum=0.25)
    layer(np.array([[4.0], [8.0]]))
    assert np.isclose(layer.running_mean.value, 0.25 * 6).all()
    assert np.isclose(layer.running_var.value, 0.75 + 0.25 * 8).all()
    layer.eval()
    layer(np.array([[40.0], [80.0]]))
    assert np.isclose(layer.running_mean.value, 0.25 * 6).all()
    assert int(layer.num_batches_tracked.value) == 1
    average = layer_of(BatchNorm, 1, momentum=None)
    for a, b in ((0.0, 2.0), (4.0, 8.0), (10.0, 10.0)):
        average(np.array([[a], [b]]))
    assert np.isclose(average.running_mean.value, (1 + 6 + 10) / 3).all()
    assert np.isclose(average.running_var.value, (2 + 8 + 0) / 3).all()


@variant("check_backward", "what must not change y gets no gradient, and sums that are known")
def directions_that_do_nothing(BatchNorm: type) -> None:
    rng = np.random.default_rng(4)
    layer, x, dy = layer_of(BatchNorm, 3, eps=0.0), rng.standard_normal((6, 3)), rng.standard_normal((6, 3))
    y = layer(x)
    dx, hat = layer.backward(dy), (y - layer.bias.value) / layer.weight.value
    assert abs(dx.sum(axis=0)).max() < 1e-10
    assert abs((dx * x).sum(axis=0)).max() < 1e-10
    step = 1e-6 * rng.standard_normal(x.shape)
    assert np.isclose((dy * (layer(x + step) - layer(x - step))).sum(), 2 * (dx * step).sum(), rtol=1e-4)
    np.testing.assert_allclose(layer.weight.grad, (dy * hat).sum(axis=0))
    layer.eval()
    layer(x)
    r = 1 / np.sqrt(layer.running_var.value)
    np.testing.assert_allclose(layer.backward(dy), layer.weight.value * r * dy)
    np.testing.assert_allclose(layer.bias.grad, 2 * dy.sum(axis=0))

"""Other good checks for a convolution, and other fast ways to one."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from groundup.core import Array, variant
from groundup.nn.conv.testing_convolution import conv2d


@variant("check_forward", "one pixel that is not zero: the output is the kernel, turned round, where it was seen")
def one_bright_pixel(Convolution: type) -> None:
    layer = conv2d(Convolution, 2, 3, (2, 3), padding=(1, 2))
    x = np.zeros((2, 2, 3, 4))
    x[1, 0, 1, 2] = 1
    y, (w, b) = layer(x), (layer.weight.value, layer.bias.value)
    assert y.shape == (2, 3, 4, 6)
    np.testing.assert_allclose(y[0], np.broadcast_to(b[:, None, None], (3, 4, 6)))
    np.testing.assert_allclose(y[1, :, 1:3, 2:5] - b[:, None, None], w[:, 0, ::-1, ::-1])
    np.testing.assert_allclose(y[1, :, 3], np.broadcast_to(b[:, None], (3, 6)))
    wide = conv2d(Convolution, 4, 2, 2, stride=2, groups=2, bias=False)
    seen = wide(np.ones((1, 4, 4, 4)))
    np.testing.assert_allclose(
        seen, np.broadcast_to(wide.weight.value.sum(axis=(1, 2, 3))[:, None, None], (1, 2, 2, 2))
    )


@variant("check_backward", "inner products: what dy says of y, dx says of x and dw of w")
def inner_products(Convolution: type) -> None:
    rng = np.random.default_rng(5)
    for options in ({"padding": (2, 1)}, {"stride": 2, "padding": 1, "groups": 2}):
        layer = conv2d(Convolution, 2, 4, 3, **options)
        x, other = rng.standard_normal((2, 3, 2, 5, 6))
        dy = rng.standard_normal(layer(x).shape)
        dx, bias = layer.backward(dy), layer.bias.value.reshape(1, -1, 1, 1)
        before = layer.weight.grad.copy()
        np.testing.assert_allclose(layer.bias.grad, dy.sum(axis=(0, 2, 3)))
        np.testing.assert_allclose((dx * other).sum(), (dy * (layer(other) - bias)).sum())
        layer(x)
        layer.backward(dy)
        np.testing.assert_allclose(layer.weight.grad, 2 * before)
        layer.weight.value[...] = rng.standard_normal(layer.weight.shape)
        np.testing.assert_allclose((before * layer.weight.value).sum(), (dy * (layer(x) - bias)).sum())


@variant("convolve", "windows and filters contracted over channels and kernel")
def contracted(x: Array, w: Array) -> Array:
    windows = sliding_window_view(x, w.shape[2:], axis=(2, 3))
    return np.moveaxis(np.tensordot(windows, w, axes=((1, 4, 5), (1, 2, 3))), -1, 1)


@variant("convolve", "a product of channels for each pixel of the kernel, added up")
def pixel_of_the_kernel(x: Array, w: Array) -> Array:
    k, (down, across) = w.shape[-1], (x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1)
    y = np.zeros((len(x), len(w), down * across), x.dtype)
    for a, e in np.ndindex(k, k):
        y += w[:, :, a, e] @ x[:, :, a : a + down, e : e + across].reshape(len(x), x.shape[1], -1)
    return y.reshape(len(x), len(w), down, across)

"""The fast form is the plain form, whatever the order of memory, and what it returns is nobody else's."""

import numpy as np
import pytest

from groundup.core import Layer
from groundup.nn.conv import conv, fast

SETTINGS = [
    {"kernel_size": 3},
    {"kernel_size": 1},
    {"kernel_size": 3, "bias": False, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 0)},
    {"kernel_size": (1, 5), "stride": (1, 2), "padding": "valid"},
    {"kernel_size": 4, "padding": "same"},
    {"kernel_size": 2, "stride": 3},
    {"kernel_size": 3, "dilation": 2},
    {"kernel_size": 3, "groups": 3},
]


def image(*shape: int, order: str = "NCHW", seed: int = 0, dtype: str = "float64") -> np.ndarray:
    """(N, C, H, W), in memory as it says."""
    x = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) if order == "NHWC" else x


def pair(channels: int, settings: dict) -> tuple[Layer, Layer]:
    ours, plain = (kind(channels, 6, **settings, rng=0).to("float64") for kind in (fast.Conv2d, conv.Conv2d))
    return ours, plain


@pytest.mark.parametrize("cache", [1, 10**9], ids=["one image at a time", "all at once"])
@pytest.mark.parametrize("order", ["NCHW", "NHWC"])
@pytest.mark.parametrize("channels", [3, 6], ids=["few channels", "more"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_equals_the_plain_form(settings: dict, channels: int, order: str, cache: int, monkeypatch) -> None:
    monkeypatch.setattr(fast, "CACHE", {True: cache, False: cache})
    (ours, plain), x = pair(channels, settings), image(3, channels, 9, 11, order=order)
    y = ours(x)
    np.testing.assert_allclose(y, plain(x), rtol=1e-12, atol=1e-13)
    dy = image(*y.shape, order=order, seed=1)
    before = x.copy(), dy.copy()
    np.testing.assert_allclose(ours.backward(dy), plain.backward(dy), rtol=1e-12, atol=1e-13)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12, atol=1e-13)
    assert np.array_equal(x, before[0])
    assert np.array_equal(dy, before[1])


@pytest.mark.parametrize("channels", [3, 6])
def test_without_a_need_for_dx_there_is_none(channels: int) -> None:
    ours, plain = pair(channels, {"kernel_size": 3})
    x = image(2, channels, 6, 7)
    dy = np.ones_like(plain(x))
    assert ours.needs_input_grad(False)(x).shape == dy.shape
    assert ours.backward(dy) is None
    plain.backward(dy)
    for a, b in zip(ours.parameters(), plain.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12)


def test_what_comes_out_is_channels_last_in_memory() -> None:
    layer = fast.Conv2d(6, 5, 3, rng=0)
    y = layer(image(2, 6, 7, 8))
    assert y.transpose(0, 2, 3, 1).flags.c_contiguous
    assert layer.backward(np.ones_like(y)).transpose(0, 2, 3, 1).flags.c_contiguous


@pytest.mark.parametrize("channels", [3, 6])
@pytest.mark.parametrize("kernel", [1, 3])
def test_a_later_batch_leaves_earlier_results_alone(channels: int, kernel: int) -> None:
    layer, x = fast.Conv2d(channels, channels, kernel, rng=0), image(2, channels, 6, 6, order="NHWC")
    y = layer(x)
    dx = layer.backward(np.ones_like(y))
    kept = y.copy(), dx.copy()
    layer.backward(layer(-x))
    assert np.array_equal(y, kept[0])
    assert np.array_equal(dx, kept[1])
    assert not any(np.shares_memory(a, x) for a in (y, dx))


@pytest.mark.parametrize(("weights", "images"), [("float32", "float64"), ("float64", "float32")])
@pytest.mark.parametrize("channels", [3, 6])
def test_precisions_mix_as_in_the_plain_form(channels: int, weights: str, images: str) -> None:
    x = image(2, channels, 6, 6, dtype=images)
    for kind in (fast.Conv2d, conv.Conv2d):
        layer = kind(channels, 5, 3, rng=0).to(weights)
        y = layer(x)
        assert y.dtype == np.float64
        assert layer.backward(y).dtype == np.float64
        assert layer.parameters()[0].grad.dtype == weights

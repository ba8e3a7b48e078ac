"""The fast form is the plain form, and keeps the order of memory."""

import numpy as np
import pytest

from groundup.nn.pool import fast, pool

LAYERS = [
    ("MaxPool2d", {"kernel_size": 2}),
    ("MaxPool2d", {"kernel_size": 2, "ceil_mode": True}),
    ("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("AvgPool2d", {"kernel_size": 2}),
    ("AvgPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
]


def image(shape: tuple[int, ...], order: str, seed: int = 0) -> np.ndarray:
    """(N, C, H, W), in memory as it says, or channels-last."""
    rng = np.random.default_rng(seed)
    n, c, h, w = shape
    return (
        rng.integers(-9, 9, (n, h, w, c)).astype(float).transpose(0, 3, 1, 2) if order == "NHWC" else rng.random(shape)
    )


@pytest.mark.parametrize("order", ["NCHW", "NHWC"])
@pytest.mark.parametrize("sizes", [(6, 8), (7, 7)], ids=str)
@pytest.mark.parametrize(("kind", "args"), LAYERS, ids=str)
def test_equals_the_plain_form_and_keeps_the_order_of_memory(kind: str, args: dict, sizes: tuple, order: str) -> None:
    x = image((3, 4, *sizes), order)
    ours, plain = getattr(fast, kind)(**args), getattr(pool, kind)(**args)
    y = ours(x)
    np.testing.assert_allclose(y, plain(x), rtol=1e-14)
    dy = image(y.shape, order, seed=1)
    before = x.copy(), dy.copy()
    dx = ours.backward(dy)
    np.testing.assert_allclose(dx, plain.backward(dy), rtol=1e-13, atol=1e-15)
    assert np.array_equal(x, before[0])
    assert np.array_equal(dy, before[1])
    for array in (y, dx):
        rows = array.transpose(0, 2, 3, 1) if order == "NHWC" else array
        assert rows.strides == tuple(sorted(rows.strides, reverse=True))


def test_a_later_forward_leaves_earlier_results_alone() -> None:
    layer, x = fast.MaxPool2d(2), image((2, 3, 4, 4), "NCHW")
    y = layer(x)
    dx = layer.backward(np.ones_like(y))
    kept = y.copy(), dx.copy()
    layer.backward(layer(-x))
    assert np.array_equal(y, kept[0])
    assert np.array_equal(dx, kept[1])


def test_a_window_of_one_pixel_is_no_view_of_the_input() -> None:
    x = image((2, 3, 4, 4), "NCHW")
    for layer in (fast.MaxPool2d(1), fast.AvgPool2d(1)):
        assert not np.shares_memory(layer(x), x)

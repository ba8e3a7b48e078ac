"""The BatchNorm2d that the library uses gives what the plain one gives, whatever the order of memory."""

from typing import Any

import numpy as np
import pytest

from groundup import nn
from groundup.core import ShapeError, Sharded
from groundup.nn.batch_norm import batch_norm, fast


def draw(shape: tuple[int, ...], dtype: str = "float64", *, last: bool = True, seed: int = 0) -> np.ndarray:
    """(N, C, H, W), channels-last in memory or not."""
    x = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) if last else x


def pair(dtype: str = "float64", **settings: Any) -> tuple[batch_norm.BatchNorm2d, batch_norm.BatchNorm2d]:
    layers = batch_norm.BatchNorm2d(3, **settings).to(dtype), fast.BatchNorm2d(3, **settings).to(dtype)
    for layer in layers:
        for parameter in layer.parameters():
            parameter.value += np.array([0.5, -1, 2], dtype)
    return layers


def same(one: batch_norm.BatchNorm2d, two: batch_norm.BatchNorm2d, rtol: float) -> None:
    for key, value in one.state_dict().items():
        np.testing.assert_allclose(two.state_dict()[key], value, rtol=rtol, err_msg=key)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        np.testing.assert_allclose(b.grad, a.grad, rtol=rtol, atol=10 * rtol)


def test_the_library_exports_it() -> None:
    assert nn.BatchNorm2d is fast.BatchNorm2d


@pytest.mark.parametrize("settings", [{}, {"affine": False}, {"track_running_stats": False}], ids=str)
@pytest.mark.parametrize("dy_last", [True, False])
@pytest.mark.parametrize("shape", [(4, 3, 5, 2), (1, 3, 1, 2), (0, 3, 2, 2)])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 2e-5)])
def test_agrees_with_the_plain_form(settings, dy_last: bool, shape: tuple[int, ...], dtype: str, rtol: float) -> None:
    plain, quick = pair(dtype, **settings)
    for seed, training in enumerate((True, True, False)):
        x, dy = draw(shape, dtype, seed=seed), draw(shape, dtype, last=dy_last, seed=9)
        x_before, dy_before = x.copy(), dy.copy()
        y, expected = quick.train(training)(x), plain.train(training)(x)
        assert y.dtype == dtype
        assert y.transpose(0, 2, 3, 1).flags.c_contiguous
        np.testing.assert_allclose(y, expected, rtol=rtol, atol=rtol)
        y[...] = 7
        dx = quick.backward(dy)
        assert dx.dtype == dtype
        np.testing.assert_allclose(dx, plain.backward(dy), rtol=rtol, atol=5 * rtol)
        assert np.array_equal(x, x_before)
        assert np.array_equal(dy, dy_before)
    same(plain, quick, rtol)


def test_other_orders_of_memory_and_other_dtypes_go_the_plain_way() -> None:
    plain, quick = pair()
    for x in (draw((4, 3, 5, 2), last=False), draw((4, 3, 5, 2))[:, :, ::2], draw((4, 3, 5, 2), "float32")):
        dy = draw(x.shape, str(x.dtype), seed=1)
        assert np.array_equal(quick(x), plain(x))
        assert np.array_equal(quick.backward(dy), plain.backward(dy))
    same(plain, quick, 1e-15)


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("rows", [5, 2])
def test_shards_of_which_one_may_be_empty(last: bool, rows: int) -> None:
    plain, quick = pair()
    sharded = Sharded(quick, 3)
    for training in (True, False):
        x, dy = draw((rows, 3, 4, 2), last=last), draw((rows, 3, 4, 2), seed=1)
        np.testing.assert_allclose(sharded.train(training)(x), plain.train(training)(x), rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(sharded.backward(dy), plain.backward(dy), rtol=1e-11, atol=1e-12)
    same(plain, quick, 1e-11)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    layer = fast.BatchNorm2d(3)
    layer(draw((2, 3, 4, 2), "float32"))
    with pytest.raises(ShapeError, match=r"BatchNorm2d.backward: expected shape \(2, 3, 4, 2\) \(that of y\)"):
        layer.backward(draw((2, 3, 2, 4), "float32"))

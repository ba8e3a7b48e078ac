"""The LayerNorm that the library uses gives what the plain one gives."""

from typing import Any

import numpy as np
import pytest

from groundup import nn
from groundup.core import ShapeError
from groundup.nn.layer_norm import fast, layer_norm

SETTINGS: list[dict[str, Any]] = [{}, {"bias": False}, {"elementwise_affine": False}, {"eps": 0.1}]


def test_the_library_exports_it() -> None:
    assert nn.LayerNorm is fast.LayerNorm


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize(
    ("size", "shape"), [(6, (5, 6)), (6, (6,)), (6, (2, 3, 6)), (1, (4, 1)), (6, (0, 6)), ((3, 6), (5, 3, 6))]
)
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)])
def test_agrees_with_the_plain_form(settings, size, shape: tuple[int, ...], dtype: str, rtol: float) -> None:
    plain, quick = (kind(size, **settings).to(dtype) for kind in (layer_norm.LayerNorm, fast.LayerNorm))
    rng = np.random.default_rng(0)
    for a, b in zip(plain.parameters(), quick.parameters(), strict=True):
        a.value += rng.standard_normal(a.shape).astype(dtype)
        b.value = a.value.copy()
    for _ in range(2):  # gradients add up
        x, dy = (rng.standard_normal((2, *shape[:-1], 2 * shape[-1])).astype(dtype) + 1)[..., ::2]
        x_before, dy_before = x.copy(), dy.copy()
        y, expected = quick(x), plain(x)
        assert y.dtype == dtype
        np.testing.assert_allclose(y, expected, rtol=rtol, atol=rtol)
        y[...] = 7  # the caller's to change
        dx = quick.backward(dy)
        assert dx.dtype == dtype
        np.testing.assert_allclose(dx, plain.backward(dy), rtol=rtol, atol=10 * rtol)
        assert np.array_equal(x, x_before)
        assert np.array_equal(dy, dy_before)
    for a, b in zip(plain.parameters(), quick.parameters(), strict=True):
        np.testing.assert_allclose(b.grad, a.grad, rtol=rtol, atol=10 * rtol)


def test_float64_through_a_float32_layer_stays_float64() -> None:
    x, dy = np.random.default_rng(0).standard_normal((2, 5, 6))
    layer = fast.LayerNorm(6)
    assert layer(x).dtype == layer.backward(dy).dtype == np.float64


def test_bad_shapes_are_refused_as_by_the_plain_form() -> None:
    layer = fast.LayerNorm(3)
    with pytest.raises(ShapeError, match=r"LayerNorm.forward: expected 3 features on the last axis, got shape"):
        layer(np.ones((3, 4)))
    layer(np.ones((4, 3)))
    with pytest.raises(ShapeError, match=r"LayerNorm.backward: expected shape \(4, 3\) \(that of y\), got \(3, 4\)"):
        layer.backward(np.ones((3, 4)))

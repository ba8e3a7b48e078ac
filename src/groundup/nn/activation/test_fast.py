"""The GELU that the library uses gives what the plain one gives."""

import numpy as np
import pytest

from groundup import nn
from groundup.nn.activation import activation, fast

both = pytest.mark.parametrize("approximate", ["none", "tanh"])


def run(layer: activation.GELU, x: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return layer(x), layer.backward(dy)


def test_the_library_exports_it() -> None:
    assert nn.GELU is fast.GELU


@both
@pytest.mark.parametrize("scale", [1, 4, 30])
@pytest.mark.parametrize("shape", [(3, 4), (), (0, 3), (2, fast.BLOCK), (fast.BLOCK + 1,)], ids=str)
def test_float32_agrees_with_the_plain_form_in_float64(approximate: str, scale: float, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x, dy = (
        (scale * rng.standard_normal(shape, dtype="float32")).astype("float32"),
        rng.standard_normal(shape, "float32"),
    )
    x, dy = np.asarray(x), np.asarray(dy)
    y, dx = run(fast.GELU(approximate), x, dy)
    exact_y, exact_dx = run(activation.GELU(approximate), x.astype("float64"), dy.astype("float64"))
    assert y.dtype == dx.dtype == np.float32
    assert y.shape == dx.shape == shape
    np.testing.assert_allclose(y, exact_y, rtol=1e-6, atol=3e-7)
    np.testing.assert_allclose(dx, exact_dx, rtol=1e-6, atol=1e-5 if approximate == "tanh" else 2e-6)


@both
def test_float64_goes_the_plain_way(approximate: str) -> None:
    x, dy = np.random.default_rng(0).standard_normal((2, 5, 3))
    fast_results, plain_results = run(fast.GELU(approximate), x, dy), run(activation.GELU(approximate), x, dy)
    assert all(np.array_equal(a, b) for a, b in zip(fast_results, plain_results, strict=True))


@both
def test_the_largest_numbers_pass_without_a_warning(approximate: str) -> None:
    x = np.float32([-1e30, -1e6, 0, 1e6, 1e30])
    y = fast.GELU(approximate)(x)
    np.testing.assert_allclose(y, np.maximum(x, 0))
    assert np.isfinite(run(fast.GELU(approximate), x[1:4], np.ones(3, "float32"))[1]).all()


@both
def test_strided_arrays_and_arrays_handed_out_are_left_alone(approximate: str) -> None:
    x = np.random.default_rng(0).standard_normal((6, 8), dtype="float32")
    layer = fast.GELU(approximate)
    first = layer(x[::2, ::2])
    before = first.copy()
    layer(x[1::2, 1::2])
    assert np.array_equal(first, before)
    assert np.array_equal(first, fast.GELU(approximate)(x[::2, ::2].copy()))

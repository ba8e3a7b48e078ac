"""One contract over every layer: what each promises because it is a Layer, whatever it computes."""

import copy
from collections.abc import Callable

import numpy as np
import pytest

from groundup.core import Layer, OrderError, Sharded, gradcheck
from support.layers import LAYERS, all_layer_classes

Make = Callable[[], Layer]
every_layer = pytest.mark.parametrize(("make", "shape"), LAYERS.values(), ids=LAYERS.keys())


def draw(shape: tuple[int, ...], dtype: str = "float64", seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@every_layer
def test_backward_is_the_gradient_of_forward(make: Make, shape: tuple[int, ...]) -> None:
    worst = gradcheck(make(), draw(shape), rng=1)[0]
    assert worst.error < 1e-7, worst


@every_layer
def test_gradients_accumulate(make: Make, shape: tuple[int, ...]) -> None:
    layer, x = make().to(np.float64), draw(shape)
    dy = draw(layer(x).shape, seed=2)
    layer.backward(dy)
    once = [p.grad.copy() for p in layer.parameters()]
    layer(x)
    layer.backward(dy)
    for parameter, before in zip(layer.parameters(), once, strict=True):
        np.testing.assert_allclose(parameter.grad, 2 * before, rtol=1e-12)


@every_layer
def test_backward_needs_a_forward_and_each_forward_gives_one(make: Make, shape: tuple[int, ...]) -> None:
    layer = make()
    with pytest.raises(OrderError, match="one forward before each backward"):
        layer.backward(draw(shape))
    dy = np.ones_like(layer(draw(shape)))
    layer.backward(dy)
    with pytest.raises(OrderError):
        layer.backward(dy)


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(make: Make, shape: tuple[int, ...], dtype: str) -> None:
    layer, x = make().to(dtype), draw(shape, dtype)
    y = layer(x)
    assert y.dtype == dtype
    assert layer.backward(np.ones_like(y)).dtype == dtype
    assert all(p.value.dtype == p.grad.dtype == dtype for p in layer.parameters())


@every_layer
def test_float64_in_gives_float64_out_of_a_float32_layer(make: Make, shape: tuple[int, ...]) -> None:
    assert make()(draw(shape)).dtype == np.float64


@every_layer
def test_the_same_seed_gives_the_same_layer_and_the_same_result(make: Make, shape: tuple[int, ...]) -> None:
    one, two, x = make(), make(), draw(shape)
    assert one.state_dict().keys() == two.state_dict().keys()
    assert all(np.array_equal(a, b) for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True))
    assert np.array_equal(one(x), two(x))


@every_layer
def test_state_round_trip(make: Make, shape: tuple[int, ...]) -> None:
    layer, other, x = make(), make(), draw(shape)
    for parameter in other.parameters():
        parameter.value += 1
    other.load_state_dict(layer.state_dict())
    assert np.array_equal(layer(x), other(x))


@every_layer
def test_inputs_are_left_as_they_were(make: Make, shape: tuple[int, ...]) -> None:
    layer, x = make().to(np.float64), draw(shape)
    before = x.copy()
    y = layer(x)
    dy = draw(y.shape, seed=3)
    dy_before = dy.copy()
    layer.backward(dy)
    assert np.array_equal(x, before)
    assert np.array_equal(dy, dy_before)


@every_layer
def test_a_strided_view_gives_what_a_copy_gives(make: Make, shape: tuple[int, ...]) -> None:
    wide = draw((*shape[:-1], 2 * shape[-1]))
    view = wide[..., ::2]
    assert not view.flags.c_contiguous
    np.testing.assert_allclose(make()(view), make()(view.copy()), rtol=1e-12)


@every_layer
def test_an_empty_batch_passes_through(make: Make, shape: tuple[int, ...]) -> None:
    layer = make()
    y = layer(draw((0, *shape[1:])))
    assert y.shape[0] == 0
    assert layer.backward(np.ones_like(y)).shape == (0, *shape[1:])
    assert all(not p.grad.any() for p in layer.parameters())


@every_layer
def test_whole_numbers_and_lists_are_refused_by_name(make: Make, shape: tuple[int, ...]) -> None:
    for wrong in (np.ones(shape, int), np.ones(shape).tolist()):
        with pytest.raises(TypeError, match=r"^\w+\.forward: expected .*, got "):
            make()(wrong)


@every_layer
@pytest.mark.parametrize("shards", [2, 3])
def test_a_batch_in_shards_gives_what_the_whole_gives(make: Make, shape: tuple[int, ...], shards: int) -> None:
    whole, parts = make().to(np.float64), make().to(np.float64)
    sharded, x = Sharded(parts, shards), draw((shape[0] + 2, *shape[1:]))
    y = whole(x)
    np.testing.assert_allclose(sharded(x), y, rtol=1e-10, atol=1e-12)
    dy = draw(y.shape, seed=5)
    np.testing.assert_allclose(sharded.backward(dy), whole.backward(dy), rtol=1e-10, atol=1e-12)
    for a, b in zip(parts.parameters(), whole.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-10, atol=1e-12)
    for key, value in whole.state_dict().items():
        np.testing.assert_allclose(parts.state_dict()[key], value, rtol=1e-12)


@every_layer
def test_evaluation_leaves_the_parameters_alone(make: Make, shape: tuple[int, ...]) -> None:
    layer = make().eval()
    before = copy.deepcopy(layer.state_dict())
    layer(draw(shape))
    assert all(np.array_equal(before[k], v) for k, v in layer.state_dict().items())


def test_no_layer_is_left_out() -> None:
    missing = [name for name in all_layer_classes() if not any(key.split(" ")[0] == name for key in LAYERS)]
    assert not missing, f"add {missing} to tests/support/layers.py"

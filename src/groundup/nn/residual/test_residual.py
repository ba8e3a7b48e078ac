"""Parity with torch, what the sum must leave alone, and what is refused."""

import numpy as np
import pytest

from groundup.core import DtypeError, Layer, OrderError, Sequential, ShapeError, Sharded, gradcheck
from groundup.nn import Linear, ReLU, Sigmoid, Tanh
from groundup.nn.residual import Residual, residual_block
from support.parity import carry, check_layer, close, tensor, twin

TWIN = twin("nn/residual")


@pytest.mark.parametrize("shape", [(5, 3), (0, 3), (2, 4, 3), (3,)], ids=str)
@pytest.mark.parametrize("outputs", [3, 4])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)])
def test_the_block_equals_torch(shape: tuple[int, ...], outputs: int, dtype: str, rtol: float) -> None:
    x = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    check_layer(residual_block(3, outputs, rng=0), TWIN.residual_block(3, outputs), x, rtol=rtol)


def test_blocks_within_a_block_equal_torch() -> None:
    ours = Residual(Sequential(residual_block(3, 3, rng=0), Tanh(), Linear(3, 2, rng=1)), Linear(3, 2, rng=2))
    theirs = TWIN.Residual(
        TWIN.Sequential(TWIN.residual_block(3, 3), TWIN.Tanh(), TWIN.Linear(3, 2)), TWIN.Linear(3, 2)
    )
    check_layer(ours, theirs, np.random.default_rng(1).standard_normal((5, 3)), rtol=1e-12)


def test_state_keys_name_the_way() -> None:
    keys = ["body.1.weight", "body.1.bias", "body.3.weight", "body.3.bias"]
    assert list(residual_block(3, 3, rng=0).state_dict()) == keys
    assert list(residual_block(3, 4, rng=0).state_dict()) == [*keys, "shortcut.weight"]


def test_the_block_is_drawn_in_the_order_of_its_keys() -> None:
    draw = np.random.default_rng(0)
    layers = [Linear(3, 4, rng=draw), Linear(4, 4, rng=draw), Linear(3, 4, bias=False, rng=draw)]
    block = residual_block(3, 4, rng=0)
    drawn = [p.value for layer in layers for p in layer.parameters()]
    assert all(np.array_equal(p.value, value) for p, value in zip(block.parameters(), drawn, strict=True))


@pytest.mark.parametrize("outputs", [3, 4])
def test_backward_is_the_gradient_of_forward(outputs: int) -> None:
    worst = gradcheck(residual_block(3, outputs, rng=0), np.random.default_rng(2).standard_normal((5, 3)), rng=3)[0]
    assert worst.error < 1e-8, worst


def test_what_the_body_kept_is_left_alone() -> None:
    """A sigmoid keeps its output for backward: a sum written into it would spoil its gradient."""
    x, dy = np.random.default_rng(0).standard_normal((2, 4, 3))
    layer = Residual(Sigmoid())
    y = layer(x)
    s = 1 / (1 + np.exp(-x))
    np.testing.assert_allclose(y, s + x, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(dy), dy * s * (1 - s) + dy, rtol=1e-14)


def test_a_body_of_zeros_lets_everything_pass_and_returns_fresh_arrays() -> None:
    layer = residual_block(3, 3, rng=0).to("float64")
    for parameter in layer.parameters():
        parameter.value[...] = 0
    x, dy = np.random.default_rng(0).standard_normal((2, 4, 3))
    y = layer(x)
    dx = layer.backward(dy)
    assert np.array_equal(y, x)
    assert np.array_equal(dx, dy)
    assert not np.shares_memory(y, x)
    assert not np.shares_memory(dx, dy)


@pytest.mark.parametrize("outputs", [3, 4])
def test_without_a_need_for_dx_the_parameters_get_theirs_all_the_same(outputs: int) -> None:
    x = np.random.default_rng(0).standard_normal((5, 3))
    told, asked = (Sequential(residual_block(3, outputs, rng=0)).to("float64") for _ in range(2))
    told.needs_input_grad(False)
    dy = np.random.default_rng(1).standard_normal(told(x).shape)
    asked(x)
    assert told.backward(dy) is None
    assert asked.backward(dy) is not None
    for a, b in zip(told.parameters(), asked.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-14)
    told[0].needs_input_grad()
    told(x)
    assert told[0].backward(dy).shape == (5, 3)


@pytest.mark.parametrize("silent", ["body", "shortcut"])
def test_a_way_that_returns_no_gradient_makes_the_sum_none(silent: str) -> None:
    ways = {"body": Linear(3, 3, rng=0), "shortcut": Linear(3, 3, rng=1)}
    ways[silent].needs_input_grad(False)
    layer = Residual(**ways)
    y = layer(np.ones((2, 3), "float32"))
    assert layer.backward(np.ones_like(y)) is None
    assert all(p.grad.any() for p in layer.parameters())


def test_shards_and_modes_reach_both_ways() -> None:
    layer, x = residual_block(3, 4, rng=0).to("float64"), np.random.default_rng(0).standard_normal((5, 3))
    np.testing.assert_allclose(Sharded(layer, 2)(x), layer(x), rtol=1e-13)
    layer.eval()
    assert not any(module.training for _, module in layer.named_modules())


class Narrow(Layer):
    """Drops the last column: a body whose output does not fit its input."""

    def forward(self, x):
        return x[..., :-1]


X = np.ones((4, 3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Residual(Sigmoid), TypeError, "expected body to be a layer, got <class"),
        (lambda: Residual(None), TypeError, "expected body to be a layer, got None"),
        (lambda: Residual(ReLU(), Linear), TypeError, "expected shortcut to be a layer"),
        (lambda: Residual(Narrow())(X), ShapeError, "the shape of x, (4, 3), got (4, 2); give it a shortcut"),
        (lambda: Residual(Linear(3, 1, rng=0))(X), ShapeError, "the shape of x, (4, 3), got (4, 1)"),
        (lambda: Residual(ReLU(), Narrow())(X), ShapeError, "the shape of the shortcut's, (4, 2), got (4, 3)"),
        (lambda: Residual(ReLU())(X.astype(int)), DtypeError, "expected floating-point numbers, got int64"),
        (lambda: Residual(ReLU()).backward(X), OrderError, "one forward before each backward"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^Residual(\.\w+)?: expected ") as raised:
        call()
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape_and_bad_sizes_are_refused() -> None:
    layer = Residual(ReLU())
    layer(X)
    with pytest.raises(ShapeError, match=r"Residual.backward: expected shape \(4, 3\) \(that of y\), got \(3, 4\)"):
        layer.backward(X.T)
    with pytest.raises(ValueError, match="residual_block: expected out_features of at least 1, got 0"):
        residual_block(3, 0, rng=0)
    with pytest.raises(TypeError, match="residual_block: expected rng to be a seed"):
        residual_block(3, 3)


def test_the_twin_writes_the_sum() -> None:
    ours = Residual(ReLU())
    theirs = carry(ours, TWIN.Residual(TWIN.ReLU()))
    close("y", ours(X), theirs(tensor(X)).numpy(), 0)

from pathlib import Path

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, Layer, OrderError, ShapeError, gradcheck, load_state, save_state
from groundup.models import MLP
from groundup.nn import CrossEntropyLoss
from groundup.optim import SGD
from support.parity import carry, check_layer, tensor, twin

ACTIVATIONS = ["relu", "tanh", "sigmoid"]


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layers", [[3, 2], [3, 5, 2], [3, 4, 4, 4, 1]], ids=str)
def test_equals_torch(activation: str, layers: list[int]) -> None:
    check_layer(MLP(layers, activation, rng=0), twin("models/mlp").MLP(layers, activation), draw(6, 3))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_backward_is_the_gradient_of_forward(activation: str) -> None:
    assert gradcheck(MLP([3, 5, 4, 2], activation, rng=0), draw(4, 3), rng=1)[0].error < 1e-7


def test_a_hundred_steps_of_training_equal_torchs() -> None:
    """Same weights, same batches, momentum: the losses stay equal to 1e-9, step for step."""
    rng = np.random.default_rng(0)
    ours = MLP([8, 16, 4], rng=0).to(np.float64)
    theirs = carry(ours, twin("models/mlp").MLP([8, 16, 4]))
    mine = SGD(ours.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
    their = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
    loss = CrossEntropyLoss()
    for _ in range(100):
        x, y = rng.standard_normal((20, 8)), rng.integers(0, 4, 20)
        value = float(loss(ours(x), y))
        mine.zero_grad()
        ours.backward(loss.backward())
        mine.step()
        their.zero_grad()
        their_value = torch.nn.functional.cross_entropy(theirs(tensor(x)), tensor(y))
        their_value.backward()
        their.step()
        assert value == pytest.approx(their_value.item(), rel=1e-9)


def test_update_weights_is_the_twins_step() -> None:
    ours = MLP([3, 5, 2], rng=0).to(np.float64)
    theirs = carry(ours, twin("models/mlp").MLP([3, 5, 2]))
    x, y, loss = draw(10, 3), np.arange(10) % 2, CrossEntropyLoss()
    for _ in range(20):
        value = float(loss(ours(x), y))
        ours.backward(loss.backward())
        ours.update_weights(0.1)
        step = twin("models/mlp").train_step
        assert value == pytest.approx(
            step(theirs, torch.nn.functional.cross_entropy, tensor(x), tensor(y), 0.1), rel=1e-9
        )
    assert not any(p.grad.any() for p in ours.parameters())


def test_it_starts_with_the_spread_that_its_activation_wants() -> None:
    he, glorot = MLP([400, 300, 10], rng=0), MLP([400, 300, 10], "tanh", rng=0)
    assert he.state_dict()["0.weight"].std() == pytest.approx((2 / 400) ** 0.5, rel=0.01)
    assert glorot.state_dict()["0.weight"].std() == pytest.approx((2 / 700) ** 0.5, rel=0.01)
    assert not he.state_dict()["0.bias"].any()


def test_depth_without_activations_would_be_one_linear_map() -> None:
    """What the activations are for: with them, the middle of two inputs is not the middle of two outputs."""
    net = MLP([2, 8, 1], rng=0)
    a, b = draw(1, 2), draw(1, 2, seed=1)
    assert not np.allclose(net((a + b) / 2), (net(a) + net(b)) / 2)


def test_two_forwards_allow_one_backward_for_the_last() -> None:
    net = MLP([2, 3, 1], rng=0)
    net(draw(4, 2))
    y = net(draw(5, 2, seed=1))
    assert net.backward(np.ones_like(y)).shape == (5, 2)
    with pytest.raises(OrderError):
        net.backward(np.ones_like(y))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: MLP([3], rng=0), ValueError, "MLP: expected at least an input and an output width"),
        (lambda: MLP([3, 0, 1], rng=0), ValueError, "MLP: expected layers[1] of at least 1, got 0"),
        (lambda: MLP([3, 2.5, 1], rng=0), TypeError, "MLP: expected layers[1] to be a whole number"),
        (lambda: MLP([3, 2, 1], "rleu", rng=0), ValueError, "one of relu, tanh, sigmoid, got 'rleu'"),
        (lambda: MLP([3, 2, 1]), TypeError, "MLP: expected rng to be a seed"),
        (lambda: MLP([3, 2, 1], rng=0).forward(draw(4, 2)), ShapeError, "expected 3 features on the last axis"),
        (lambda: MLP([3, 2, 1], rng=0).forward(np.ones((4, 3), int)), DtypeError, "expected floating-point numbers"),
        (lambda: MLP([3, 2, 1], rng=0).update_weights(-1.0), ValueError, "update_weights: expected lr at least 0.0"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error, says) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    net = MLP([3, 2, 1], rng=0)
    net(draw(4, 3))
    with pytest.raises(ShapeError, match=r"expected shape \(4, 1\) \(that of y\), got \(4, 3\)"):
        net.backward(draw(4, 3))


@pytest.mark.parametrize("rows", [0, 5])
def test_float32_stays_float32_for_any_number_of_rows(rows: int) -> None:
    net = MLP([3, 4, 2], rng=0)
    y = net(draw(rows, 3).astype(np.float32))
    dx = net.backward(np.ones_like(y))
    net.update_weights(0.1)
    assert (y.shape, dx.shape) == ((rows, 2), (rows, 3))
    assert {a.dtype for a in (y, dx, *net.state_dict().values())} == {np.dtype("float32")}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_huge_inputs_give_finite_gradients(activation: str) -> None:
    net = MLP([2, 4, 1], activation, rng=0)
    y = net(np.array([[1e6, -1e6], [-1e6, 1e6]]))
    dx = net.backward(np.ones_like(y))
    assert all(np.isfinite(a).all() for a in (y, dx, *(p.grad for p in net.parameters())))


def test_update_weights_subtracts_and_clears() -> None:
    net = MLP([2, 3, 1], rng=0).to(np.float64)
    before = net.state_dict()
    for i, parameter in enumerate(net.parameters()):
        parameter.grad += i + 1
    net.update_weights(0.5)
    for i, (name, after) in enumerate(net.state_dict().items()):
        np.testing.assert_allclose(after, before[name] - 0.5 * (i + 1), rtol=1e-15)
    assert not any(p.grad.any() for p in net.parameters())


def test_two_backwards_add_up() -> None:
    """Eq. 3 is linear in δ: the gradients of two halves of a batch add up to those of the whole."""
    whole, halves = (MLP([3, 5, 2], "tanh", rng=0).to(np.float64) for _ in range(2))
    x, dy = draw(8, 3), draw(8, 2, seed=1)
    for net, parts in ((whole, [slice(8)]), (halves, [slice(4), slice(4, 8)])):
        for part in parts:
            net(x[part])
            net.backward(dy[part])
    for a, b in zip(whole.parameters(), halves.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12)


def test_state_travels_through_a_file(tmp_path: Path) -> None:
    net, other = MLP([3, 4, 2], rng=0), MLP([3, 4, 2], rng=1)
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    save_state(tmp_path / "mlp.safetensors", net.state_dict())
    other.load_state_dict(load_state(tmp_path / "mlp.safetensors"))
    assert np.array_equal(net(draw(2, 3)), other(draw(2, 3)))


def test_every_place_has_an_activation_of_its_own() -> None:
    stack = MLP([2, 2, 2, 2], "sigmoid", rng=0).stack
    assert [type(layer).__name__ for layer in stack] == ["Linear", "Sigmoid", "Linear", "Sigmoid", "Linear"]
    assert len({id(layer) for layer in stack}) == 5


def test_it_is_a_layer_and_its_parts_are_its_children() -> None:
    net = MLP([2, 3, 1], rng=0)
    assert isinstance(net, Layer)
    assert [name for name, _ in net.children()] == ["0", "1", "2"]
    assert not net.eval().stack[1].training

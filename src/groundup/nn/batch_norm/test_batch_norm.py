"""Parity with torch in both modes, running statistics, shards, edges, and what is refused."""

from typing import Any

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, Sequential, ShapeError, Sharded, gradcheck
from groundup.nn import BatchNorm1d, BatchNorm2d, Linear
from groundup.nn.batch_norm.batch_norm import moments, standardise, standardise_backward
from support.parity import carry, check_layer, close, tensor, twin

TWIN = twin("nn/batch_norm")
SETTINGS: list[dict[str, Any]] = [
    {},
    {"affine": False},
    {"momentum": None},
    {"momentum": 0.5, "eps": 0.1},
    {"track_running_stats": False},
    {"affine": False, "track_running_stats": False},
]
SHAPES = [
    ("BatchNorm1d", (5, 3)),
    ("BatchNorm1d", (4, 3, 6)),
    ("BatchNorm1d", (1, 3, 6)),
    ("BatchNorm2d", (3, 3, 4, 2)),
]
OURS = {"BatchNorm1d": BatchNorm1d, "BatchNorm2d": BatchNorm2d}


def pair(kind: str, settings: dict[str, Any], dtype: str = "float64"):
    """Ours and torch's, with the same γ and β, which are not 1 and 0."""
    ours = OURS[kind](3, **settings).to(dtype)
    for parameter in ours.parameters():
        parameter.value += np.array([0.5, -1, 2], dtype)
    return ours, carry(ours, getattr(TWIN, kind)(3, **settings))


def same_buffers(ours, theirs, rtol: float) -> None:
    for name, buffer in theirs.named_buffers():
        close(name, ours.state_dict()[name], buffer.numpy(), rtol)


@pytest.mark.parametrize(("kind", "shape"), SHAPES)
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-11), ("float32", 2e-5)])
def test_equals_torch_over_three_batches_and_then_in_evaluation(kind, shape, settings, dtype: str, rtol: float) -> None:
    ours, theirs = pair(kind, settings, dtype)
    rng = np.random.default_rng(0)
    for training in (True, True, True, False, True):
        x = (2 * rng.standard_normal(shape) + 1).astype(dtype)
        check_layer(ours.train(training), theirs.train(training), x, rtol=rtol)
        same_buffers(ours, theirs, rtol)


def test_the_state_goes_both_ways() -> None:
    _, theirs = pair("BatchNorm2d", {})
    theirs(torch.randn(4, 3, 2, 2, dtype=torch.float64))
    fresh = BatchNorm2d(3).to("float64")
    fresh.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    assert list(fresh.state_dict()) == list(theirs.state_dict())
    assert fresh.num_batches_tracked.value.dtype == np.int64
    check_layer(fresh.eval(), theirs.eval(), np.random.default_rng(0).standard_normal((4, 3, 2, 2)), rtol=1e-12)


@pytest.mark.parametrize("axes", [(0,), (0, 2), (1, 2)])
def test_the_shared_arithmetic_equals_torch_over_any_axes(axes: tuple[int, ...]) -> None:
    x, dx_hat = np.random.default_rng(0).standard_normal((2, 4, 3, 5))
    count = np.prod([x.shape[a] for a in axes])
    mean, variance = moments(x, axes, count)
    for name, a, b in zip(("mean", "variance"), (mean, variance), TWIN.moments(tensor(x), axes, count), strict=True):
        close(name, a, b.numpy(), 1e-13)
    x_hat, r = standardise(x, mean, variance, 1e-5)
    dx = standardise_backward(dx_hat, x_hat, r, axes, count)
    close("dx", dx, TWIN.standardise_backward(tensor(dx_hat), tensor(x), 1e-5, axes).numpy(), 1e-12)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(5, 3), (3, 3, 2, 2)])
def test_backward_is_the_gradient_of_forward(training: bool, shape: tuple[int, ...]) -> None:
    layer = (BatchNorm1d if len(shape) == 2 else BatchNorm2d)(3, momentum=0.0).train(training)
    worst = gradcheck(layer, np.random.default_rng(1).standard_normal(shape), rng=0)[0]
    assert worst.error < 1e-7, worst


def test_the_gradient_is_orthogonal_to_ones_and_to_x_hat() -> None:
    """What the second and third term of Eq. 5 take out: shifting or stretching a channel changes nothing."""
    layer, x, dy = (
        BatchNorm1d(3, eps=0.0, affine=False).to("float64"),
        *np.random.default_rng(0).standard_normal((2, 8, 3)),
    )
    x_hat = layer(x)
    dx = layer.backward(dy)
    np.testing.assert_allclose(dx.sum(axis=0), 0, atol=1e-13)
    np.testing.assert_allclose((dx * x_hat).sum(axis=0), 0, atol=1e-13)


def test_a_far_mean_does_not_spoil_the_variance() -> None:
    """Σx² - Mµ² would lose all digits here."""
    x = np.random.default_rng(0).standard_normal((1000, 1)).astype("float32") + np.float32(4096)
    layer = BatchNorm1d(1)
    layer(x)
    assert layer.running_var.value[0] == pytest.approx(0.9 + 0.1 * x.astype("float64").var(ddof=1), rel=1e-4)


@pytest.mark.parametrize("settings", [{}, {"momentum": None}, {"track_running_stats": False}], ids=str)
@pytest.mark.parametrize("rows", [7, 2])
def test_shards_share_their_statistics_and_only_the_first_remembers(settings: dict[str, Any], rows: int) -> None:
    whole, parts = (Sequential(Linear(3, 3, rng=0), BatchNorm1d(3, **settings)).to("float64") for _ in range(2))
    sharded, rng = Sharded(parts, 3), np.random.default_rng(0)
    for training in (True, True, False):
        x, dy = rng.standard_normal((2, rows, 3))
        np.testing.assert_allclose(sharded.train(training)(x), whole.train(training)(x), rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(sharded.backward(dy), whole.backward(dy), rtol=1e-10, atol=1e-11)
    for key, value in whole.state_dict().items():
        np.testing.assert_allclose(parts.state_dict()[key], value, rtol=1e-11)
    for a, b in zip(parts.parameters(), whole.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-9, atol=1e-11)


def test_one_row_a_shard_is_enough_but_one_row_is_not() -> None:
    sharded = Sharded(BatchNorm1d(3), 2)
    assert np.isfinite(sharded(np.random.default_rng(0).standard_normal((2, 3)))).all()
    with pytest.raises(ValueError, match="expected more than one value a channel in training"):
        sharded(np.ones((1, 3)))


def test_an_empty_batch_is_counted_and_changes_nothing_else_as_in_torch() -> None:
    ours, theirs = pair("BatchNorm2d", {})
    check_layer(ours, theirs, np.ones((0, 3, 2, 2)))
    same_buffers(ours, theirs, 0)
    assert ours.num_batches_tracked.value == 1


def test_evaluation_remembers_nothing_and_training_without_tracking_has_nothing_to_remember() -> None:
    layer = BatchNorm1d(3).eval()
    before = layer.state_dict()
    layer(np.ones((4, 3), "float32") * 7)
    assert all(np.array_equal(before[key], value) for key, value in layer.state_dict().items())
    bare = BatchNorm1d(3, affine=False, track_running_stats=False)
    assert bare.state_dict() == {}
    assert bare.running_mean is bare.weight is None


@pytest.mark.parametrize("affine", [True, False])
def test_results_are_fresh_and_inputs_are_left_alone(affine: bool) -> None:
    layer, x, dy = BatchNorm1d(3, affine=affine).to("float64"), *np.random.default_rng(0).standard_normal((2, 8, 3))
    x_before, dy_before = x.copy(), dy.copy()
    y = layer(x)
    y_before = y.copy()
    y[...] = 7  # the caller's to change
    dx = layer.backward(dy)
    layer(x)
    assert np.array_equal(x, x_before)
    assert np.array_equal(dy, dy_before)
    layer(x)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-14)
    np.testing.assert_allclose(layer(x), y_before, rtol=1e-14)


X = np.ones((4, 3))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: BatchNorm1d(0), ValueError, "BatchNorm1d: expected num_features of at least 1, got 0"),
        (lambda: BatchNorm2d(3, eps=-1e-5), ValueError, "BatchNorm2d: expected eps at least 0.0, got -1e-05"),
        (lambda: BatchNorm1d(3, momentum=1.5), ValueError, "expected momentum between 0.0 and 1.0, got 1.5"),
        (lambda: BatchNorm1d(3, momentum="0.1"), TypeError, "expected momentum to be a number"),
        (lambda: BatchNorm1d(4)(X), ShapeError, "forward: expected (N, C) or (N, C, L) with C = 4, got (4, 3)"),
        (lambda: BatchNorm1d(3)(np.ones(3)), ShapeError, "got (3,)"),
        (lambda: BatchNorm2d(3)(X), ShapeError, "expected (N, C, H, W) with C = 3, got (4, 3)"),
        (lambda: BatchNorm2d(3)(np.ones((2, 4, 4, 3))), ShapeError, "got (2, 4, 4, 3); is it axis 1?"),
        (lambda: BatchNorm1d(3)(X.astype(int)), DtypeError, "expected floating-point numbers, got int64"),
        (lambda: BatchNorm1d(3)(X[:1]), ValueError, "more than one value a channel in training, got shape (1, 3)"),
        (lambda: BatchNorm2d(3).backward(X), OrderError, "one forward before each backward"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^BatchNorm[12]d(\.\w+)?: expected ") as raised:
        call()
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    layer = BatchNorm1d(3)
    layer(X)
    with pytest.raises(ShapeError, match=r"BatchNorm1d.backward: expected shape \(4, 3\) \(that of y\), got \(3, 4\)"):
        layer.backward(X.T)

"""Parity with torch, the constants that the losses prefer, edges, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import DtypeError, OrderError, ShapeError, numeric_gradient
from groundup.nn import MSELoss
from groundup.nn.robust_loss import HuberLoss, L1Loss, SmoothL1Loss
from groundup.nn.robust_loss.robust_loss import huber
from support.parity import close, tensor, twin

LOSSES = {"L1Loss": L1Loss, "HuberLoss": HuberLoss, "SmoothL1Loss": SmoothL1Loss}
FORMS: list[tuple[str, dict[str, Any]]] = [
    ("L1Loss", {}),
    ("HuberLoss", {}),
    ("HuberLoss", {"delta": 0.3}),
    ("HuberLoss", {"delta": 5}),
    ("SmoothL1Loss", {}),
    ("SmoothL1Loss", {"beta": 0.3}),
    ("SmoothL1Loss", {"beta": 0}),
]
REDUCTIONS = ("mean", "sum", "none")


@settings(max_examples=100, deadline=None)
@given(
    form=st.sampled_from(FORMS),
    shape=st.sampled_from([(), (5,), (4, 3), (2, 3, 2), (1, 1), (0, 3)]),
    dtype=st.sampled_from(["float64", "float32"]),
    reduction=st.sampled_from(REDUCTIONS),
    scale=st.sampled_from([1.0, 1e4, "ties"]),
    seed=st.integers(0, 1000),
)
def test_equals_torch(form, shape, dtype, reduction, scale, seed) -> None:
    name, options = form
    rng = np.random.default_rng(seed)
    pred, target = (np.asarray(rng.standard_normal(shape)) for _ in range(2))
    if scale == "ties":  # errors of 0 and of exactly δ
        pred, target = np.asarray(rng.integers(-2, 3, shape)), np.asarray(rng.integers(-2, 3, shape))
    else:
        pred = pred * scale
    pred, target = np.asarray(pred, dtype), np.asarray(target, dtype)
    ours, theirs = LOSSES[name](reduction=reduction, **options), getattr(twin("nn/robust_loss"), name)
    if reduction == "mean" and 0 in shape:
        with pytest.raises(ValueError, match=f"{name}.forward: expected at least one row, got an empty batch"):
            ours(pred, target)
        return
    value, their_pred, before = ours(pred, target), tensor(pred, grad=True), pred.copy()
    their_value = theirs(reduction=reduction, **options)(their_pred, tensor(target))
    rtol = 1e-12 if dtype == "float64" else 1e-6
    close("loss", value, their_value.detach().numpy(), rtol)
    upstream = np.asarray(rng.standard_normal(value.shape)).astype(dtype)
    their_value.backward(tensor(upstream))
    assert their_pred.grad is not None
    close("gradient", ours.backward(upstream), their_pred.grad.numpy(), rtol)
    assert np.array_equal(pred, before)


@pytest.mark.parametrize(("name", "options"), FORMS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_backward_is_the_gradient_of_forward(name: str, options: dict[str, Any], reduction: str) -> None:
    rng = np.random.default_rng(0)
    loss, pred, target = LOSSES[name](reduction=reduction, **options), *2 * rng.standard_normal((2, 5, 3))
    upstream = rng.standard_normal(loss(pred, target).shape)
    analytic = loss.backward(upstream)
    numeric = numeric_gradient(lambda: float((upstream * loss(pred, target)).sum()), pred)
    np.testing.assert_allclose(analytic, numeric, atol=1e-8)


def test_the_square_prefers_the_mean_and_the_size_the_median() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 90.0])
    grid = np.linspace(0, 100, 10_001)
    best = {
        loss: grid[np.argmin([float(loss(np.full(5, g), values)) for g in grid])]
        for loss in (MSELoss(), L1Loss(), HuberLoss(delta=3.0))
    }
    assert list(best.values()) == pytest.approx([values.mean(), np.median(values), 3.25], abs=0.01)


def test_huber_is_smooth_l1_times_delta() -> None:
    pred, target = 3 * np.random.default_rng(0).standard_normal((2, 50))
    for width in (0.1, 1.0, 4.0):
        a, b = HuberLoss(delta=width), SmoothL1Loss(beta=width)
        np.testing.assert_allclose(a(pred, target), width * b(pred, target), rtol=1e-14)
        np.testing.assert_allclose(a.backward(), width * b.backward(), rtol=1e-14)


def test_between_the_square_and_the_absolute_error() -> None:
    """A wide δ leaves half the square, a narrow β the absolute error."""
    pred, target = np.random.default_rng(0).standard_normal((2, 50))
    assert float(HuberLoss(delta=1e3)(pred, target)) == pytest.approx(float(MSELoss()(pred, target)) / 2, rel=1e-14)
    assert float(SmoothL1Loss(beta=1e-300)(pred, target)) == pytest.approx(float(L1Loss()(pred, target)), rel=1e-14)


def test_the_twin_has_hubers_function() -> None:
    error = np.linspace(-3, 3, 13)
    close("huber", huber(error, 0.7), twin("nn/robust_loss").huber(tensor(error), 0.7).numpy(), 1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_each_forward_allows_one_backward_and_the_dtype_is_that_of_the_prediction(name: str) -> None:
    loss, pred = LOSSES[name](), np.ones((2, 3), "float32")
    value = loss(pred, np.zeros((2, 3)))
    assert (value.shape, value.dtype, loss.backward(np.float64(2)).dtype) == ((), "float32", "float32")
    with pytest.raises(OrderError, match=f"{name}.backward: expected one forward before each backward"):
        loss.backward()


X = np.ones((4, 1))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: HuberLoss(delta=0), ValueError, "expected delta above 0, got 0"),
        (lambda: HuberLoss(delta=-1), ValueError, "expected delta at least 0, got -1"),
        (lambda: HuberLoss(delta="1"), TypeError, "expected delta to be a number, got '1'"),
        (lambda: SmoothL1Loss(beta=-0.5), ValueError, "expected beta at least 0, got -0.5"),
        (lambda: SmoothL1Loss(beta=np.nan), ValueError, "expected beta at least 0, got nan"),
        (lambda: L1Loss(reduction="avg"), ValueError, "expected reduction to be one of 'mean', 'sum', 'none'"),
        (lambda: L1Loss()(X, np.ones(4)), ShapeError, "give both the same axes, target.reshape(4, 1)"),
        (lambda: HuberLoss()(X, np.ones((2, 1))), ShapeError, "does one of them come from another batch?"),
        (lambda: SmoothL1Loss()(X, X * np.nan), ValueError, "expected targets that are finite numbers, got nan"),
        (lambda: L1Loss()(X, X.astype(int)), DtypeError, "expected floating-point numbers, got int64"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^(L1|Huber|SmoothL1)Loss(\.forward)?: expected ") as raised:
        call()
    assert says in str(raised.value)

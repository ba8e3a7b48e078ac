"""Parity with torch, the properties of a divergence, edges, and what is refused."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import DtypeError, OrderError, ShapeError, numeric_gradient
from groundup.nn import CrossEntropyLoss
from groundup.nn.activation import log_softmax, softmax
from groundup.nn.kl_loss import KLDivLoss
from groundup.nn.kl_loss.kl_loss import divergence
from support.parity import close, tensor, twin

REDUCTIONS = ("mean", "sum", "none", "batchmean")
LOG_HALF = np.full((2, 3), np.log(0.5))


@settings(max_examples=100, deadline=None)
@given(
    shape=st.sampled_from([(5, 3), (1, 2), (4,), (2, 4, 3), (3, 2, 2, 2), (0, 3)]),
    dtype=st.sampled_from(["float64", "float32"]),
    reduction=st.sampled_from(REDUCTIONS),
    log_target=st.booleans(),
    scale=st.sampled_from([1.0, 30.0]),
    seed=st.integers(0, 1000),
)
def test_equals_torch(shape, dtype, reduction, log_target, scale, seed) -> None:
    rng = np.random.default_rng(seed)
    logits, other = (scale * rng.standard_normal((2, *shape))).astype(dtype)
    pred, target = log_softmax(logits, axis=-1), log_softmax(other, axis=-1)
    if not log_target:
        target = np.exp(target) * (rng.random(shape) < 0.8)  # some classes have no share
        target = target.astype(dtype)
    ours = KLDivLoss(reduction=reduction, log_target=log_target)
    if reduction in ("mean", "batchmean") and len(pred) == 0:
        with pytest.raises(ValueError, match=r"KLDivLoss.forward: expected at least one row"):
            ours(pred, target)
        return
    value, their_pred, before = ours(pred, target), tensor(pred, grad=True), pred.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch warns of "mean", as the lesson does
        their_value = twin("nn/kl_loss").KLDivLoss(reduction=reduction, log_target=log_target)(
            their_pred, tensor(target)
        )
    rtol = 1e-12 if dtype == "float64" else 2e-6
    close("loss", value, their_value.detach().numpy(), rtol)
    upstream = np.asarray(rng.standard_normal(value.shape)).astype(dtype)
    their_value.backward(tensor(upstream))
    assert their_pred.grad is not None
    close("gradient", ours.backward(upstream), their_pred.grad.numpy(), rtol)
    assert np.array_equal(pred, before)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("log_target", [False, True])
def test_backward_is_the_gradient_of_forward(reduction: str, log_target: bool) -> None:
    rng = np.random.default_rng(0)
    loss = KLDivLoss(reduction=reduction, log_target=log_target)
    pred, target = log_softmax(rng.standard_normal((4, 3))), log_softmax(rng.standard_normal((4, 3)))
    target = target if log_target else np.exp(target)
    upstream = rng.standard_normal(loss(pred, target).shape)
    analytic = loss.backward(upstream)
    numeric = numeric_gradient(lambda: float((upstream * loss(pred, target)).sum()), pred)
    np.testing.assert_allclose(analytic, numeric, atol=1e-8)


def test_it_is_never_negative_and_zero_for_a_right_belief_alone() -> None:
    rng = np.random.default_rng(0)
    p, q = softmax(rng.standard_normal((200, 5))), softmax(rng.standard_normal((200, 5)))
    assert (divergence(p, np.log(q)).sum(axis=1) > 0).all()
    np.testing.assert_allclose(divergence(p, np.log(p)).sum(axis=1), 0, atol=1e-15)


def test_the_two_directions_differ() -> None:
    p, q = np.array([[0.5, 0.5]]), np.array([[0.9, 0.1]])
    loss = KLDivLoss(reduction="batchmean")
    assert float(loss(np.log(q), p)) == pytest.approx(0.5 * np.log(0.5 / 0.9) + 0.5 * np.log(0.5 / 0.1))
    assert float(loss(np.log(p), q)) == pytest.approx(0.9 * np.log(0.9 / 0.5) + 0.1 * np.log(0.1 / 0.5))


def test_cross_entropy_is_entropy_and_divergence_and_has_the_same_gradient_for_logits() -> None:
    rng = np.random.default_rng(0)
    z, p = rng.standard_normal((6, 4)), softmax(rng.standard_normal((6, 4)))
    kl, ce = KLDivLoss(reduction="batchmean"), CrossEntropyLoss()
    entropy = -(p * np.log(p)).sum(axis=1).mean()
    assert float(ce(z, p)) == pytest.approx(entropy + float(kl(log_softmax(z), p)), rel=1e-12)
    dx = kl.backward()
    dz = dx - softmax(z) * dx.sum(axis=1, keepdims=True)  # back through log_softmax
    np.testing.assert_allclose(dz, ce.backward(), atol=1e-15)


def test_what_cannot_be_predicted_costs_infinity_and_what_never_comes_nothing() -> None:
    x = np.array([[0.0, -np.inf]])
    loss = KLDivLoss(reduction="batchmean")
    assert float(loss(x, np.array([[1.0, 0.0]]))) == 0  # torch: nan
    assert float(loss(x, np.array([[0.5, 0.5]]))) == np.inf


def test_the_twins_functions() -> None:
    rng = np.random.default_rng(0)
    z, teacher = rng.standard_normal((2, 6, 4))
    p = softmax(teacher) * (rng.random((6, 4)) < 0.7)
    close(
        "terms",
        divergence(p, log_softmax(z)),
        twin("nn/kl_loss").divergence(*map(tensor, (p, log_softmax(z)))).numpy(),
        1e-14,
    )
    loss, hot = KLDivLoss(reduction="batchmean"), 4.0
    theirs: torch.Tensor = twin("nn/kl_loss").distillation_loss(tensor(z), tensor(teacher), hot)
    assert hot**2 * float(loss(log_softmax(z / hot), softmax(teacher / hot))) == pytest.approx(theirs.item(), rel=1e-12)


def test_each_forward_allows_one_backward() -> None:
    loss = KLDivLoss(reduction="batchmean")
    loss(LOG_HALF, np.full((2, 3), 0.5))
    loss.backward()
    with pytest.raises(OrderError, match=r"KLDivLoss.backward: expected one forward before each backward"):
        loss.backward()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: KLDivLoss(reduction="rows"), ValueError, "one of 'mean', 'sum', 'none', 'batchmean', got 'rows'"),
        (lambda: KLDivLoss()(np.full((2, 3), 0.3), LOG_HALF), ValueError, "none above 0, got 0.3; logits go through"),
        (lambda: KLDivLoss()(LOG_HALF * np.nan, LOG_HALF), ValueError, "none above 0, got nan"),
        (lambda: KLDivLoss()(LOG_HALF, LOG_HALF), ValueError, "expected targets from 0 to 1, got -0.69"),
        (
            lambda: KLDivLoss(log_target=True)(LOG_HALF, -LOG_HALF),
            ValueError,
            "expected targets that are finite numbers, at most 0, got 0.69",
        ),
        (
            lambda: KLDivLoss(log_target=True)(LOG_HALF, LOG_HALF - np.inf),
            ValueError,
            "finite numbers, at most 0, got -inf",
        ),
        (lambda: KLDivLoss()(LOG_HALF, np.full((3, 2), 0.5)), ShapeError, "expected targets of shape (2, 3)"),
        (lambda: KLDivLoss()(LOG_HALF, np.array([0, 1])), DtypeError, "expected floating-point numbers, got int64"),
        (
            lambda: KLDivLoss(reduction="batchmean")(np.asarray(-1.0), np.asarray(0.5)),
            ValueError,
            "expected at least one row, got an array of shape ()",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^KLDivLoss(\.forward)?: expected ") as raised:
        call()
    assert says in str(raised.value)

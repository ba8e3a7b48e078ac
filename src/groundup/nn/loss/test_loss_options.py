"""Weights, labels to ignore, smoothing, shares of the classes, more axes: parity with torch, edges, what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import DtypeError, ShapeError, numeric_gradient
from groundup.nn import BCEWithLogitsLoss, CrossEntropyLoss
from support.parity import close, tensor, twin

REDUCTIONS = ("mean", "sum", "none")
RTOL = {"float64": 1e-11, "float32": 2e-6}


def against_torch(name: str, pred: np.ndarray, target: np.ndarray, options: dict[str, Any]) -> None:
    """Value and gradient, for a random upstream one."""
    ours = {"BCEWithLogitsLoss": BCEWithLogitsLoss, "CrossEntropyLoss": CrossEntropyLoss}[name](**options)
    to_torch = {key: tensor(v.astype(pred.dtype)) if isinstance(v, np.ndarray) else v for key, v in options.items()}
    theirs = getattr(twin("nn/loss"), name)(**to_torch)
    value, their_pred, before = ours(pred, target), tensor(pred, grad=True), pred.copy()
    their_value = theirs(their_pred, tensor(target))
    rtol = RTOL[str(pred.dtype)]
    close("loss", value, their_value.detach().numpy(), rtol)
    upstream = np.asarray(np.random.default_rng(1).standard_normal(value.shape)).astype(pred.dtype)
    their_value.backward(tensor(upstream))
    assert their_pred.grad is not None
    close("gradient", ours.backward(upstream), their_pred.grad.numpy(), rtol)
    assert np.array_equal(pred, before)


@settings(max_examples=120, deadline=None)
@given(
    shape=st.sampled_from([(5, 3), (1, 2), (6, 1), (2, 4, 3), (3, 2, 2, 2), (0, 3), (2, 3, 0)]),
    dtype=st.sampled_from(["float64", "float32"]),
    reduction=st.sampled_from(REDUCTIONS),
    weighted=st.booleans(),
    smoothing=st.sampled_from([0.0, 0.1, 1.0]),
    soft=st.booleans(),
    ignore=st.sampled_from([-100, 0, 255]),
    seed=st.integers(0, 1000),
)
def test_cross_entropy_equals_torch(shape, dtype, reduction, weighted, smoothing, soft, ignore, seed) -> None:
    rng = np.random.default_rng(seed)
    pred = np.moveaxis(3 * rng.standard_normal((shape[0], *shape[2:], shape[1])).astype(dtype), -1, 1)  # not contiguous
    options: dict[str, Any] = {"reduction": reduction, "label_smoothing": smoothing}
    if weighted:
        options["weight"] = rng.uniform(0.5, 2, shape[1])
    if soft:
        target = rng.uniform(0, 1, shape).astype(dtype)
        rows = pred[:, 0].size
    else:
        options["ignore_index"] = ignore
        target = rng.integers(0, shape[1], (shape[0], *shape[2:]))
        target[rng.random(target.shape) < 0.3] = ignore
        rows = int((target != ignore).sum())
    if reduction == "mean" and rows == 0:
        with pytest.raises(ValueError, match="expected at least one row"):
            CrossEntropyLoss(**options)(pred, target)
    else:
        against_torch("CrossEntropyLoss", pred, target, options)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.sampled_from([(5,), (4, 3), (2, 3, 2), (0, 3)]),
    dtype=st.sampled_from(["float64", "float32"]),
    reduction=st.sampled_from(REDUCTIONS),
    weight=st.sampled_from([None, "one", "column", "all"]),
    pos_weight=st.sampled_from([None, "one", "column", "all"]),
    scale=st.sampled_from([1.0, 1e4]),
    seed=st.integers(0, 1000),
)
def test_weighted_binary_cross_entropy_equals_torch(shape, dtype, reduction, weight, pos_weight, scale, seed) -> None:
    if reduction == "mean" and 0 in shape:
        return  # refused, and tested with the other losses
    rng = np.random.default_rng(seed)
    sizes = {"one": (1,), "column": shape[-1:], "all": shape}
    given_ = {"weight": weight, "pos_weight": pos_weight}
    options: dict[str, Any] = {k: rng.uniform(0.3, 3, sizes[v]) for k, v in given_.items() if v is not None}
    pred = (scale * rng.standard_normal(shape)).astype(dtype)
    target = rng.uniform(0, 1, shape).round(1).astype(dtype)
    against_torch("BCEWithLogitsLoss", pred, target, {"reduction": reduction, **options})


@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.2}, {"weight": np.array([1.0, 0.0, 3.0, 0.5])}])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("soft", [False, True])
def test_the_gradient_is_that_of_the_value(soft: bool, options: dict[str, Any], reduction: str) -> None:
    rng = np.random.default_rng(0)
    pred, labels = rng.standard_normal((2, 4, 3)), np.array([[0, -100, 3], [2, 1, -100]])
    target = rng.uniform(0, 1, (2, 4, 3)) if soft else labels
    loss = CrossEntropyLoss(reduction=reduction, **options)
    upstream = rng.standard_normal(loss(pred, target).shape)
    analytic = loss.backward(upstream)
    numeric = numeric_gradient(lambda: float((upstream * loss(pred, target)).sum()), pred)
    np.testing.assert_allclose(analytic, numeric, atol=1e-8)


def test_a_label_to_ignore_is_as_if_the_row_were_not_there() -> None:
    rng = np.random.default_rng(0)
    pred, target = rng.standard_normal((6, 3)), np.array([0, -100, 2, 1, -100, 1])
    loss, there = CrossEntropyLoss(label_smoothing=0.1), target != -100
    np.testing.assert_allclose(loss(pred, target), CrossEntropyLoss(label_smoothing=0.1)(pred[there], target[there]))
    assert (loss.backward()[~there] == 0).all()


def test_labels_are_shares_with_all_in_one_class() -> None:
    rng = np.random.default_rng(0)
    pred, labels = rng.standard_normal((5, 3)), rng.integers(0, 3, 5)
    for options in ({}, {"label_smoothing": 0.1}, {"reduction": "sum", "weight": np.array([1.0, 2.0, 3.0])}):
        hard, soft = CrossEntropyLoss(**options), CrossEntropyLoss(**options)
        np.testing.assert_allclose(hard(pred, labels), soft(pred, np.eye(3)[labels]), rtol=1e-14)
        np.testing.assert_allclose(hard.backward(), soft.backward(), atol=1e-15)


def test_minus_infinity_shuts_a_class_out() -> None:
    pred = np.array([[0.0, -np.inf, 1.0], [2.0, 0.0, -np.inf]])
    against_torch("CrossEntropyLoss", pred, np.array([2, 1]), {})


X, LABELS, W = np.ones((4, 3)), np.array([0, 1, 2, 1]), np.ones(3)
MAP = np.ones((2, 3, 5))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: CrossEntropyLoss(ignore_index=1)(X, np.ones(4, int)), ValueError, "got 4 with the label to ignore, 1"),
        (lambda: CrossEntropyLoss(0 * W)(X, LABELS), ValueError, "expected at least one row that counts, got 4"),
        (lambda: CrossEntropyLoss(W)(X[:0], LABELS[:0]), ValueError, "expected at least one row, got an empty batch"),
        (lambda: CrossEntropyLoss(-W), ValueError, "expected weight of finite numbers from 0 up, got -1.0"),
        (lambda: CrossEntropyLoss(W * np.nan), ValueError, "expected weight of finite numbers from 0 up, got nan"),
        (lambda: CrossEntropyLoss(W.astype(int)), DtypeError, "expected floating-point numbers, got int64"),
        (lambda: CrossEntropyLoss([1.0, 2.0]), DtypeError, "expected a NumPy array, got list"),
        (lambda: CrossEntropyLoss(np.ones(2))(X, LABELS), ShapeError, "expected weight to fit shape (3,), got (2,)"),
        (
            lambda: CrossEntropyLoss(label_smoothing=1.5),
            ValueError,
            "expected label_smoothing between 0 and 1, got 1.5",
        ),
        (lambda: CrossEntropyLoss(label_smoothing="0.1"), TypeError, "expected label_smoothing to be a number"),
        (lambda: CrossEntropyLoss()(X, 2 * X), ValueError, "expected targets from 0 to 1, got 2.0"),
        (lambda: CrossEntropyLoss()(X, X[:2]), ShapeError, "expected targets of shape (4, 3)"),
        (lambda: CrossEntropyLoss()(X, LABELS.tolist()), DtypeError, "expected a NumPy array, got list"),
        (lambda: CrossEntropyLoss()(X, LABELS == 1), DtypeError, "expected integer class labels, got bool"),
        (lambda: CrossEntropyLoss()(X, LABELS - 2), ValueError, "expected labels from 0 to 2, got -2 to 0"),
        (lambda: CrossEntropyLoss()(np.ones((4, 0)), LABELS), ShapeError, "got (4, 0); there is no class"),
        (lambda: CrossEntropyLoss()(MAP, LABELS), ShapeError, "expected labels of shape (2, 5), got (4,)"),
        (lambda: CrossEntropyLoss()(MAP, [1]), ShapeError, "expected labels of shape (2, 5), got list"),
        (lambda: CrossEntropyLoss()(MAP, np.full((2, 5), 3)), ValueError, "expected labels from 0 to 2, got 3 to 3"),
        (lambda: BCEWithLogitsLoss(pos_weight=-W), ValueError, "expected pos_weight of finite numbers from 0 up"),
        (lambda: BCEWithLogitsLoss(np.ones(2))(X, X), ShapeError, "expected weight to fit shape (4, 3), got (2,)"),
        (lambda: BCEWithLogitsLoss(pos_weight=np.ones((4, 1, 3)))(X, X), ShapeError, "expected pos_weight to fit"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(
        error, match=r"^(BCEWithLogits|CrossEntropy)Loss(\.forward|\((pos_)?weight\))?: expected "
    ) as raised:
        call()
    assert says in str(raised.value)

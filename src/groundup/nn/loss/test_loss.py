"""Parity with torch, edges, and what is refused. Shapes: (N, ...) for MSE and BCE, (N, K) for cross-entropy."""

import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, numeric_gradient
from groundup.nn import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss
from groundup.nn.loss import Loss, typical_probability
from support.parity import close, tensor, twin

NAMES = ("MSELoss", "BCEWithLogitsLoss", "CrossEntropyLoss")
LOSSES = {name: globals()[name] for name in NAMES}
every_loss = pytest.mark.parametrize("name", NAMES)
every_reduction = pytest.mark.parametrize("reduction", ["mean", "sum", "none"])


def draw(name: str, rows: int = 5, scale: float = 1.0, dtype: str = "float64") -> tuple[np.ndarray, np.ndarray]:
    """A prediction and targets that suit the loss."""
    rng = np.random.default_rng(0)
    pred = (scale * rng.standard_normal((rows, 4))).astype(dtype)
    if name == "MSELoss":
        return pred, rng.standard_normal((rows, 4)).astype(dtype)
    if name == "BCEWithLogitsLoss":
        return pred, rng.uniform(0, 1, (rows, 4)).round(1).astype(dtype)  # soft targets, 0 and 1 among them
    return pred, rng.integers(0, 4, rows)


def check_against_torch(name: str, reduction: str, pred: np.ndarray, target: np.ndarray, rtol: float) -> None:
    """Value, and gradient for a random upstream one, against torch."""
    ours, theirs = LOSSES[name](reduction=reduction), getattr(twin("nn/loss"), name)(reduction=reduction)
    value, their_pred = ours(pred.copy(), target.copy()), tensor(pred, grad=True)
    their_value = theirs(their_pred, tensor(target))
    close("loss", value, their_value.detach().numpy(), rtol)
    upstream = np.random.default_rng(1).standard_normal(value.shape).astype(pred.dtype)
    their_value.backward(tensor(upstream))
    close("gradient", ours.backward(upstream), their_pred.grad.numpy(), rtol)


@every_loss
@every_reduction
@pytest.mark.parametrize("rows", [5, 1])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-6)])
def test_equals_torch(name: str, reduction: str, rows: int, dtype: str, rtol: float) -> None:
    check_against_torch(name, reduction, *draw(name, rows, dtype=dtype), rtol=rtol)


@every_loss
@every_reduction
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-6)])
def test_logits_of_ten_thousand_stay_finite_and_equal_torch(name: str, reduction: str, dtype: str, rtol: float) -> None:
    pred, target = draw(name, 40, dtype=dtype)
    pred = np.sign(pred) * pred.dtype.type(1e4)
    check_against_torch(name, reduction, pred, target, rtol)
    loss = LOSSES[name](reduction=reduction)
    assert np.isfinite(loss(pred, target)).all()


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-6)])
def test_a_small_difference_between_large_logits_counts(dtype: str, rtol: float) -> None:
    """At 1e4 the spacing of float32 is 0.001: the largest logit must be taken off before logarithms are."""
    pred = np.array([[10000.0, 9999.0, -10000.0], [-10000.0, -9998.0, -9999.0]], dtype)
    check_against_torch("CrossEntropyLoss", "none", pred, np.array([0, 2]), rtol)


@every_reduction
@pytest.mark.parametrize("shape", [(6,), (6, 1), (2, 3, 2), ()], ids=str)
@pytest.mark.parametrize("name", ["MSELoss", "BCEWithLogitsLoss"])
def test_any_shape_equals_torch(name: str, shape: tuple[int, ...], reduction: str) -> None:
    rng = np.random.default_rng(3)
    check_against_torch(
        name, reduction, np.asarray(rng.standard_normal(shape)), np.asarray(rng.uniform(0, 1, shape)), 1e-12
    )


@every_loss
@every_reduction
def test_backward_is_the_gradient_of_forward(name: str, reduction: str) -> None:
    loss, (pred, target) = LOSSES[name](reduction=reduction), draw(name)
    upstream = np.random.default_rng(2).standard_normal(loss(pred, target).shape)
    analytic = loss.backward(upstream)
    numeric = numeric_gradient(lambda: float((upstream * loss(pred, target)).sum()), pred)
    np.testing.assert_allclose(analytic, numeric, atol=1e-8)


@every_loss
def test_a_scalar_comes_out_and_the_dtype_of_the_prediction_is_kept(name: str) -> None:
    loss = LOSSES[name]()
    for dtype in ("float32", "float64"):
        pred, target = draw(name, dtype=dtype)
        wide = target if target.dtype.kind == "i" else target.astype("float64")
        value = loss(pred, wide)  # a table's float64 targets do not turn the network to float64
        assert isinstance(value, np.ndarray)
        assert (value.shape, value.dtype) == ((), dtype)
        assert loss.backward(np.float64(2.0)).dtype == dtype


@every_loss
def test_inputs_are_left_alone(name: str) -> None:
    loss, (pred, target) = LOSSES[name](), draw(name)
    before = pred.copy(), target.copy()
    loss(pred, target)
    loss.backward()
    assert np.array_equal(pred, before[0])
    assert np.array_equal(target, before[1])


@every_loss
def test_an_empty_batch_has_a_sum_and_no_mean(name: str) -> None:
    pred, target = draw(name, 0)
    check_against_torch(name, "sum", pred, target, 0)
    check_against_torch(name, "none", pred, target, 0)
    with pytest.raises(ValueError, match=rf"{name}.forward: expected at least one row, got an empty batch"):
        LOSSES[name]()(pred, target)


@every_loss
def test_each_forward_allows_one_backward(name: str) -> None:
    loss = LOSSES[name]()
    with pytest.raises(OrderError, match=rf"{name}.backward: expected one forward before each backward"):
        loss.backward()
    loss(*draw(name))
    loss.backward()
    with pytest.raises(OrderError):
        loss.backward()


def test_the_base_class_promises_and_does_nothing() -> None:
    with pytest.raises(NotImplementedError, match="Loss does not define forward"):
        Loss()(np.ones(2), np.ones(2))
    with pytest.raises(NotImplementedError, match="Loss does not define backward"):
        Loss().backward()


def test_the_twin_finds_our_gradient_by_autograd() -> None:
    pred, target = draw("CrossEntropyLoss")
    ours = CrossEntropyLoss()
    value, gradient = twin("nn/loss").value_and_gradient(torch.nn.CrossEntropyLoss(), tensor(pred), tensor(target))
    close("loss", ours(pred, target), value.numpy(), 1e-12)
    close("gradient", ours.backward(), gradient.numpy(), 1e-12)


def test_a_loss_read_as_a_probability_is_the_geometric_mean_of_what_the_truth_was_given() -> None:
    given = np.array([0.9, 0.5, 0.1, 0.8])  # to the right class of four rows
    logits = np.log(np.stack([given, 1 - given], axis=1))
    loss = CrossEntropyLoss()(logits, np.zeros(4, int))
    assert typical_probability(loss) == pytest.approx(given.prod() ** (1 / 4), rel=1e-12)
    assert typical_probability(loss) == pytest.approx(twin("nn/loss").typical_probability(tensor(loss)), rel=1e-12)
    assert typical_probability(np.log(10)) == pytest.approx(0.1)  # ten classes, none preferred


def test_two_classes_of_cross_entropy_are_binary_cross_entropy() -> None:
    z, t = np.random.default_rng(0).standard_normal(6), np.array([0, 1, 1, 0, 1, 0])
    two = CrossEntropyLoss()(np.stack([np.zeros(6), z], axis=1), t)
    assert float(two) == pytest.approx(float(BCEWithLogitsLoss()(z, t.astype(float))), rel=1e-12)


X, ROWS, LABELS = np.ones((4, 3)), np.ones((4, 1)), np.array([0, 1, 2, 1])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: MSELoss(reduction="avg"),
            ValueError,
            "expected reduction to be one of 'mean', 'sum', 'none', got 'avg'",
        ),
        (lambda: MSELoss()(ROWS, np.ones(4)), ShapeError, "got (4,); give both the same axes, target.reshape(4, 1)"),
        (lambda: MSELoss()(np.ones(4), ROWS), ShapeError, "(that of the prediction), got (4, 1)"),
        (lambda: MSELoss()(X, np.ones((2, 3))), ShapeError, "does one of them come from another batch?"),
        (
            lambda: MSELoss()(X, np.full((4, 3), np.nan)),
            ValueError,
            "expected targets that are finite numbers, got nan",
        ),
        (lambda: MSELoss()(X, np.full((4, 3), np.inf)), ValueError, "got inf; look for gaps"),
        (lambda: MSELoss()(X, np.ones((4, 3), int)), DtypeError, "expected floating-point numbers, got int64"),
        (lambda: MSELoss()(X.tolist(), X), DtypeError, "expected a NumPy array, got list"),
        (lambda: BCEWithLogitsLoss()(X, 2 * X), ValueError, "expected targets from 0 to 1, got 2.0"),
        (lambda: BCEWithLogitsLoss()(X, -X), ValueError, "expected targets from 0 to 1, got -1.0"),
        (lambda: BCEWithLogitsLoss()(X, X * np.nan), ValueError, "expected targets from 0 to 1, got nan"),
        (lambda: BCEWithLogitsLoss()(ROWS, np.ones(4)), ShapeError, "give both the same axes"),
        (lambda: CrossEntropyLoss()(X, LABELS + 1), ValueError, "expected labels from 0 to 2, got 1 to 3"),
        (lambda: CrossEntropyLoss()(X, -LABELS), ValueError, "expected labels from 0 to 2, got -2 to 0"),
        (lambda: CrossEntropyLoss()(X, LABELS[:3]), ShapeError, "expected 4 labels of shape (4,), got (3,)"),
        (lambda: CrossEntropyLoss()(X, LABELS[:, None]), ShapeError, "got (4, 1)"),
        (lambda: CrossEntropyLoss()(X[0], LABELS), ShapeError, "expected shape (N, K) or (N, K, d1, ...), got (3,)"),
        (lambda: CrossEntropyLoss()(X.astype(int), LABELS), DtypeError, "floating-point"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^(MSE|BCEWithLogits|CrossEntropy)Loss(\.forward)?: expected ") as raised:
        call()
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("reduction", "dloss", "says"),
    [
        ("none", 1.0, "expected dloss of shape (4, 3) (one for each loss), got (); is reduction='none' meant?"),
        ("mean", X, 'expected dloss of shape () (one number, for a loss that is a "mean"), got (4, 3)'),
        ("sum", np.ones(4), "got (4,); is reduction='sum' meant?"),
    ],
)
def test_an_upstream_gradient_of_another_shape_is_refused(reduction: str, dloss, says: str) -> None:
    loss = MSELoss(reduction=reduction)
    loss(X, X)
    with pytest.raises(ShapeError, match=r"^MSELoss.backward: ") as raised:
        loss.backward(dloss)
    assert says in str(raised.value)

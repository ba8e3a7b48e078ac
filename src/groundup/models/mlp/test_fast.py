"""The step in one go is the plain step, and what it does not cover goes the plain way."""

from typing import Any

import numpy as np
import pytest

from groundup.core import DtypeError, ShapeError
from groundup.models.mlp import fast, mlp
from groundup.nn import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss

LOSSES = {
    "cross-entropy": (CrossEntropyLoss, lambda rng: rng.integers(0, 3, 7), 3),
    "binary": (BCEWithLogitsLoss, lambda rng: rng.random((7, 2)), 2),
    "squared": (MSELoss, lambda rng: rng.standard_normal((7, 2)), 2),
}


def both(widths: list[int], activation: str = "relu", dtype: str = "float64") -> tuple[fast.MLP, mlp.MLP]:
    return fast.MLP(widths, activation, rng=0).to(dtype), mlp.MLP(widths, activation, rng=0).to(dtype)


def same(a: mlp.MLP, b: mlp.MLP, rtol: float = 1e-11) -> None:
    for ours, plain in zip(a.parameters(), b.parameters(), strict=True):
        np.testing.assert_allclose(ours.value, plain.value, rtol=rtol, atol=rtol)
        assert not ours.grad.any()


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("input_grad", [True, False])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-11), ("float32", 1e-4)])
def test_equals_the_plain_step(activation: str, loss: str, input_grad: bool, dtype: str, rtol: float) -> None:
    rng = np.random.default_rng(1)
    kind, targets, outputs = LOSSES[loss]
    ours, plain = both([5, 6, 4, outputs], activation, dtype)
    ours.needs_input_grad(input_grad)
    for _ in range(5):
        x, t = rng.standard_normal((7, 5)).astype(dtype), targets(rng)
        t = t if t.dtype.kind == "i" else t.astype(dtype)
        before = x.copy(), t.copy()
        assert ours.train_step(x, t, kind(), 0.3) == pytest.approx(plain.train_step(x, t, kind(), 0.3), rel=rtol)
        assert all(np.array_equal(a, b) for a, b in zip((x, t), before, strict=True))
    same(ours, plain, rtol)


def test_buffers_follow_the_batch_and_the_layout() -> None:
    rng, (ours, plain) = np.random.default_rng(0), both([4, 5, 3])
    for rows, input_grad in ((7, True), (3, True), (3, False), (7, False), (1, True)):
        ours.needs_input_grad(input_grad)
        x, t = rng.standard_normal((rows, 4)), rng.integers(0, 3, rows)
        ours.train_step(x, t, CrossEntropyLoss(), 0.1)
        plain.train_step(x, t, CrossEntropyLoss(), 0.1)
    same(ours, plain)


@pytest.mark.parametrize(
    "loss",
    [
        CrossEntropyLoss(label_smoothing=0.1),
        CrossEntropyLoss(weight=np.array([1.0, 2.0, 3.0])),
        CrossEntropyLoss(reduction="sum"),
        CrossEntropyLoss(ignore_index=2),
    ],
    ids=["smoothing", "weight", "sum", "ignored"],
)
def test_what_it_does_not_cover_goes_the_plain_way(loss: CrossEntropyLoss) -> None:
    rng, (ours, plain) = np.random.default_rng(0), both([4, 5, 3])
    x, t = rng.standard_normal((7, 4)), np.array([0, 1, 2, 2, 1, 0, 1])
    assert ours.train_step(x, t, loss, 0.1) == plain.train_step(x, t, loss, 0.1)
    same(ours, plain)


def test_weighted_binary_losses_go_the_plain_way() -> None:
    rng, (ours, plain) = np.random.default_rng(0), both([4, 5, 1])
    x, t, loss = rng.standard_normal((7, 4)), rng.random((7, 1)), BCEWithLogitsLoss(pos_weight=np.array([2.0]))
    assert ours.train_step(x, t, loss, 0.1) == plain.train_step(x, t, loss, 0.1)
    same(ours, plain)


@pytest.mark.parametrize(
    ("loss", "target", "error"),
    [
        (CrossEntropyLoss(), np.array([0, 3]), ValueError),
        (CrossEntropyLoss(), np.array([0.0, 1.0]), ShapeError),
        (CrossEntropyLoss(), [0, 1], TypeError),
        (BCEWithLogitsLoss(), np.array([[0.0, 0.0, 2.0]] * 2), ValueError),
        (BCEWithLogitsLoss(), np.full((2, 3), np.nan), ValueError),
        (BCEWithLogitsLoss(), np.zeros((2, 1)), ShapeError),
        (MSELoss(), np.full((2, 3), np.nan), ValueError),
        (MSELoss(), np.zeros(2), ShapeError),
    ],
    ids=["label too large", "one-hot row", "list", "above one", "binary nan", "one column", "nan", "rank"],
)
def test_a_wrong_target_is_refused_as_the_loss_refuses_it(loss: Any, target: Any, error: type[Exception]) -> None:
    ours, _ = both([4, 5, 3])
    before = ours.state_dict()
    with pytest.raises(error, match="expected"):
        ours.train_step(np.ones((2, 4)), target, loss, 0.1)
    assert all(np.array_equal(before[key], value) for key, value in ours.state_dict().items())


@pytest.mark.parametrize(
    ("x", "lr", "error"),
    [(np.ones((2, 3)), 0.1, ShapeError), (np.ones((2, 4)), -1.0, ValueError), (np.ones((2, 4), int), 0.1, DtypeError)],
    ids=["features", "rate", "whole numbers"],
)
def test_a_wrong_input_is_refused_by_the_layers(x: np.ndarray, lr: float, error: type[Exception]) -> None:
    ours, _ = both([4, 5, 3])
    with pytest.raises(error, match="expected"):
        ours.train_step(x, np.array([0, 1]), CrossEntropyLoss(), lr)


def test_one_layer_has_nothing_to_pull_back_through() -> None:
    rng, (ours, plain) = np.random.default_rng(0), both([4, 3])
    x, t = rng.standard_normal((7, 4)), rng.integers(0, 3, 7)
    assert ours.train_step(x, t, CrossEntropyLoss(), 0.1) == pytest.approx(
        plain.train_step(x, t, CrossEntropyLoss(), 0.1)
    )
    same(ours, plain)

"""Parity with torch at the logits, all paths counted one by one, finite differences, edges, and what is refused."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import DtypeError, OrderError, ShapeError, numeric_gradient
from groundup.nn.activation import log_softmax, softmax
from groundup.nn.ctc_loss import CTCLoss, collapse, greedy
from groundup.nn.ctc_loss.ctc_loss import alphas, betas, extend, last_two, may_skip
from support.parity import tensor, twin


def through_log_softmax(dx: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """From the gradient for the log-probabilities to that for the logits."""
    return dx - softmax(logits, axis=2) * dx.sum(axis=2, keepdims=True)


@settings(max_examples=120, deadline=None)
@given(
    steps=st.integers(1, 12),
    n=st.integers(1, 4),
    classes=st.integers(2, 5),
    size=st.integers(0, 4),
    blank=st.sampled_from([0, 1]),
    reduction=st.sampled_from(["mean", "sum", "none"]),
    zero_infinity=st.booleans(),
    in_one_row=st.booleans(),
    dtype=st.sampled_from(["float64", "float32"]),
    seed=st.integers(0, 1000),
)
def test_equals_torch(steps, n, classes, size, blank, reduction, zero_infinity, in_one_row, dtype, seed) -> None:
    rng = np.random.default_rng(seed)
    logits = (2 * rng.standard_normal((steps, n, classes))).astype(dtype)
    sizes, lengths = rng.integers(0, size + 1, n), rng.integers(1, steps + 1, n)
    labels = rng.choice([k for k in range(classes) if k != blank], (n, size))
    targets = np.concatenate([row[:s] for row, s in zip(labels, sizes, strict=True)]) if in_one_row else labels
    options: dict[str, Any] = {"blank": blank, "reduction": reduction, "zero_infinity": zero_infinity}
    ours = CTCLoss(**options)
    value = ours(log_softmax(logits, axis=2), targets, lengths, sizes)
    their_value, their_gradient = twin("nn/ctc_loss").value_and_gradient(
        twin("nn/ctc_loss").CTCLoss(**options), *map(tensor, (logits, targets, lengths, sizes))
    )
    rtol = 1e-11 if dtype == "float64" else 1e-5
    assert (value.shape, str(value.dtype)) == (tuple(their_value.shape), dtype)
    np.testing.assert_allclose(value, their_value.numpy(), rtol=rtol, atol=rtol)  # infinities agree, too
    dz = through_log_softmax(ours.backward(np.ones_like(value)), logits)
    behind = np.arange(steps)[:, None] >= lengths  # of a sequence that cannot be spelled torch keeps these 0
    assert np.isnan(dz).any(axis=(0, 2)).tolist() == np.isnan(their_gradient.numpy()).any(axis=(0, 2)).tolist()
    dz[behind & np.isnan(dz).any(axis=2)] = 0
    np.testing.assert_allclose(dz, their_gradient.numpy(), rtol=rtol, atol=rtol)


def every_path(log_probs: np.ndarray, labels: np.ndarray, blank: int) -> tuple[float, np.ndarray]:
    """p(labels) and the share of the paths that pass each class at each step, by listing all paths: (T, C)."""
    steps, classes = log_probs.shape
    total, shares = 0.0, np.zeros((steps, classes))
    for path in product(range(classes), repeat=steps):
        if collapse(np.array(path), blank).tolist() == labels.tolist():
            p = np.exp(log_probs[np.arange(steps), path].sum())
            total += p
            shares[np.arange(steps), path] += p
    return total, shares / (total or 1)


@pytest.mark.parametrize("blank", [0, 2])
@pytest.mark.parametrize("labels", [[], [1], [1, 1], [1, 3], [3, 1, 3], [1, 1, 3], [3, 3, 3]], ids=str)
def test_equals_the_sum_over_all_paths(labels: list[int], blank: int) -> None:
    x = log_softmax(np.random.default_rng(len(labels)).standard_normal((5, 1, 4)), axis=2)
    loss, target = CTCLoss(blank, reduction="sum"), np.array(labels, int)
    p, shares = every_path(x[:, 0], target, blank)
    assert float(loss(x, target, [5], [len(labels)])) == pytest.approx(-np.log(p), rel=1e-12)
    np.testing.assert_allclose(loss.backward()[:, 0], -shares, atol=1e-14)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_backward_is_the_gradient_of_forward(reduction: str) -> None:
    rng = np.random.default_rng(0)
    x = log_softmax(rng.standard_normal((7, 3, 4)), axis=2)
    given_ = np.array([[1, 1, 3], [2, 0, 0], [3, 2, 0]]), [7, 4, 5], [3, 1, 2]
    loss = CTCLoss(reduction=reduction)
    upstream = rng.standard_normal(loss(x, *given_).shape)
    analytic = loss.backward(upstream)
    numeric = numeric_gradient(lambda: float((upstream * loss(x, *given_)).sum()), x)
    np.testing.assert_allclose(analytic, numeric, atol=1e-8)


def test_every_step_has_the_same_sum_over_alpha_and_beta() -> None:
    """All paths are somewhere at every step."""
    rng = np.random.default_rng(0)
    positions, sizes = extend(np.array([[1, 1], [2, 0]]), 0), np.array([2, 1])
    x = np.take_along_axis(log_softmax(rng.standard_normal((6, 2, 3)), axis=2), positions[None], axis=2)
    skip, ends = may_skip(positions, 0), last_two(sizes, 5)
    both = np.logaddexp.reduce(alphas(x, skip) + betas(x, skip, ends, np.array([6, 6])), axis=2)  # (T + 1, N)
    np.testing.assert_allclose(both, np.broadcast_to(both[0], both.shape), rtol=1e-12)


def test_a_repeat_needs_a_step_for_the_blank_between() -> None:
    x = log_softmax(np.zeros((2, 1, 3)), axis=2)
    assert float(CTCLoss()(x, np.array([[1, 2]]), [2], [2])) == pytest.approx(np.log(9) / 2)
    assert float(CTCLoss()(x, np.array([[1, 1]]), [2], [2])) == np.inf
    spared = CTCLoss(zero_infinity=True)
    assert float(spared(x, np.array([[1, 1]]), [2], [2])) == 0
    assert (spared.backward() == 0).all()


def test_no_labels_are_spelled_by_blanks_alone() -> None:
    x = log_softmax(np.random.default_rng(0).standard_normal((4, 1, 3)), axis=2)
    loss = CTCLoss()
    assert float(loss(x, np.zeros((1, 0), int), [4], [0])) == pytest.approx(-x[:, 0, 0].sum())
    np.testing.assert_allclose(loss.backward()[:, 0], [[-1, 0, 0]] * 4)
    assert float(loss(x, np.zeros((1, 0), int), [0], [0])) == 0  # no steps either: that is certain


def test_long_sequences_do_not_underflow() -> None:
    """e^-loss is far below what a float can hold."""
    logits = np.random.default_rng(0).standard_normal((1000, 2, 30)).astype("float32")
    loss, labels = CTCLoss(reduction="sum"), np.random.default_rng(1).integers(1, 30, (2, 100))
    value = loss(log_softmax(logits, axis=2), labels, [1000, 900], [100, 90])
    assert (value.dtype, bool(value > 1000)) == ("float32", True)
    gradient = loss.backward()
    assert gradient.dtype == "float32"
    np.testing.assert_allclose(gradient.sum(axis=2)[:900], -1, rtol=1e-5)  # at each step the shares add up to 1


def test_an_empty_batch_and_a_view_and_the_input_left_alone() -> None:
    loss = CTCLoss(reduction="sum")
    assert float(loss(np.zeros((4, 0, 3)), np.zeros((0, 2), int), [], [])) == 0
    assert loss.backward().shape == (4, 0, 3)
    x = log_softmax(np.random.default_rng(0).standard_normal((5, 2, 3)), axis=2)
    view, before, labels = np.moveaxis(np.moveaxis(x, 0, -1).copy(), -1, 0), x.copy(), np.array([[1, 2], [2, 2]])
    assert float(loss(view, labels, [5, 5], [2, 2])) == float(loss(x, labels, [5, 5], [2, 2]))
    loss.backward()
    assert np.array_equal(x, before)
    with pytest.raises(OrderError, match=r"CTCLoss.backward: expected one forward before each backward"):
        loss.backward()


def test_greedy_and_collapse_are_the_twins() -> None:
    x = log_softmax(np.random.default_rng(0).standard_normal((20, 3, 4)), axis=2)
    for blank in (0, 2):
        theirs = twin("nn/ctc_loss").greedy(tensor(x), tensor(np.array([20, 7, 0])), blank)
        ours = greedy(x, [20, 7, 0], blank)
        assert [o.tolist() for o in ours] == [t.tolist() for t in theirs]
    assert collapse(np.array([0, 3, 3, 0, 3, 5, 5])).tolist() == [3, 3, 5]


X, Y = np.full((4, 2, 3), np.log(1 / 3)), np.array([[1, 2], [2, 1]])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: CTCLoss(-1), ValueError, "expected blank of at least 0, got -1"),
        (lambda: CTCLoss("_"), TypeError, "expected blank to be a whole number, got '_'"),
        (lambda: CTCLoss(3)(X, Y, [4, 4], [2, 2]), ValueError, "expected blank below 3 (the C of log_probs), got 3"),
        (lambda: CTCLoss()(X[:, 0], Y, [4, 4], [2, 2]), ShapeError, "expected shape (T, N, C), got (4, 3)"),
        (lambda: CTCLoss()(-X, Y, [4, 4], [2, 2]), ValueError, "expected logarithms of probabilities, none above 0"),
        (lambda: CTCLoss()(X, Y, [4], [2, 2]), ShapeError, "expected input_lengths of shape (2,), got (1,)"),
        (
            lambda: CTCLoss()(X, Y, [4, 5], [2, 2]),
            ValueError,
            "expected input_lengths of at most 4 (the T of log_probs)",
        ),
        (lambda: CTCLoss()(X, Y, [4, 4], [2, -1]), ValueError, "expected target_lengths of at least 0, got -1"),
        (
            lambda: CTCLoss()(X, Y, [4.0, 4.0], [2, 2]),
            DtypeError,
            "expected input_lengths to be whole numbers, got float64",
        ),
        (
            lambda: CTCLoss()(X, Y, [4, 4], [2, 3]),
            ShapeError,
            "expected labels of shape (2, 3 or more), or (5,) in one row",
        ),
        (lambda: CTCLoss()(X, Y[0], [4, 4], [1, 2]), ShapeError, "got (2,); do target_lengths belong to these labels?"),
        (
            lambda: CTCLoss()(X, 3 * Y, [4, 4], [2, 2]),
            ValueError,
            "expected labels from 0 to 2 without the blank 0, got 3",
        ),
        (lambda: CTCLoss(2)(X, Y, [4, 4], [2, 2]), ValueError, "without the blank 2, got 2; is padding counted"),
        (
            lambda: CTCLoss()(X, 1.0 * Y, [4, 4], [2, 2]),
            DtypeError,
            "expected labels as an array of whole numbers, got float64",
        ),
        (lambda: CTCLoss()(X, ["ab"], [4, 4], [2, 2]), DtypeError, "got list; letters need a vocabulary"),
        (lambda: CTCLoss()(X[:, :0], Y[:0], [], []), ValueError, "expected at least one row, got an empty batch"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^CTCLoss(\.forward)?: expected ") as raised:
        call()
    assert says in str(raised.value)

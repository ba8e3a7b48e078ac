"""The numbers themselves, against scikit-learn, SciPy and torch."""

from math import inf, nan

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, mannwhitneyu, rankdata
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from groundup.core import Array, DtypeError, IntArray, ShapeError
from groundup.train.metrics import metrics as m
from groundup.train.metrics.curves import average_precision, roc_curve
from support.parity import twin

TWIN = twin("train/metrics")


def binary(seed: int, n: int = 60, ties: bool = False) -> tuple[IntArray, Array]:
    """Labels of both kinds and probabilities that know something of them, in tenths where there are to be ties."""
    rng = np.random.default_rng(seed)
    y = np.append([0, 1], rng.integers(0, 2, n - 2))
    p = np.clip(0.3 * y + rng.random(n) * 0.7, 0, 1)
    return y, np.round(p, 1) if ties else p


def many(seed: int, n: int = 90, k: int = 4) -> tuple[IntArray, Array]:
    """Labels in which each class occurs, and rows of probabilities."""
    rng = np.random.default_rng(seed)
    y = np.append(np.arange(k), rng.integers(0, k, n - k))
    z = np.exp(rng.standard_normal((n, k)) + 2 * np.eye(k)[y])
    return y, z / z.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(3))
def test_accuracies_and_confusion_equal_scikit_learn(seed: int) -> None:
    y, p = many(seed)
    predicted = p.argmax(axis=1)
    assert m.accuracy(y, predicted) == m.class_accuracy(p, y) == pytest.approx(sk.accuracy_score(y, predicted))
    np.testing.assert_array_equal(m.confusion(y, predicted, 4), sk.confusion_matrix(y, predicted))
    theirs = TWIN.confusion(torch.from_numpy(y), torch.from_numpy(predicted), 4)
    np.testing.assert_array_equal(m.confusion(y, predicted, 4), theirs.numpy())
    for k in (1, 2, 3):
        assert m.top_k_accuracy(y, p, k) == pytest.approx(sk.top_k_accuracy_score(y, p, k=k))
    assert m.top_k_accuracy(y, p, 4) == 1
    assert m.top_k_accuracy(y, np.ones_like(p), 3) == 0  # a tie of all counts against the label


def test_what_the_training_loop_calls_takes_logits_first() -> None:
    assert m.class_accuracy(np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 5.0]]), np.array([1, 0, 0])) == pytest.approx(
        2 / 3
    )
    assert m.binary_accuracy(np.array([[0.1], [-0.1], [2.0], [-3.0]]), np.array([[1.0], [0.0], [0.0], [0.0]])) == 0.75


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("zero_division", [0.0, 1.0])
def test_precision_recall_f1_equal_scikit_learn(average: str, zero_division: float) -> None:
    for seed in range(3):
        y, p = many(seed, n=30)
        predicted = np.minimum(p.argmax(axis=1), 2)  # class 3 is never predicted
        y[y == 0] = 1  # and class 0 has no row
        labels = [0, 1, 2, 3]
        theirs = sk.precision_recall_fscore_support(
            y, predicted, labels=labels, average=average, zero_division=zero_division
        )
        ours = m.precision_recall_f1(y, predicted, 4, average, zero_division)
        np.testing.assert_allclose(ours, theirs[:3], rtol=1e-12)
        each = sk.precision_recall_fscore_support(y, predicted, labels=labels, zero_division=zero_division)
        np.testing.assert_allclose(m.per_class(m.confusion(y, predicted, 4), zero_division), each[:3], rtol=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_auc_equals_scikit_learn_torch_and_the_rank_test(ties: bool) -> None:
    for seed in range(4):
        y, p = binary(seed, ties=ties)
        ours = m.roc_auc(y, p)
        np.testing.assert_allclose(ours, sk.roc_auc_score(y, p), rtol=1e-12)
        np.testing.assert_allclose(ours, TWIN.roc_auc(torch.from_numpy(y), torch.from_numpy(p)), rtol=1e-12)
        pairs = y.sum() * (len(y) - y.sum())
        np.testing.assert_allclose(ours, mannwhitneyu(p[y == 1], p[y == 0]).statistic / pairs, rtol=1e-12)
        np.testing.assert_allclose(m.midranks(p), rankdata(p), rtol=1e-12)


def test_auc_of_several_classes_is_the_mean_against_the_rest() -> None:
    y, p = many(0)
    np.testing.assert_allclose(m.roc_auc(y, p), sk.roc_auc_score(y, p, multi_class="ovr"), rtol=1e-12)


def test_auc_has_no_scale_and_takes_infinite_scores() -> None:
    y, p = binary(1)
    assert m.roc_auc(y, p) == m.roc_auc(y, np.log(p)) == pytest.approx(1 - m.roc_auc(y, -p))
    assert m.roc_auc(np.array([0, 1, 1]), np.array([-inf, 0.0, inf])) == 1.0
    assert m.roc_auc(y, np.zeros(len(y))) == 0.5


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 40))
def test_curves_equal_scikit_learn(seed: int, n: int) -> None:
    for ties in (False, True):
        y, p = binary(seed, n, ties)
        for ours, theirs in zip(roc_curve(y, p), sk.roc_curve(y, p, drop_intermediate=False), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)
        np.testing.assert_allclose(average_precision(y, p), sk.average_precision_score(y, p), rtol=1e-12)
        fpr, tpr, _ = roc_curve(y, p)
        np.testing.assert_allclose(np.trapezoid(tpr, fpr), m.roc_auc(y, p), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_perplexity_equals_torch(dtype: str) -> None:
    rng = np.random.default_rng(0)
    z, y = (5 * rng.standard_normal((3, 7, 11))).astype(dtype), rng.integers(0, 11, (3, 7))
    for skipped in (-100, 4):
        y[1, 2:5] = skipped
        theirs = TWIN.perplexity(torch.from_numpy(z), torch.from_numpy(y), skipped)
        np.testing.assert_allclose(m.perplexity(z, y, skipped), theirs, rtol=1e-5 if dtype == "float32" else 1e-12)


def test_perplexity_of_what_is_known() -> None:
    assert m.perplexity(np.zeros((4, 50)), np.arange(4)) == pytest.approx(50)
    assert m.perplexity(np.array([[1000.0, 0.0]]), np.array([0])) == 1
    assert m.perplexity(np.array([[1000.0, 0.0]]), np.array([1])) == inf


def test_log_loss_and_brier_equal_scikit_learn() -> None:
    for seed in range(3):
        y, p = many(seed)
        np.testing.assert_allclose(m.log_loss(y, p), sk.log_loss(y, p), rtol=1e-12)
        np.testing.assert_allclose(m.brier_score(y, p), sk.brier_score_loss(y, p), rtol=1e-12)
        y, p = binary(seed)
        np.testing.assert_allclose(m.log_loss(y, p), sk.log_loss(y, p), rtol=1e-12)
        np.testing.assert_allclose(m.brier_score(y, p), sk.brier_score_loss(y, p), rtol=1e-12)
        np.testing.assert_allclose(m.brier_score(y, np.stack([1 - p, p], axis=1)), 2 * m.brier_score(y, p), rtol=1e-12)
    wrong = np.array([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(
        m.log_loss(np.array([1, 1]), wrong), sk.log_loss([1, 1], wrong, labels=[0, 1]), rtol=1e-9
    )


@pytest.mark.parametrize("bins", [1, 4, 10, 15])
def test_calibration_equals_scikit_learn_and_torch(bins: int) -> None:
    for seed in range(3):
        y, p = binary(seed, n=40)
        p[:5] = [0.0, 1.0, 0.25, 0.5, 0.75]  # on edges
        share, mean = calibration_curve(y, p, n_bins=bins)
        count, happened, promised = m.reliability(y, p, bins)
        np.testing.assert_allclose(happened, share, rtol=1e-12)
        np.testing.assert_allclose(promised, mean, rtol=1e-12)
        assert count.sum() == 40
        ours = m.expected_calibration_error(y, p, bins)
        np.testing.assert_allclose(ours, (count / 40) @ np.abs(share - mean), rtol=1e-12, atol=1e-15)
        theirs = TWIN.expected_calibration_error(torch.from_numpy(y), torch.from_numpy(p), bins)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_calibration_of_several_classes_is_that_of_the_likeliest() -> None:
    y, p = many(2)
    right = (p.argmax(axis=1) == y).astype(int)
    assert m.expected_calibration_error(y, p, 10) == m.expected_calibration_error(right, p.max(axis=1), 10)
    assert [len(v) for v in m.reliability(y, p, 1)] == [1, 1, 1]


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 20), (20, 20), (3, 17), (455, 500), (9_731, 10_000)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_equals_scipy(hits: int, n: int, level: float) -> None:
    theirs = binomtest(hits, n).proportion_ci(level, method="wilson")
    np.testing.assert_allclose(m.wilson_interval(hits, n, level), (theirs.low, theirs.high), rtol=1e-9, atol=1e-12)
    low, high = m.wilson_interval(hits, n, level)
    assert 0 <= low < high <= 1


ONE, HALF = np.array([0, 1]), np.array([0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: m.accuracy(ONE, np.array([0, 1, 1])), ShapeError, "accuracy: expected a prediction a label, got (3,)"),
        (lambda: m.accuracy(ONE[:0], ONE[:0]), ValueError, "accuracy: expected at least one row, got none; is the"),
        (lambda: m.top_k_accuracy(ONE, np.eye(2), 0), ValueError, "top_k_accuracy: expected k of at least 1, got 0"),
        (lambda: m.confusion(ONE * 2, ONE, 2), ValueError, "confusion: expected labels from 0 to 1, got 0 to 2"),
        (lambda: m.confusion(ONE, np.array([1]), 2), ShapeError, "confusion: expected 2 labels of shape (2,), got (1,)"),
        (lambda: m.precision_recall_f1(ONE, ONE, 2, "mean"), ValueError, "precision_recall_f1: expected average macro"),
        (lambda: m.precision_recall_f1(ONE, ONE, 2, "macro", 2.0), ValueError, "precision_recall_f1: expected zero_div"),
        (lambda: m.precision_recall_f1(ONE[:0], ONE[:0], 2), ValueError, "precision_recall_f1: expected at least one r"),
        (lambda: m.roc_auc(ONE, np.array([0.1, nan])), ValueError, "roc_auc: expected scores, got NaN in row 1; did the"),
        (lambda: m.roc_auc(ONE * 0, HALF), ValueError, "roc_auc: expected rows in the class and rows in the rest, got a"),
        (lambda: m.roc_auc(ONE, np.eye(3)[:2]), ValueError, "roc_auc: expected rows in the class and rows in the rest"),
        (lambda: m.roc_auc(ONE, HALF[:1]), ShapeError, "roc_auc: expected 1 labels of shape (1,), got (2,)"),
        (lambda: m.roc_auc(ONE[:0], HALF[:0]), ValueError, "roc_auc: expected at least one row, got none; is the split"),
        (lambda: m.roc_auc(ONE, ONE), DtypeError, "roc_auc: expected floating-point numbers, got int64"),
        (lambda: m.perplexity(np.eye(2), np.array([0])), ShapeError, "perplexity: expected a row of logits a token, got"),
        (lambda: m.perplexity(np.eye(2), ONE * 2), ValueError, "perplexity: expected labels from 0 to 1, got 0 to 2"),
        (lambda: m.perplexity(np.eye(2), ONE * 0 - 100), ValueError, "perplexity: expected a token that counts, got 2"),
        (lambda: m.perplexity(np.eye(2) * nan, ONE), ValueError, "perplexity: expected scores, got NaN in row 0"),
        (lambda: m.log_loss(ONE, HALF * 3), ValueError, "log_loss: expected probabilities from 0 to 1, got 1.5 to 1.5"),
        (lambda: m.log_loss(ONE, HALF - 1), ValueError, "log_loss: expected probabilities from 0 to 1, got -0.5 to -0.5"),
        (lambda: m.brier_score(ONE, np.ones((2, 2))), ValueError, "brier_score: expected rows that add up to 1, got 2 in"),
        (lambda: m.brier_score(ONE * 2, HALF), ValueError, "brier_score: expected labels from 0 to 1, got 0 to 2"),
        (lambda: m.reliability(ONE, HALF, 0), ValueError, "reliability: expected bins of at least 1, got 0"),
        (lambda: m.expected_calibration_error(ONE[:1], HALF), ShapeError, "expected_calibration_error: expected 2 labels"),
        (lambda: m.wilson_interval(3, 2), ValueError, "wilson_interval: expected hits between 0 and 2, got 3"),
        (lambda: m.wilson_interval(0, 0), ValueError, "wilson_interval: expected n of at least 1, got 0"),
        (lambda: m.wilson_interval(1, 2, 95), ValueError, "wilson_interval: expected level between 0.01 and 0.9999, got"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value).startswith(says)

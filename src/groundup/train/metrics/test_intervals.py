"""Intervals and the summary: against SciPy, against their definitions, and against how often they hold the truth."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, norm

from groundup.core import Array, IntArray, ShapeError
from groundup.train.metrics import auc_interval, bootstrap_interval, mcnemar, report, roc_auc, table, wilson_interval
from groundup.train.metrics.test_metrics import binary, many


def delong_by_pairs(y: IntArray, score: Array, level: float) -> tuple[float, float]:
    """DeLong, DeLong and Clarke-Pearson's Eqs. 3 to 6, over the table of all pairs."""
    wins = np.heaviside(score[y == 1][:, None] - score[y == 0], 0.5)  # (n₁, n₀)
    variance = wins.mean(axis=1).var(ddof=1) / len(wins) + wins.mean(axis=0).var(ddof=1) / wins.shape[1]
    half = norm.ppf((1 + level) / 2) * np.sqrt(variance)
    return max(wins.mean() - half, 0), min(wins.mean() + half, 1)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_auc_interval_is_delongs(ties: bool, level: float) -> None:
    for seed in range(4):
        y, p = binary(seed, ties=ties)
        np.testing.assert_allclose(auc_interval(y, p, level), delong_by_pairs(y, p, level), rtol=1e-10)


def test_auc_interval_of_two_columns_is_that_of_one() -> None:
    y, p = binary(3)
    np.testing.assert_allclose(auc_interval(y, np.stack([1 - p, p], axis=1)), auc_interval(y, p), rtol=1e-12)


def test_auc_interval_of_several_classes_agrees_with_the_bootstrap() -> None:
    y, p = many(0, n=600)
    low, high = bootstrap_interval(roc_auc, y, p, rng=0, resamples=600)
    np.testing.assert_allclose(auc_interval(y, p), (low, high), atol=0.15 * (high - low))


def test_auc_interval_stays_in_0_to_1() -> None:
    y = np.array([0, 0, 0, 1, 1])
    assert auc_interval(y, np.array([0.1, 0.2, 0.6, 0.5, 0.9]))[1] == 1.0
    assert auc_interval(y, -np.array([0.1, 0.2, 0.6, 0.5, 0.9]))[0] == 0.0
    assert auc_interval(y, y.astype(float)) == (1.0, 1.0)


def test_bootstrap_agrees_with_scipy() -> None:
    y, p = binary(0, n=200)
    theirs = bootstrap(
        (y, p), lambda a, b: roc_auc(a.astype(int), b), paired=True, vectorized=False, method="percentile", n_resamples=1500, rng=np.random.default_rng(1)
    ).confidence_interval  # fmt: skip
    low, high = bootstrap_interval(roc_auc, y, p, rng=2, resamples=1500)
    np.testing.assert_allclose((low, high), (theirs.low, theirs.high), atol=0.1 * (high - low))
    assert bootstrap_interval(roc_auc, y, p, rng=2, resamples=20) == bootstrap_interval(
        roc_auc, y, p, rng=2, resamples=20
    )


def test_bootstrap_keeps_rows_together_and_strata_their_size() -> None:
    x, y = np.arange(50.0), np.repeat([0, 1], [45, 5])
    assert bootstrap_interval(lambda a, b: float(np.abs(a - b).max()), x, x, rng=0, resamples=20) == (0.0, 0.0)
    assert bootstrap_interval(lambda labels: float(labels.sum()), y, rng=0, resamples=20, strata=y) == (5.0, 5.0)
    low, high = bootstrap_interval(lambda labels: float(labels.sum()), y, rng=0, resamples=200)
    assert low < 5 < high


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    truth = norm.cdf(1 / np.sqrt(2))  # AUC of two normals one apart
    held = {"wilson": 0, "delong": 0}
    for _ in range(400):
        y = np.repeat([0, 1], [60, 40])
        low, high = auc_interval(y, rng.standard_normal(100) + y)
        held["delong"] += low <= truth <= high
        low, high = wilson_interval(int(rng.binomial(30, 0.9)), 30)
        held["wilson"] += low <= 0.9 <= high
    assert 0.92 < held["delong"] / 400 < 0.98
    assert 0.92 < held["wilson"] / 400 < 0.99


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 5), (7, 2), (2, 7), (6, 6), (400, 460)])
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int) -> None:
    y = np.ones(b + c + 20, int)
    first, second = y.copy(), y.copy()
    second[:b] = 0
    first[b : b + c] = 2
    first[-10:] = second[-10:] = 0  # both wrong
    found = mcnemar(y, first, second)
    assert found[:2] == (b, c)
    assert found[2] == pytest.approx(binomtest(b, b + c).pvalue if b + c else 1.0, rel=1e-9)


def test_report_of_two_classes_is_plain_json_and_the_values_lie_in_their_intervals() -> None:
    y, p = binary(0, n=150)
    found = report(y, p, ["benign", "malignant"], rng=0, resamples=100)
    again = report(y, np.stack([1 - p, p], axis=1), ["benign", "malignant"], rng=0, resamples=100)
    assert json.loads(json.dumps(found, allow_nan=False)) == found == again
    assert list(found["metrics"]) == [
        "accuracy", "macro_f1", "roc_auc", "average_precision", "log_loss", "brier", "calibration_error",
    ]  # fmt: skip
    for name in ("accuracy", "macro_f1", "roc_auc", "average_precision", "log_loss", "brier"):
        one = found["metrics"][name]
        assert one["low"] <= one["value"] <= one["high"], name
    assert found["metrics"]["accuracy"]["value"] == np.trace(found["confusion"]) / 150
    right, said = found["confusion"][1][1], found["confusion"][0][1] + found["confusion"][1][1]
    assert found["per_class"]["malignant"]["precision"]["value"] == right / said
    assert found["per_class"]["malignant"]["recall"]["value"] == right / y.sum()


def test_report_of_several_classes_and_its_table() -> None:
    y, p = many(1)
    found = report(y, p, list("abcd"), rng=0, resamples=50)
    assert "average_precision" not in found["metrics"]
    rows = table(found)
    assert len(rows) == 6 + 2 * 4
    assert rows[0] == ("accuracy", f"{(p.argmax(axis=1) == y).mean():.3f}", rows[0][2])
    assert rows[2][1] == f"{roc_auc(y, p):.3f}"
    assert rows[6][0] == f"precision, a ({(y == 0).sum()} rows)"


def test_report_says_what_the_rows_cannot_give() -> None:
    y, p = np.zeros(20, int), np.full(20, 0.25)
    found = report(y, p, ["no", "yes"], rng=0, resamples=20)
    assert found["metrics"]["roc_auc"] == found["metrics"]["average_precision"]
    assert found["metrics"]["roc_auc"]["value"] is None
    assert found["per_class"]["yes"]["recall"]["value"] is found["per_class"]["yes"]["f1"] is None
    assert ("ROC AUC", "not defined", "") in table(found)
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda y, p: auc_interval(y[:3], p[:3]), ValueError, "auc_interval: expected two rows or more of each kind"),
        (lambda y, p: auc_interval(y, p, 2), ValueError, "auc_interval: expected level between 0.01 and 0.9999, got 2"),
        (lambda y, p: bootstrap_interval(roc_auc, y, p[1:], rng=0), ShapeError, "bootstrap_interval: expected arrays of"),
        (lambda y, p: bootstrap_interval(roc_auc, y, p, rng=0, strata=y[1:]), ShapeError, "bootstrap_interval: expected"),
        (lambda y, p: bootstrap_interval(roc_auc, y[:0], p[:0], rng=0), ValueError, "bootstrap_interval: expected at le"),
        (lambda y, p: bootstrap_interval(roc_auc, y, p, rng=None), TypeError, "bootstrap_interval: expected rng to be"),
        (lambda y, p: mcnemar(y, y, y[1:]), ShapeError, "mcnemar: expected 6 labels of shape (6,), got (5,)"),
        (lambda y, p: mcnemar(y[:0], y[:0], y[:0]), ValueError, "mcnemar: expected at least one row, got none"),
        (lambda y, p: report(y, p, ["one"], rng=0), ValueError, "report: expected 2 class names, got 1; one a column"),
        (lambda y, p: report(y, p * 7, ["a", "b"], rng=0), ValueError, "report: expected probabilities from 0 to 1, got"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    y, p = np.array([0, 0, 1, 1, 0, 1]), np.linspace(0.1, 0.9, 6)
    with pytest.raises(error) as raised:
        call(y, p)
    assert str(raised.value).startswith(says)

"""Summary: all metrics of one model on one set of rows, each with its interval, as plain values for result.json.

Shares of rows have Wilson's interval, ROC AUC DeLong's, all else the bootstrap's. Nothing is left out quietly: a
number that the rows cannot give stands as None, and says so in the table.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from groundup.core import Array, IntArray, Rng, expect_labels, generator
from groundup.train.metrics.curves import average_precision
from groundup.train.metrics.intervals import auc_interval, bootstrap_interval
from groundup.train.metrics.metrics import (
    brier_score,
    confusion,
    expect_probabilities,
    expected_calibration_error,
    log_loss,
    per_class,
    precision_recall_f1,
    roc_auc,
    wilson_interval,
)

Measured = dict[str, float | None]  # {"value": ..., "low": ..., "high": ...}
NOTHING: Measured = {"value": None, "low": None, "high": None}
NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "F1, mean of the classes",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "log_loss": "log loss, nats",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}


def report(
    y: IntArray, probability: Array, classes: Sequence[str], rng: Rng, *, level: float = 0.95, resamples: int = 500
) -> dict[str, Any]:
    """All metrics of probabilities (N, K), or the (N,) of class 1 of two, against labels (N,).

    {"n", "level", "classes", "confusion", "metrics": {name: {"value", "low", "high"}}, "per_class": {class: {"n",
    "precision", "recall", "f1"}}}. Calibration: of class 1, where there are two; else of the likeliest class.
    Raises ShapeError, ValueError.
    """
    p = expect_probabilities("report", probability)
    table_of_p = np.stack([1 - p, p], axis=1) if p.ndim == 1 else p
    labels, names = expect_labels("report", y, *table_of_p.shape), list(classes)
    if len(names) != table_of_p.shape[1]:
        raise ValueError(f"report: expected {table_of_p.shape[1]} class names, got {len(names)}; one a column")
    counts = confusion(labels, table_of_p.argmax(axis=1), len(names))
    return {
        "n": len(labels),
        "level": level,
        "classes": names,
        "confusion": counts.tolist(),
        "metrics": _metrics(labels, table_of_p, generator("report", rng), level, resamples),
        "per_class": {name: _one_class(counts, k, level) for k, name in enumerate(names)},
    }


def _metrics(y: IntArray, p: Array, rng: np.random.Generator, level: float, resamples: int) -> dict[str, Measured]:
    """The numbers of the whole, in the order of NAMES."""
    predicted, k = p.argmax(axis=1), p.shape[1]
    event = p[:, 1] if k == 2 else p  # what AUC, Brier and calibration are of

    def drawn(metric: Callable[..., float], *arrays: Any, strata: IntArray | None = None) -> Measured:
        low, high = bootstrap_interval(metric, *arrays, rng=rng, resamples=resamples, level=level, strata=strata)
        return {"value": metric(*arrays), "low": low, "high": high}

    found = {
        "accuracy": _share(int((predicted == y).sum()), len(y), level),
        "macro_f1": drawn(lambda a, b: precision_recall_f1(a, b, k)[2], y, predicted),
        "roc_auc": _area(y, event, level),
        "log_loss": drawn(log_loss, y, p),
        "brier": drawn(brier_score, y, event),
        "calibration_error": drawn(expected_calibration_error, y, event),
    }
    if k == 2:
        both = 0 < y.sum() < len(y)
        found["average_precision"] = drawn(average_precision, y, event, strata=y) if both else NOTHING
    return {name: found[name] for name in NAMES if name in found}


def _area(y: IntArray, score: Array, level: float) -> Measured:
    """ROC AUC where every class has its two rows of each kind; else nothing."""
    rows = np.bincount(y, minlength=2 if score.ndim == 1 else score.shape[1])
    if rows.min() < 2 or len(y) - rows.max() < 2:
        return NOTHING
    low, high = auc_interval(y, score, level)
    return {"value": roc_auc(y, score), "low": low, "high": high}


def _share(hits: int, n: int, level: float) -> Measured:
    """A share with Wilson's interval; nothing, where n is 0."""
    if not n:
        return NOTHING
    low, high = wilson_interval(hits, n, level)
    return {"value": hits / n, "low": low, "high": high}


def _one_class(counts: IntArray, k: int, level: float) -> dict[str, Any]:
    """Precision and recall are shares of rows, and have an interval; F1 is none, and stands alone."""
    right, said, are = (int(v) for v in (counts[k, k], counts[:, k].sum(), counts[k].sum()))
    f1 = float(per_class(counts)[2][k]) if said + are else None
    return {"n": are, "precision": _share(right, said, level), "recall": _share(right, are, level), "f1": f1}


def table(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Rows (what, value, interval) of a report, the whole first and then the classes, for a report's table."""
    rows = [(NAMES[name], *_cells(measured)) for name, measured in found["metrics"].items()]
    for name, one in found["per_class"].items():
        for what in ("precision", "recall"):
            rows.append((f"{what}, {name} ({one['n']} rows)", *_cells(one[what])))
    return rows


def _cells(measured: Measured) -> tuple[str, str]:
    value, low, high = measured["value"], measured["low"], measured["high"]
    return ("not defined", "") if value is None else (f"{value:.3f}", f"{low:.3f} to {high:.3f}")

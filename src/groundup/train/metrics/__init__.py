"""Metrics with their intervals: what a result on held-out rows says, and how surely."""

from groundup.train.metrics.curves import average_precision, roc_curve
from groundup.train.metrics.intervals import auc_interval, bootstrap_interval, mcnemar
from groundup.train.metrics.metrics import (
    accuracy,
    binary_accuracy,
    brier_score,
    class_accuracy,
    confusion,
    expected_calibration_error,
    log_loss,
    per_class,
    perplexity,
    precision_recall_f1,
    reliability,
    roc_auc,
    top_k_accuracy,
    wilson_interval,
)
from groundup.train.metrics.summary import report, table

__all__ = [
    "accuracy", "auc_interval", "average_precision", "binary_accuracy", "bootstrap_interval", "brier_score",
    "class_accuracy", "confusion", "expected_calibration_error", "log_loss", "mcnemar", "per_class", "perplexity",
    "precision_recall_f1", "reliability", "report", "roc_auc", "roc_curve", "table", "top_k_accuracy",
    "wilson_interval",
]  # fmt: skip

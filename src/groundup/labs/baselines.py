"""What a network has to beat: saying the commonest class, and logistic regression."""

import warnings
from collections.abc import Mapping

import numpy as np

from groundup.core import Array, IntArray

MAJORITY, LOGISTIC = "majority class", "logistic regression (scikit-learn)"
ROWS = 10_000  # more would take longer than the network


def baselines(x: Mapping[str, Array], labels: dict[str, IntArray], rows: int = ROWS) -> dict[str, float]:
    """Test accuracy of each, fitted to at most ``rows`` of the training rows."""
    commonest = np.bincount(labels["train"]).argmax()
    cut = f", {rows:,} rows" if len(x["train"]) > rows else ""
    return {
        LOGISTIC + cut: logistic(x["train"][:rows], labels["train"][:rows], x["test"], labels["test"]),
        MAJORITY: float((labels["test"] == commonest).mean()),
    }


def logistic(x: Array, labels: IntArray, x_test: Array, labels_test: IntArray) -> float:
    """Accuracy of scikit-learn's logistic regression, at its default strength of regularisation."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 200 steps settle the accuracy, if not the last digits
        model = LogisticRegression(max_iter=200, tol=1e-3).fit(x, labels)
    return float(model.score(x_test, labels_test))

"""KMeans with scikit-learn's contract, around the functions of kmeans.py."""

import math
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from groundup.core import Array, IntArray
from groundup.stats.kmeans.fast import lloyd
from groundup.stats.kmeans.kmeans import Fit, nearest, plus_plus, squared_distances


class KMeans(TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Lloyd's algorithm from k-means++ or random rows; names and defaults are sklearn.cluster.KMeans's.

    Fitted: ``cluster_centers_`` (K, F), ``labels_`` (N,), ``inertia_``, ``n_iter_``. With ``n_init`` above 1 the start
    that ends with the least inertia is kept; "auto" is 1 for k-means++ and for given centres, 10 for random rows.
    ``tol`` is relative to the mean variance of the features. Not handled: sample weights, sparse input, Elkan.

    Raises ValueError for settings or data that do not fit, NotFittedError before ``fit``.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Any = "k-means++",
        n_init: Any = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.n_clusters, self.init, self.n_init = n_clusters, init, n_init
        self.max_iter, self.tol, self.random_state = max_iter, tol, random_state

    def fit(self, X: Any, y: Any = None) -> "KMeans":
        """Find the centres of (N, F)."""
        X = validate_data(self, X, dtype=[np.float64, np.float32], order="C")
        self._expect_settings(X)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        rng = np.random.default_rng(seed)
        tol = float(self.tol * X.var(axis=0).mean()) if self.tol else 0.0
        best = min((lloyd(X, self._start(X, rng), self.max_iter, tol) for _ in range(self._starts())), key=_inertia)
        self.cluster_centers_, self.labels_ = best.centres, best.labels.astype(np.int32)
        self.inertia_, self.n_iter_ = best.inertia, best.steps
        self._n_features_out = self.n_clusters
        return self

    def predict(self, X: Any) -> IntArray:
        """(N, F) -> (N,): the nearest centre of each row."""
        return nearest(self._fitted(X), self.cluster_centers_).astype(np.int32)

    def transform(self, X: Any) -> Array:
        """(N, F) -> (N, K): the distance to each centre."""
        return np.sqrt(squared_distances(self._fitted(X), self.cluster_centers_))

    def score(self, X: Any, y: Any = None) -> float:
        """Minus the inertia of these rows, so that more is better."""
        return -float(squared_distances(self._fitted(X), self.cluster_centers_).min(axis=1).sum())

    def _fitted(self, X: Any) -> Array:
        check_is_fitted(self)
        checked: Array = validate_data(self, X, reset=False, dtype=[np.float64, np.float32], order="C")
        return checked

    def _starts(self) -> int:
        if self.n_init == "auto":
            return 10 if isinstance(self.init, str) and self.init == "random" else 1
        return int(self.n_init)

    def _start(self, X: Array, rng: np.random.Generator) -> Array:
        if not isinstance(self.init, str):
            return np.array(self.init, dtype=X.dtype)
        if self.init == "random":
            return X[rng.choice(len(X), self.n_clusters, replace=False)].copy()
        return plus_plus(X, self.n_clusters, rng)

    def _expect_settings(self, X: Array) -> None:
        who, k = "KMeans.fit", self.n_clusters
        if not isinstance(k, int | np.integer) or k < 1:
            raise ValueError(f"{who}: expected n_clusters to be a whole number of at least 1, got {k!r}")
        if len(X) < k:
            raise ValueError(f"{who}: expected at least n_clusters={k} rows, got n_samples={len(X)}; ask for fewer")
        if not isinstance(self.max_iter, int | np.integer) or self.max_iter < 1:
            raise ValueError(f"{who}: expected max_iter to be a whole number of at least 1, got {self.max_iter!r}")
        if not (isinstance(self.tol, int | float) and math.isfinite(self.tol) and self.tol >= 0):
            raise ValueError(f"{who}: expected tol to be a number of at least 0, got {self.tol!r}")
        if self.n_init != "auto" and (not isinstance(self.n_init, int | np.integer) or self.n_init < 1):
            raise ValueError(
                f"{who}: expected n_init to be 'auto' or a whole number of at least 1, got {self.n_init!r}"
            )
        if isinstance(self.init, str):
            if self.init not in ("k-means++", "random"):
                raise ValueError(f"{who}: expected init to be 'k-means++', 'random' or centres, got {self.init!r}")
        elif np.shape(self.init) != (k, X.shape[1]):
            raise ValueError(f"{who}: expected init of shape {(k, X.shape[1])}, got {np.shape(self.init)}")


def _inertia(fit: Fit) -> float:
    return fit.inertia

"""k-means on 50,000 x 20 with 10 centres: 20 steps of Lloyd's algorithm from the same centres, beside scikit-learn."""

import warnings

import numpy as np
import sklearn.cluster
from sklearn.datasets import make_blobs
from threadpoolctl import threadpool_limits

from benchmarks.harness import Ratio, Step, interleave, threads
from groundup.stats.kmeans import KMeans

ROWS, FEATURES, CENTRES, STEPS = 50_000, 20, 10, 20


def run() -> list[Ratio]:
    """float64 and float32, one thread each."""
    data, _ = make_blobs(ROWS, FEATURES, centers=CENTRES, cluster_std=6.0, random_state=0)
    name, rows = f"k-means {ROWS // 1000}k x {FEATURES}, k={CENTRES}", []
    with threads(1), threadpool_limits(1):
        for dtype, target in (("float64", 0.95), ("float32", 1.2)):
            x = data.astype(dtype)
            pair = (step(KMeans, x), (f"scikit-learn, {dtype}", step(sklearn.cluster.KMeans, x)))
            rows.append(interleave(f"{name}, {dtype}", *pair, target=target))
    return rows


def step(kind: type, x: np.ndarray) -> Step:
    start = x[np.random.default_rng(0).choice(ROWS, CENTRES, replace=False)]

    def fit() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of not having converged: the number of steps is fixed on purpose
            kind(CENTRES, init=start, n_init=1, max_iter=STEPS, tol=0).fit(x)

    return fit

import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import sklearn.cluster
from sklearn.utils.estimator_checks import check_estimator

from groundup.stats import kmeans as package
from groundup.stats.kmeans import KMeans, fast, kmeans
from support.parity import close, tensor, twin


def blobs(n: int = 300, features: int = 3, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, features)) + 6 * rng.integers(0, 4, (n, 1))


def test_the_estimator_keeps_scikit_learns_contract() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # check_array_api_input says that it is left out without SCIPY_ARRAY_API
        results = check_estimator(KMeans(3), on_fail="raise")
    assert [r["check_name"] for r in results if r["status"] != "passed"] == ["check_array_api_input"]


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-9), ("float32", 1e-4)])
def test_equals_scikit_learn_from_the_same_centres(dtype: str, rtol: float) -> None:
    x = blobs().astype(dtype)
    start = x[:5].copy()
    ours = KMeans(5, init=start, n_init=1).fit(x)
    theirs = sklearn.cluster.KMeans(5, init=start, n_init=1).fit(x)
    close("centres", ours.cluster_centers_, theirs.cluster_centers_, rtol)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert ours.inertia_ == pytest.approx(theirs.inertia_, rel=rtol)
    assert ours.n_iter_ == theirs.n_iter_
    new = blobs(seed=1).astype(dtype)
    assert np.array_equal(ours.predict(new), theirs.predict(new))
    close("distances", ours.transform(new), theirs.transform(new), 1e-3 if dtype == "float32" else rtol)
    assert ours.score(new) == pytest.approx(theirs.score(new), rel=1e-4)


def test_starts_drawn_by_ourselves_end_as_well_as_scikit_learns() -> None:
    x = blobs(600)
    ours = min(KMeans(4, random_state=s).fit(x).inertia_ for s in range(5))
    theirs = min(sklearn.cluster.KMeans(4, random_state=s).fit(x).inertia_ for s in range(5))
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert KMeans(4, init="random", random_state=0).fit(x).inertia_ == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("x", [blobs(5000), np.random.default_rng(0).integers(0, 3, (5000, 2)).astype(float)])
def test_the_fast_form_is_the_plain_form(x: np.ndarray) -> None:
    start = np.unique(x, axis=0)[:6]
    plain, quick = kmeans.lloyd(x, start, 50, 0.0), fast.lloyd(x, start, 50, 0.0)
    np.testing.assert_allclose(quick.centres, plain.centres, rtol=1e-9, atol=1e-9)
    assert np.array_equal(quick.labels, plain.labels)
    assert quick.inertia == pytest.approx(plain.inertia, rel=1e-9)
    assert quick.steps == plain.steps


def test_equals_the_twin() -> None:
    x = blobs()
    plain = kmeans.lloyd(x, x[:4], 100, 0.0)
    centres, labels, inertia = twin("stats/kmeans").lloyd(tensor(x), tensor(x[:4]), 100, 0.0)
    close("centres", plain.centres, centres.numpy(), 1e-10)
    assert np.array_equal(plain.labels, labels.numpy())
    assert plain.inertia == pytest.approx(inertia, rel=1e-10)


def test_inertia_never_rises() -> None:
    x, centres = blobs(), blobs()[:6]
    values = [kmeans.lloyd(x, centres, n, 0.0).inertia for n in range(1, 12)]
    assert all(b <= a + 1e-9 for a, b in pairwise(values))


def test_a_centre_that_nobody_chose_stays() -> None:
    x, far = blobs(), np.full((1, 3), 1e6)
    start = np.vstack([x[:2], far])
    assert np.array_equal(kmeans.lloyd(x, start, 10, 0.0).centres[2], far[0])
    assert np.array_equal(fast.lloyd(x, start, 10, 0.0).centres[2], far[0])


def test_plus_plus_draws_far_rows_more_often_and_finds_every_cluster() -> None:
    x = np.vstack([np.random.default_rng(0).standard_normal((50, 2)) + shift for shift in (0, 100, 200, 300)])
    for seed in range(20):
        starts = kmeans.plus_plus(x, 4, np.random.default_rng(seed))
        assert sorted(np.round(starts.mean(axis=1) / 100).astype(int)) == [0, 1, 2, 3]
    assert len(kmeans.plus_plus(np.ones((3, 2)), 3, np.random.default_rng(0))) == 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: KMeans(0), "n_clusters to be a whole number of at least 1, got 0"),
        (lambda: KMeans(2.5), "n_clusters to be a whole number"),
        (lambda: KMeans(400), "at least n_clusters=400 rows, got n_samples=300"),
        (lambda: KMeans(3, max_iter=0), "max_iter to be a whole number of at least 1"),
        (lambda: KMeans(3, tol=-1.0), "tol to be a number of at least 0"),
        (lambda: KMeans(3, tol=float("nan")), "tol to be a number"),
        (lambda: KMeans(3, n_init=0), "n_init to be 'auto' or a whole number"),
        (lambda: KMeans(3, init="best"), "init to be 'k-means\\+\\+', 'random' or centres, got 'best'"),
        (lambda: KMeans(3, init=np.ones((2, 3))), r"init of shape \(3, 3\), got \(2, 3\)"),
    ],
)
def test_settings_that_do_not_fit_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"KMeans.fit: expected {message}"):
        make().fit(blobs())


def test_several_starts_keep_the_best() -> None:
    x = blobs(400)
    one = [KMeans(6, init="random", n_init=1, random_state=s).fit(x).inertia_ for s in range(8)]
    assert KMeans(6, init="random", n_init=20, random_state=0).fit(x).inertia_ <= min(one) * 1.05


def test_the_estimator_is_imported_when_asked_for() -> None:
    assert package.KMeans is KMeans
    with pytest.raises(AttributeError, match="no attribute 'KMedoids'"):
        package.KMedoids  # noqa: B018

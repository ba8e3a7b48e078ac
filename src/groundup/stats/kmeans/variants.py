"""K-means written another way, and just as right."""

import numpy as np

from groundup.core import Array, IntArray, variant
from groundup.stats.kmeans.kmeans import Fit, inertia, means, nearest, squared_distances


@variant("squared_distances", "all differences at once, (N, K, F)")
def all_differences(x: Array, centres: Array) -> Array:
    d2: Array = ((x[:, None, :] - centres[None, :, :]) ** 2).sum(axis=-1)
    return d2


@variant("squared_distances", "one centre at a time")
def centre_by_centre(x: Array, centres: Array) -> Array:
    d2 = np.empty((len(x), len(centres)), np.result_type(x, centres))
    for k, centre in enumerate(centres):
        d2[:, k] = np.linalg.norm(x - centre, axis=1) ** 2
    return d2


@variant("squared_distances", "the expanded square, by einsum")
def expanded_by_einsum(x: Array, centres: Array) -> Array:
    own, others = np.einsum("nf,nf->n", x, x), np.einsum("kf,kf->k", centres, centres)
    d2: Array = np.add.outer(own, others) - 2 * np.einsum("nf,kf->nk", x, centres)
    d2[d2 < 0] = 0
    return d2


@variant("nearest", "the best so far, over the centres")
def best_so_far(x: Array, centres: Array) -> IntArray:
    labels = np.zeros(len(x), int)
    least = np.full(len(x), np.inf)
    for k, centre in enumerate(centres):
        d2 = ((x - centre) ** 2).sum(axis=1)
        closer = d2 < least  # not <=: the first of several stays
        labels[closer], least[closer] = k, d2[closer]
    return labels


@variant("nearest", "without what all centres share: the largest x·µ - ‖µ‖²/2")
def largest_score(x: Array, centres: Array) -> IntArray:
    scores = x @ centres.T - (centres**2).sum(axis=1) / 2
    labels: IntArray = np.argmax(scores, axis=1)
    return labels


@variant("means", "a product with one-hot labels")
def product_with_one_hot(x: Array, labels: IntArray, centres: Array) -> Array:
    chosen = labels[None, :] == np.arange(len(centres))[:, None]  # (K, N)
    counts = chosen.sum(axis=1, keepdims=True)
    sums = chosen.astype(x.dtype) @ x  # (K, N) @ (N, F)
    moved: Array = np.where(counts > 0, sums / np.maximum(counts, 1), centres).astype(centres.dtype)
    return moved


@variant("means", "sums by np.add.at, counts by np.bincount")
def added_at_labels(x: Array, labels: IntArray, centres: Array) -> Array:
    sums = np.zeros_like(centres)
    np.add.at(sums, labels, x)
    counts = np.bincount(labels, minlength=len(centres))
    for k in np.flatnonzero(counts == 0):
        sums[k], counts[k] = centres[k], 1
    moved: Array = sums / counts[:, None].astype(centres.dtype)
    return moved


@variant("inertia", "the distance of each row to its own centre, picked out of all")
def picked_out_of_all(x: Array, labels: IntArray, centres: Array) -> float:
    return float(squared_distances(x, centres)[np.arange(len(x)), labels].sum())


@variant("inertia", "cluster by cluster")
def cluster_by_cluster(x: Array, labels: IntArray, centres: Array) -> float:
    return sum(float(np.linalg.norm(x[labels == k] - centre) ** 2) for k, centre in enumerate(centres))


@variant("plus_plus", "distances to all starts, anew in every round")
def anew_in_every_round(x: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    starts = x[[rng.integers(len(x))]]
    for _ in range(n_clusters - 1):
        d2 = ((x[:, None] - starts) ** 2).sum(axis=2).min(axis=1)
        p = d2 / d2.sum() if d2.any() else np.full(len(x), 1 / len(x))
        starts = np.vstack([starts, x[rng.choice(len(x), p=p)]])
    return starts


@variant("plus_plus", "centres filled in place, the weights in a running minimum")
def filled_in_place(x: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    centres = np.empty((n_clusters, x.shape[1]), x.dtype)
    centres[0] = x[rng.integers(0, len(x))]
    least = np.full(len(x), np.inf)
    for k in range(1, n_clusters):
        d2 = squared_distances(x, centres[k - 1 : k]).ravel()
        least = np.where(d2 < least, d2, least)
        alike = not least.sum() > 0
        centres[k] = x[rng.integers(len(x))] if alike else rng.choice(x, p=least / least.sum())
    return centres


@variant("lloyd", "a while loop that counts its own steps")
def counting_while(x: Array, centres: Array, max_iter: int, tol: float) -> Fit:
    steps, shift = 0, np.inf
    while steps < max_iter and shift > tol:
        before = centres
        centres = means(x, nearest(x, before), before)
        shift = float(np.linalg.norm(centres - before)) ** 2
        steps += 1
    labels = nearest(x, centres)
    return Fit(centres=centres, labels=labels, inertia=inertia(x, labels, centres), steps=steps)


@variant("lloyd", "both equations written out over all differences")
def written_out(x: Array, centres: Array, max_iter: int, tol: float) -> Fit:
    steps, moving = 0, True
    while moving and steps < max_iter:
        steps += 1
        labels = ((x[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        chosen = np.eye(len(centres), dtype=x.dtype)[labels]  # (N, K)
        counts = chosen.sum(axis=0)[:, None]
        moved = np.divide(chosen.T @ x, counts, out=centres.copy(), where=counts > 0)
        moving = bool(np.square(moved - centres).sum() > tol)
        centres = moved
    d2 = ((x[:, None] - centres) ** 2).sum(axis=2)
    return Fit(centres, d2.argmin(axis=1), float(d2.min(axis=1).sum()), steps)

"""What people really write when they cluster."""

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.stats.kmeans.kmeans import Fit, inertia, means, nearest, squared_distances
from groundup.stats.kmeans.misconceptions_of_kinds import *  # noqa: F403


@misconception(
    "squared_distances",
    "You take the root. The mean of the rows makes the sum of *squared* distances least, so squares are compared.",
    see="Derive",
)
def root_taken(x: Array, centres: Array) -> Array:
    return np.sqrt(squared_distances(x, centres))


@misconception(
    "squared_distances",
    "The product of row and centre comes in once where expanding the square brings it twice.",
    see="Derive",
)
def cross_term_once(x: Array, centres: Array) -> Array:
    squares: Array = (x**2).sum(axis=1)[:, None] - x @ centres.T + (centres**2).sum(axis=1)
    return np.maximum(squares, 0)


@misconception("squared_distances", "You have a row for each centre: the rows of the data come first.", see="Build")
def transposed(x: Array, centres: Array) -> Array:
    return squared_distances(x, centres).T


@misconception(
    "squared_distances",
    "You leave out the squared length of the rows: the same for all centres, but part of every distance.",
    see="Derive",
)
def length_of_rows_missing(x: Array, centres: Array) -> Array:
    shifted: Array = (centres**2).sum(axis=1) - 2 * x @ centres.T
    return shifted


@misconception("nearest", "You pick the centre that is farthest away.", see="Derive")
def farthest(x: Array, centres: Array) -> IntArray:
    labels: IntArray = squared_distances(x, centres).argmax(axis=1)
    return labels


@misconception(
    "nearest",
    "You search along the wrong axis: each centre finds its nearest row, not each row its centre.",
    see="Build",
)
def along_the_rows(x: Array, centres: Array) -> IntArray:
    labels: IntArray = squared_distances(x, centres).argmin(axis=0)
    return labels


@misconception(
    "nearest",
    "You compare products, as if a large one meant near. A centre that is far out has large products with everything.",
    see="Break",
)
def largest_product(x: Array, centres: Array) -> IntArray:
    labels: IntArray = (x @ centres.T).argmax(axis=1)
    return labels


@misconception(
    "means", "Your sums are divided by the number of all rows: each centre has rows of its own.", see="Derive"
)
def divided_by_all(x: Array, labels: IntArray, centres: Array) -> Array:
    moved = centres.copy()
    for k in set(labels.tolist()):
        moved[k] = x[labels == k].sum(axis=0) / len(x)
    return moved


@misconception(
    "means",
    "A centre that nobody chose is moved to zero, where there may be no data. It has no mean; let it stay.",
    see="Break",
)
def empty_goes_to_zero(x: Array, labels: IntArray, centres: Array) -> Array:
    moved = np.zeros_like(centres)
    for k in set(labels.tolist()):
        moved[k] = x[labels == k].mean(axis=0)
    return moved


@misconception(
    "means",
    "You take the median of each feature. That makes another sum least, that of absolute differences.",
    see="Derive",
)
def medians(x: Array, labels: IntArray, centres: Array) -> Array:
    moved = centres.copy()
    for k in set(labels.tolist()):
        moved[k] = np.median(x[labels == k], axis=0)
    return moved


@misconception("means", "You write the new centres over the old ones: the caller's array is changed.", see="Build")
def in_place(x: Array, labels: IntArray, centres: Array) -> Array:
    centres[:] = means(x, labels, centres)
    return centres


@misconception("inertia", "You give the mean over the rows. Inertia is the sum, and grows with the data.", see="Derive")
def mean_for_sum(x: Array, labels: IntArray, centres: Array) -> float:
    return inertia(x, labels, centres) / len(x)


@misconception("inertia", "You add up distances without squaring them.", see="Derive")
def distances_not_squared(x: Array, labels: IntArray, centres: Array) -> float:
    return float(np.sqrt(((x - centres[labels]) ** 2).sum(axis=1)).sum())


@misconception(
    "plus_plus",
    "You draw every start from all rows alike. Two of them may fall into one cluster, and one cluster goes without.",
    see="Where to begin",
)
def drawn_alike(x: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    return x[rng.choice(len(x), n_clusters, replace=False)].copy()


@misconception(
    "plus_plus",
    "Your chances follow the distance and not its square: far rows are taken too seldom.",
    see="Where to begin",
)
def distance_not_squared(x: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    chosen = [int(rng.integers(len(x)))]
    while len(chosen) < n_clusters:
        d = np.sqrt(squared_distances(x, x[chosen]).min(axis=1))
        chosen.append(int(rng.choice(len(x), p=d / d.sum())))
    return x[chosen].copy()


@misconception(
    "plus_plus",
    "You look at the distance to the last centre alone. A row that is far from it may lie beside an earlier one.",
    see="Where to begin",
)
def last_centre_only(x: Array, n_clusters: int, rng: np.random.Generator) -> Array:
    chosen = [int(rng.integers(len(x)))]
    while len(chosen) < n_clusters:
        d2 = squared_distances(x, x[chosen[-1:]])[:, 0]
        chosen.append(int(rng.choice(len(x), p=d2 / d2.sum())))
    return x[chosen].copy()


@misconception(
    "lloyd",
    "You stop one step early: the labels are those of the centres before they moved.",
    see="Derive",
)
def labels_of_before(x: Array, centres: Array, max_iter: int, tol: float) -> Fit:
    for step in range(1, max_iter + 1):
        labels = nearest(x, centres)
        moved = means(x, labels, centres)
        shift, centres = float(((moved - centres) ** 2).sum()), moved
        if shift <= tol:
            break
    return Fit(centres, labels, inertia(x, labels, centres), step)


@misconception(
    "lloyd",
    "You always take all the steps that are allowed, and never look whether the centres still move.",
    see="Derive",
)
def never_at_rest(x: Array, centres: Array, max_iter: int, tol: float) -> Fit:
    for _ in range(max_iter):
        centres = means(x, nearest(x, centres), centres)
    labels = nearest(x, centres)
    return Fit(centres, labels, inertia(x, labels, centres), max_iter)

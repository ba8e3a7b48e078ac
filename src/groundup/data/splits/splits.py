"""Splitting rows into parts to fit on, to choose by, and to report on; and scaling without a leak between them.

Rows are dealt class by class (stratified). In class c the n_c rows are shuffled and the row of rank r gets the key

    (1)  k = (r + u_c) / n_c,        u_c uniform in [0, 1)

Sorted by key, every stretch of the deck holds each class in proportion, to within a few rows. The deck of N rows is cut

    (2)  after  round(N (s_1 + ... + s_j))  rows,        s_j the size of part j, as a fraction

so the parts are disjoint, cover all rows, and have the sizes asked for, rounded to whole rows. Where rows belong
together (pictures of one patient, all that is of one day), whole groups are laid in a line and group g goes where its
middle lies, to part j if

    (3)  s_1 + ... + s_{j-1}  <  (before_g + n_g / 2) / N  <=  s_1 + ... + s_j

in random order for groups, in order of time for days: the model is then tested on what comes after.

    (4)  x' = (x - μ) / σ,           μ and σ of the *training* rows alone

A mean taken over all rows would carry the test set into training: a leak. Derivation: lesson.md, "Derive".
Source of (1): systematic sampling, W. G. and L. H. Madow, Annals of Mathematical Statistics 15 (1944).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from groundup.core import Array, DtypeError, IntArray, Rng, ShapeError, expect_features, expect_rank, generator
from groundup.data.dataset import Dataset
from groundup.data.kinds import Texts

SIZES = {"train": 0.8, "val": 0.1, "test": 0.1}


def split(
    data: Dataset | Texts | int,
    sizes: Mapping[str, float] = SIZES,
    rng: Rng | None = None,
    stratify: IntArray | None = None,
) -> dict[str, IntArray]:
    """Row numbers by part: disjoint, covering, in proportion by class (Eqs. 1 and 2), each in random order.

    ``data`` is a Dataset or Texts (stratified by their labels) or a number of rows (``stratify`` may give their
    labels). Rows of an official test or validation split are never trained on: the part of that name is that split,
    whatever its size, and the other parts share the other rows in proportion to ``sizes``.

    Raises ValueError for sizes that do not add up to 1 and for a part or class too small; DtypeError, ShapeError for
    labels that do not fit.
    """
    draw, shares = generator("split", rng), _expect_sizes(sizes)
    if isinstance(data, Dataset | Texts):
        return _split_dataset(data, shares, draw)
    if isinstance(data, bool) or not isinstance(data, int | np.integer):
        raise TypeError(f"split: expected a Dataset or a number of rows, got {type(data).__name__}; pass len(x)")
    labels = np.zeros(data, np.int64) if stratify is None else _expect_labels(stratify, int(data), len(shares))
    return _deal(np.arange(data), labels, shares, draw)


def _split_dataset(data: Dataset | Texts, shares: dict[str, float], draw: np.random.Generator) -> dict[str, IntArray]:
    held_out = {name: rows for name, rows in data.splits.items() if name != "train"}
    rest = np.setdiff1d(np.arange(len(data)), np.concatenate([np.empty(0, np.int64), *held_out.values()]))
    drawn = {name: share for name, share in shares.items() if name not in held_out}
    parts = {name: held_out[name] for name in shares if name in held_out}
    if drawn:
        total = sum(drawn.values())
        labels = _expect_labels(data.y[rest], len(rest), len(drawn))
        parts |= _deal(rest, labels, {name: share / total for name, share in drawn.items()}, draw)
    return {name: parts[name] for name in shares}


def _deal(rows: IntArray, labels: IntArray, shares: dict[str, float], draw: np.random.Generator) -> dict[str, IntArray]:
    deck = rows[np.argsort(stratified_keys(labels, draw), kind="stable")]
    parts = _named("split", shares, cut(deck, list(shares.values())), len(rows))
    return {name: draw.permutation(part) for name, part in parts.items()}


def stratified_keys(labels: IntArray, draw: np.random.Generator) -> Array:
    """A key for each row (N,), Eq. 1, by which to sort.

    For each class, in increasing order, ``draw`` gives a permutation of 0 to n_c - 1, which are the ranks of its rows,
    and after that one uniform number, u_c.
    """
    keys = np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        keys[rows] = (draw.permutation(len(rows)) + draw.random()) / len(rows)
    return keys


def cut(deck: IntArray, shares: Sequence[float]) -> list[IntArray]:
    """The deck in consecutive parts of these shares, which add up to 1, rounded to whole rows, Eq. 2."""
    ends = np.rint(np.cumsum(shares) * len(deck)).astype(int)
    return np.split(deck, ends[:-1])


def split_by_group(groups: Any, sizes: Mapping[str, float] = SIZES, rng: Rng | None = None) -> dict[str, IntArray]:
    """Row numbers by part, no group (N,) in two of them: the sizes are met as well as whole groups allow, Eq. 3.

    Raises ValueError for sizes that do not add up to 1, for too few groups, and for groups that are nan.
    """
    draw = generator("split_by_group", rng)
    parts = _by_group("split_by_group", np.asarray(groups), sizes, draw.permutation)
    return {name: draw.permutation(rows) for name, rows in parts.items()}


def split_by_time(times: Any, sizes: Mapping[str, float] = SIZES) -> dict[str, IntArray]:
    """Row numbers by part, each in order of time, and every part after the one before; equal times stay together.

    ``times`` (N,) are numbers or dates. Raises ValueError as ``split_by_group`` does.
    """
    stamps = np.asarray(times)
    parts = _by_group("split_by_time", stamps, sizes, np.sort)
    return {name: rows[np.argsort(stamps[rows], kind="stable")] for name, rows in parts.items()}


def _by_group(who: str, groups: Any, sizes: Mapping[str, float], arrange: Callable[[Any], Any]) -> dict[str, IntArray]:
    shares = _expect_sizes(sizes, who)
    if groups.ndim != 1 or (groups != groups).any():
        raise ValueError(f"{who}: expected one group or time for each row, got shape {groups.shape} or nan in it")
    order = arrange(np.unique(groups))
    return _named(who, shares, whole_groups(groups, order, list(shares.values())), len(groups))


def whole_groups(groups: Any, order: Any, shares: Sequence[float]) -> list[IntArray]:
    """Increasing row numbers by part: the groups in this order, each in the part where its middle lies, Eq. 3."""
    counts = np.array([(groups == group).sum() for group in order])
    middles = (np.cumsum(counts) - counts / 2) / len(groups)
    part = np.searchsorted(np.cumsum(shares)[:-1], middles)  # (groups,)
    return [np.flatnonzero(np.isin(groups, order[part == j])) for j in range(len(shares))]


def _named(who: str, shares: Mapping[str, float], parts: list[IntArray], n: int) -> dict[str, IntArray]:
    named = dict(zip(shares, parts, strict=True))
    empty = [name for name, rows in named.items() if not len(rows)]
    if empty:
        raise ValueError(f"{who}: expected at least one row in each part, got none in {empty} of {n} rows")
    return named


def _expect_sizes(sizes: Mapping[str, float], who: str = "split") -> dict[str, float]:
    shares = {name: float(size) for name, size in sizes.items()}
    if not shares or not all(0 < share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(f"{who}: expected sizes above 0 that add up to 1, got {dict(sizes)}; these are fractions")
    return shares


def _expect_labels(y: Any, n: int, parts: int) -> IntArray:
    labels = np.asarray(y)
    if not np.issubdtype(labels.dtype, np.integer):
        has_nan = np.issubdtype(labels.dtype, np.floating) and bool(np.isnan(labels).any())
        cause = "some are NaN: drop those rows first" if has_nan else "number the classes from 0"
        raise DtypeError(f"split: expected integer labels to stratify by, got {labels.dtype}; {cause}")
    if labels.shape != (n,):
        raise ShapeError(f"split: expected one label for each of {n} rows, got shape {labels.shape}; of other data?")
    classes, counts = np.unique(labels, return_counts=True)
    if n and counts.min() < parts:
        rare = classes[counts < parts].tolist()
        raise ValueError(
            f"split: expected at least {parts} rows of each class for {parts} parts, got fewer of class {rare}; "
            "drop or merge them, or split without labels"
        )
    return labels


def standardise(train: Array, *others: Array) -> tuple[Array, ...]:
    """Each column of (N, D) to mean 0 and deviation 1 over the training rows; the others by the same numbers, Eq. 4.

    A column that never varies in training is centred and left. Raises ShapeError for other widths, ValueError for NaN.
    """
    expect_rank("standardise", train, "ND")
    for x in (train, *others):
        expect_features("standardise", x, train.shape[1])
        if not np.isfinite(x).all():
            raise ValueError("standardise: expected finite numbers, got NaN or infinity; fill or drop such rows first")
    if not len(train):
        raise ValueError("standardise: expected at least one training row, got none; was the split empty?")
    mean, deviation = train.mean(axis=0), train.std(axis=0)  # (D,)
    scale = np.where(deviation > 0, deviation, 1).astype(train.dtype)
    return tuple((x - mean) / scale for x in (train, *others))

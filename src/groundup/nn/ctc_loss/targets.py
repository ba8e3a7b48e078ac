"""What a CTC loss is given: lengths and labels that fit, or one sentence that says why they do not."""

from typing import Any

import numpy as np

from groundup.core import DtypeError, IntArray, ShapeError

WHO = "CTCLoss.forward"


def expect_blank(blank: Any) -> int:
    """A class number. Raises TypeError or ValueError."""
    if isinstance(blank, bool) or not isinstance(blank, int | np.integer):
        raise TypeError(f"CTCLoss: expected blank to be a whole number, got {blank!r}; it is the number of a class")
    if blank < 0:
        raise ValueError(f"CTCLoss: expected blank of at least 0, got {blank}; it is the number of a class")
    return int(blank)


def read_lengths(shape: tuple[int, ...], input_lengths: Any, target_lengths: Any) -> tuple[IntArray, IntArray]:
    """Steps and labels of each of the N sequences. Raises DtypeError, ShapeError or ValueError."""
    steps, n, _ = shape
    both = []
    for name, lengths in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        array = np.asarray(lengths) if len(np.atleast_1d(lengths)) else np.zeros(0, np.int64)
        if array.dtype.kind not in "iu":
            raise DtypeError(f"{WHO}: expected {name} to be whole numbers, got {array.dtype}; one length a sequence")
        if array.shape != (n,):
            raise ShapeError(f"{WHO}: expected {name} of shape ({n},), got {array.shape}; one length a sequence")
        if n and array.min() < 0:
            raise ValueError(f"{WHO}: expected {name} of at least 0, got {array.min()}; one length a sequence")
        both.append(array.astype(np.int64))
    if n and both[0].max() > steps:
        raise ValueError(
            f"{WHO}: expected input_lengths of at most {steps} (the T of log_probs), got {both[0].max()}; "
            "is log_probs (T, N, C), the steps first?"
        )
    return both[0], both[1]


def read_targets(targets: Any, sizes: IntArray, classes: int, blank: int) -> IntArray:
    """Labels (N, S), what lies behind each sequence's own made blank; out of (N, S) or of all in one row, (ΣSₙ,).

    Raises DtypeError, ShapeError or ValueError.
    """
    if blank >= classes:
        raise ValueError(
            f"{WHO}: expected blank below {classes} (the C of log_probs), got {blank}; is there a class for it?"
        )
    if not isinstance(targets, np.ndarray) or targets.dtype.kind not in "iu":
        got = targets.dtype if isinstance(targets, np.ndarray) else type(targets).__name__
        raise DtypeError(f"{WHO}: expected labels as an array of whole numbers, got {got}; letters need a vocabulary")
    own = np.arange(max(sizes, default=0)) < sizes[:, None]  # (N, S): not padding
    labels = np.full(own.shape, blank, np.int64)
    if targets.ndim == 1 and len(targets) == sizes.sum():
        labels[own] = targets
    elif targets.ndim == 2 and len(targets) == len(sizes) and targets.shape[1] >= own.shape[1]:
        labels[own] = targets[:, : own.shape[1]][own]
    else:
        raise ShapeError(
            f"{WHO}: expected labels of shape ({len(sizes)}, {own.shape[1]} or more), or ({sizes.sum()},) in one row, "
            f"got {targets.shape}; do target_lengths belong to these labels?"
        )
    spelled = labels[own]
    wrong = spelled[(spelled < 0) | (spelled >= classes) | (spelled == blank)]
    if wrong.size:
        raise ValueError(
            f"{WHO}: expected labels from 0 to {classes - 1} without the blank {blank}, got {wrong[0]}; "
            "is padding counted in target_lengths?"
        )
    return labels

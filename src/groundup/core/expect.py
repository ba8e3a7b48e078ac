"""Guards for arguments: each returns the array it was given, or says what is wrong with it.

A message has one form, ``who: expected ..., got ...; likely cause``, so that a reader finds the fault without a
debugger.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core.errors import DtypeError, ShapeError
from groundup.core.types import Array, IntArray


def _array(who: str, x: Any) -> np.ndarray[Any, Any]:
    if not isinstance(x, np.ndarray):
        raise DtypeError(f"{who}: expected a NumPy array, got {type(x).__name__}; wrap it with np.asarray")
    return x


def expect_float(who: str, x: Any) -> Array:
    """A floating-point array of any shape. Raises DtypeError for anything else."""
    array = _array(who, x)
    if not np.issubdtype(array.dtype, np.floating):
        raise DtypeError(f"{who}: expected floating-point numbers, got {array.dtype}; convert with .astype(np.float32)")
    return array


def expect_rank(who: str, x: Any, axes: str) -> Array:
    """A float array with as many axes as the letters in ``axes`` ("NCHW"). Raises ShapeError."""
    array = expect_float(who, x)
    if array.ndim != len(axes):
        wanted = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
        raise ShapeError(f"{who}: expected shape {wanted}, got {array.shape}; {_rank_advice(array.ndim, len(axes))}")
    return array


def _rank_advice(got: int, wanted: int) -> str:
    return "flatten the trailing axes" if got > wanted else "add the missing axis, the batch axis comes first"


def expect_features(who: str, x: Any, features: int) -> Array:
    """A float array (..., features). Raises ShapeError when the last axis has another length."""
    array = expect_float(who, x)
    if array.ndim == 0 or array.shape[-1] != features:
        transposed = array.ndim == 2 and array.shape[0] == features
        hint = "it looks transposed" if transposed else "was the layer made for other data?"
        raise ShapeError(f"{who}: expected {features} features on the last axis, got shape {array.shape}; {hint}")
    return array


def expect_shape(who: str, x: Any, shape: Sequence[int], like: str) -> Array:
    """A float array of exactly this shape, which is that of ``like``. Raises ShapeError."""
    array = expect_float(who, x)
    if array.shape != tuple(shape):
        raise ShapeError(f"{who}: expected shape {tuple(shape)} (that of {like}), got {array.shape}")
    return array


def expect_labels(who: str, y: Any, n: int, classes: int) -> IntArray:
    """Integer class labels (n,), each in [0, classes). Raises DtypeError, ShapeError or ValueError."""
    labels = _array(who, y)
    if not np.issubdtype(labels.dtype, np.integer):
        raise DtypeError(f"{who}: expected integer class labels, got {labels.dtype}; one-hot targets do not fit here")
    if labels.shape != (n,):
        raise ShapeError(
            f"{who}: expected {n} labels of shape ({n},), got {labels.shape}; one label a row of the logits"
        )
    if n and (labels.min() < 0 or labels.max() >= classes):
        got = f"{labels.min()} to {labels.max()}"
        raise ValueError(
            f"{who}: expected labels from 0 to {classes - 1}, got {got}; does the layer have an output a class?"
        )
    return labels


def expect_positive(who: str, **sizes: int) -> None:
    """Whole numbers of at least 1. Raises ValueError (TypeError for a fraction)."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int | np.integer):
            raise TypeError(f"{who}: expected {name} to be a whole number, got {size!r}")
        if size < 1:
            raise ValueError(f"{who}: expected {name} of at least 1, got {size}")


def expect_in(who: str, name: str, value: float, low: float, high: float = float("inf")) -> float:
    """A finite number in [low, high]. Raises ValueError, or TypeError for what is no number."""
    if not isinstance(value, int | float | np.number):
        raise TypeError(f"{who}: expected {name} to be a number, got {value!r}")
    if not (np.isfinite(value) and low <= value <= high):
        bounds = f"at least {low}" if high == float("inf") else f"between {low} and {high}"
        raise ValueError(f"{who}: expected {name} {bounds}, got {value!r}")
    return value

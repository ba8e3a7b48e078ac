"""Guards of attention: arrays that fit each other, masks that fit the scores."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.core import Array, DtypeError, ShapeError, expect_float


def expect_qkv(who: str, query: Any, key: Any, value: Any) -> tuple[Array, Array, Array]:
    """(..., L, E), (..., S, E), (..., S, D) with one "...". Raises ShapeError, DtypeError."""
    q, k, v = (expect_float(who, a) for a in (query, key, value))
    if min(q.ndim, k.ndim, v.ndim) < 2 or not q.shape[:-2] == k.shape[:-2] == v.shape[:-2]:
        got = f"{q.shape}, {k.shape}, {v.shape}"
        raise ShapeError(
            f"{who}: expected (..., L, E), (..., S, E), (..., S, D) with the same axes in front, got {got}; "
            "np.broadcast_to repeats one over a batch"
        )
    if q.shape[-1] != k.shape[-1]:
        raise ShapeError(
            f"{who}: expected queries as wide as keys, got {q.shape[-1]} and {k.shape[-1]}; project them first"
        )
    if k.shape[-2] != v.shape[-2]:
        raise ShapeError(
            f"{who}: expected a value for each key, got {k.shape[-2]} keys and {v.shape[-2]} values; "
            "keys and values come from the same sequence"
        )
    return q, k, v


def expect_mask(who: str, mask: Any, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray[Any, Any]:
    """Booleans, or numbers of ``dtype``, that broadcast to ``shape``. Raises ShapeError, TypeError, ValueError."""
    array = expect_mask_values(who, "attn_mask", mask, dtype)
    axes = zip(array.shape[::-1], shape[::-1], strict=False)  # from the last on
    if not 2 <= array.ndim <= len(shape) or any(m not in (1, n) for m, n in axes):
        raise ShapeError(
            f"{who}: expected a mask that broadcasts to {shape}, got {array.shape}; queries come before keys"
        )
    return array


def expect_mask_values(who: str, name: str, mask: Any, dtype: DTypeLike) -> np.ndarray[Any, Any]:
    """An array of True and False, or of numbers below +∞. Raises DtypeError, ValueError."""
    array = np.asarray(mask)
    if array.dtype == bool:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise DtypeError(f"{who}: expected {name} of True and False, or of real numbers, got {array.dtype}")
    if not (array < np.inf).all():  # NaN is not below anything
        raise ValueError(f"{who}: expected {name} without NaN and +inf, got some; -inf is what hides a key")
    with np.errstate(over="ignore"):  # -1e300 is -inf in float32, and is meant so
        return array.astype(dtype)


def expect_sizes(who: str, **sizes: Any) -> dict[str, np.ndarray[Any, Any]]:
    """Whole numbers of at least 0, one or many each. Raises TypeError, ValueError."""
    arrays = {name: np.asarray(size) for name, size in sizes.items()}
    for name, array in arrays.items():
        if not np.issubdtype(array.dtype, np.integer):
            raise TypeError(f"{who}: expected {name} in whole numbers, got {array.dtype}")
        if (array < 0).any():
            raise ValueError(f"{who}: expected {name} of at least 0, got {array.min()}")
    return arrays

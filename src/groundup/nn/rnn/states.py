"""States and lengths that fit a recurrent network."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.core import Array, DtypeError, ShapeError, expect_shape


def expect_states(who: str, state: Any, count: int, shape: tuple[int, ...], dtype: DTypeLike) -> tuple[Array, ...]:
    """``count`` float arrays of this shape; zeros where there is none. Raises ShapeError, DtypeError, TypeError."""
    if state is None:
        return (np.zeros(shape, dtype),) * count
    given = (state,) if count == 1 else state
    if not isinstance(given, tuple | list) or len(given) != count:
        got = f"{len(given)} arrays" if isinstance(given, tuple | list) else type(given).__name__
        raise TypeError(f"{who}: expected a state of {count} arrays, (h, c), got {got}; an LSTM has two")
    return tuple(expect_shape(who, s, shape, like="a state of this network") for s in given)


def expect_lengths(who: str, lengths: Any, n: int, steps: int) -> np.ndarray[Any, Any]:
    """(N,) whole numbers from 1 to T -> (T, N, 1), True where a step is real.

    Raises ShapeError, DtypeError, ValueError.
    """
    found = np.asarray(lengths)
    if not np.issubdtype(found.dtype, np.integer):
        raise DtypeError(f"{who}: expected lengths to be whole numbers, got {found.dtype}")
    if found.shape != (n,):
        raise ShapeError(f"{who}: expected a length for each of {n} sequences, got shape {found.shape}")
    if n and (found.min() < 1 or found.max() > steps):
        raise ValueError(f"{who}: expected lengths from 1 to {steps}, got {found.min()} to {found.max()}")
    return (np.arange(steps)[:, None] < found)[..., None]

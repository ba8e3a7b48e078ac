"""What the tape refuses, each in one sentence, so that tape.py can be read for its mathematics."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.core import Array, DtypeError, OrderError, ShapeError, expect_shape

Shape = tuple[int, ...]


def real_numbers(data: Any) -> Array:
    """An array of floating-point numbers that shares memory where it can. Raises DtypeError."""
    array = np.asarray(data)
    if not np.issubdtype(array.dtype, np.floating):
        advice = "write 2.0 for 2, or convert with .astype(np.float32)"
        raise DtypeError(f"Tensor: expected floating-point numbers, got {array.dtype}; {advice}")
    return array


def upstream(gradient: Any, shape: Shape, dtype: DTypeLike) -> Array:
    """What backward begins with: the gradient that was passed, or 1 for a single number. Raises ShapeError."""
    if gradient is None and prod(shape) != 1:
        raise ShapeError(f"Tensor.backward: expected a single number, got shape {shape}; reduce it, or pass gradient=")
    given = np.ones(shape) if gradient is None else getattr(gradient, "data", gradient)
    return expect_shape("Tensor.backward", np.asarray(given, dtype), shape, like="the tensor")


def expect_recorded(requires_grad: bool) -> None:
    """Raises OrderError for a result that remembers nothing."""
    if not requires_grad:
        advice = "was it made under no_grad(), or of constants alone?"
        raise OrderError(f"Tensor.backward: expected a result of tensors with requires_grad=True, got none; {advice}")


def expect_unused(used: bool) -> None:
    """Raises OrderError for a graph that a backward pass has freed."""
    if used:
        advice = "compute the result again, or add the results up and go backward once"
        raise OrderError(f"Tensor.backward: expected a graph that no backward has used, got a freed one; {advice}")


def expect_broadcast(op: str, a: Shape, b: Shape) -> None:
    """Raises ShapeError for shapes that do not broadcast."""
    if a != b and any(m != n and 1 not in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False)):
        raise ShapeError(f"Tensor {op}: expected shapes that broadcast, got {a} and {b}; is an axis missing?")


def expect_chain(a: Shape, b: Shape) -> None:
    """Raises ShapeError for matrices whose product does not exist."""
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]):
        raise ShapeError(f"Tensor @: expected (..., I, K) @ (..., K, O), got {a} @ {b}; is one of them transposed?")
    expect_broadcast("@", a[:-2], b[:-2])


def expect_number(power: Any) -> None:
    """Raises TypeError for a power that is not a plain number."""
    if not isinstance(power, int | float | np.number):
        raise TypeError(f"Tensor **: expected a number as the power, got {power!r}; a ** b is (b * a.log()).exp()")


def expect_some(who: str, shape: Shape, dim: int | tuple[int, ...] | None) -> int:
    """How many numbers there are along ``dim``. Raises ShapeError when there is none."""
    axes = range(len(shape)) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    count = prod(shape[axis] for axis in axes)
    if count == 0:
        raise ShapeError(f"Tensor.{who}: expected at least one number along dim={dim}, got shape {shape}")
    return count

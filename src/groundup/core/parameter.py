"""Parameter, which is learned, and Buffer, which is only remembered."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.core.errors import ShapeError
from groundup.core.types import Array


class Parameter:
    """An array that is learned: ``value``, and the gradient ``grad`` of the loss with respect to it, same shape.

    ``zero_grad`` only marks the gradient: it is filled with zeros when it is next read, and not at all when
    ``add_product`` comes first and writes a whole gradient into it. The reader sees zeros either way.
    """

    def __init__(self, value: Array) -> None:
        self.value = value
        self._grad = np.zeros_like(value)
        self._cleared = False  # True: to be read as zeros, whatever _grad still holds

    @property
    def grad(self) -> Array:
        if self._cleared:
            self._grad.fill(0)
            self._cleared = False
        return self._grad

    @grad.setter
    def grad(self, gradient: Array) -> None:
        if np.shape(gradient) != self.value.shape:
            raise ShapeError(
                f"Parameter.grad: expected shape {self.value.shape} (that of its value), got {np.shape(gradient)}; "
                "is an axis summed that should not be, or the other way round?"
            )
        self._grad, self._cleared = gradient, False

    def zero_grad(self) -> None:
        """Set the gradient to zero: backward only ever adds."""
        self._cleared = True

    def add_product(self, a: Array, b: Array) -> None:
        """grad += a @ b, without a temporary where the gradient was zero and nothing has been added yet."""
        if self._cleared and a.dtype == b.dtype == self._grad.dtype:
            np.matmul(a, b, out=self._grad)
            self._cleared = False
        else:
            self.grad += a @ b

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def to(self, dtype: DTypeLike) -> None:
        """Convert value and gradient."""
        self.value, self._grad = self.value.astype(dtype), self.grad.astype(dtype)

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape}, dtype={self.value.dtype})"


class Buffer:
    """An array that is saved with a layer and not learned: a running mean, a count."""

    def __init__(self, value: np.ndarray[tuple[int, ...], np.dtype[Any]]) -> None:
        self.value = value

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def to(self, dtype: DTypeLike) -> None:
        """Convert real numbers; a count stays a count."""
        if np.issubdtype(self.value.dtype, np.floating):
            self.value = self.value.astype(dtype)

    def __repr__(self) -> str:
        return f"Buffer(shape={self.shape}, dtype={self.value.dtype})"

"""What people write instead of one operation of the tape and its pulls."""

from typing import Any

import numpy as np

from groundup.autograd.tape.tape import Tensor
from groundup.core import Array, misconception

Dims = int | tuple[int, ...] | None


@misconception(
    "Tensor.__mul__",
    "Each factor is handed itself times dy. If you nudge one factor, the product moves by the other one.",
    see="One operation at a time",
)
def factors_swapped(self: Tensor, other: Any) -> Tensor:
    other = self.operand("*", other)
    a, b = self.data, other.data
    return self.record("*", a * b, (self, lambda dy: dy * a), (other, lambda dy: dy * b))


@misconception(
    "Tensor.__mul__",
    "Your pulls return the slope alone. What arrives from above has to be multiplied into it.",
    see="One operation at a time",
)
def upstream_forgotten(self: Tensor, other: Any) -> Tensor:
    other = self.operand("*", other)
    a, b = self.data, other.data
    return self.record("*", a * b, (self, lambda dy: b + 0 * dy), (other, lambda dy: a + 0 * dy))


@misconception(
    "Tensor.__mul__",
    "The other factor is treated as a constant: no gradient goes to it.",
    see="One operation at a time",
)
def other_factor_constant(self: Tensor, other: Any) -> Tensor:
    b = self.operand("*", other).data
    return self.record("*", self.data * b, (self, lambda dy: dy * b))


@misconception(
    "Tensor.__mul__",
    "Both factors receive dy as it is. That is the gradient of a sum.",
    see="One operation at a time",
)
def gradient_of_a_sum(self: Tensor, other: Any) -> Tensor:
    other = self.operand("*", other)
    return self.record("*", self.data * other.data, (self, lambda dy: dy), (other, lambda dy: dy))


def _product(self: Tensor, other: Any, pull_a: Any, pull_b: Any) -> Tensor:
    other = self.operand("@", other) if not isinstance(other, type(self)) else other
    a, b = self.data, other.data
    return self.record("@", a @ b, (self, lambda dy: pull_a(dy, a, b)), (other, lambda dy: pull_b(dy, a, b)))


@misconception(
    "Tensor.__matmul__",
    "Nothing is transposed on the way back: it only fits where the matrices are square.",
    see="One operation at a time",
)
def not_transposed(self: Tensor, other: Any) -> Tensor:
    return _product(self, other, lambda dy, a, b: dy @ b, lambda dy, a, b: a @ dy)


@misconception(
    "Tensor.__matmul__",
    "You turn all axes of a batch round with .T. Only the last two are the matrix; the others count matrices.",
    see="One operation at a time",
)
def all_axes_transposed(self: Tensor, other: Any) -> Tensor:
    return _product(self, other, lambda dy, a, b: dy @ b.T, lambda dy, a, b: a.T @ dy)


@misconception(
    "Tensor.__matmul__",
    "The factors of your gradients stand in the wrong order. Products of matrices do not commute.",
    see="One operation at a time",
)
def wrong_order(self: Tensor, other: Any) -> Tensor:
    return _product(self, other, lambda dy, a, b: b.swapaxes(-1, -2) @ dy, lambda dy, a, b: dy @ a.swapaxes(-1, -2))


@misconception(
    "Tensor.sum",
    "The gradient is divided by the number of terms. That belongs to a mean: in a sum each term counts in full.",
    see="One operation at a time",
)
def sum_as_a_mean(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    shape, y = self.shape, self.data.sum(axis=dim, keepdims=True)
    n = self.data.size / y.size
    back = (self, lambda dy: np.broadcast_to(dy.reshape(y.shape) / n, shape))
    return self.record("sum", y if keepdim else y.squeeze(dim), back)


@misconception(
    "Tensor.sum",
    "dy is broadcast as it comes. Without the axis that was summed away it runs along the wrong one: the gradient of a "
    "row's sum lands in a column.",
    see="Break",
)
def sum_along_the_wrong_axis(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    shape = self.shape
    return self.record("sum", self.data.sum(axis=dim, keepdims=keepdim), (self, lambda dy: np.broadcast_to(dy, shape)))


@misconception(
    "Tensor.__getitem__",
    "A row that was taken twice keeps the gradient of its last use alone: assignment through a list of indices, and += "
    "as well, write each place once.",
    see="Several uses",
)
def last_use_wins(self: Tensor, key: Any) -> Tensor:
    def pull(dy: Array) -> Array:
        dx = np.zeros_like(self.data)
        dx[key] += dy
        return dx

    return self.record("[]", self.data[key], (self, pull))


@misconception(
    "Tensor.__getitem__",
    "Every place that was read receives 1. What arrives from above belongs there.",
    see="One operation at a time",
)
def ones_where_it_was_read(self: Tensor, key: Any) -> Tensor:
    def pull(dy: Array) -> Array:
        dx = np.zeros_like(self.data)
        np.add.at(dx, key, np.ones_like(dy))
        return dx

    return self.record("[]", self.data[key], (self, pull))

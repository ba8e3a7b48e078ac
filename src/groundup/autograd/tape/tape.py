"""Tape: gradients found by the machine, from a record of what was computed.

A computation is a graph. Each tensor y that an operation made of a, b, ... remembers them, and for each a *pull*: the
function that takes the gradient of y back to that one.

    (1)  y = f(a, b, ...)                       forward; y keeps (a, pull_a), (b, pull_b), ...
    (2)  pull_a(dy) = (∂y/∂a)ᵀ dy               one line for each operation
    (3)  da = Σ pull_a(dy)                      backward: over all uses y of a, their gradients add up
    (4)  a stands before y where y uses a       an order; walked from its end, dy is complete when it is pulled back
    (5)  da = sum of dy over stretched axes     where a was broadcast to the shape of y

``dy`` is ∂L/∂y for the number L that backward began at. Names are torch's. Not handled: derivatives of derivatives, and
a leaf whose array is changed in place between forward and backward.
Derivation: lesson.md, "Derive".  Sources: Linnainmaa (1976); in this small form, Karpathy's micrograd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from groundup.autograd.tape import guards
from groundup.autograd.tape.recording import is_recording
from groundup.core import Array

Pull = Callable[[Any], Array]
Dims = int | tuple[int, ...] | None


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Eq. 5: sum a gradient down to ``shape``, over axes that were put in front and axes of length 1."""
    new = gradient.ndim - len(shape)  # axes in front
    stretched = (new + i for i, n in enumerate(shape) if n == 1)
    total: Array = gradient.sum(axis=(*range(new), *stretched)).reshape(shape)
    return total


def topological_order(root: Tensor) -> list[Tensor]:
    """Eq. 4: every tensor that ``root`` was made of, each once and before all that use it; ``root`` is the last.

    A stack of our own in place of recursion: a graph may be deeper than Python allows calls to be.
    """
    order: list[Tensor] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))  # comes up again when all above it is done
            stack.extend((parent, False) for parent, _ in node.edges)
    return order


def as_tensor(value: Any, dtype: DTypeLike | None = None) -> Tensor:
    """Constants of arrays and numbers; a plain number takes ``dtype``, so that 2 * x has the dtype of x."""
    if isinstance(value, Tensor):
        return value
    return Tensor(np.asarray(value, dtype) if isinstance(value, int | float | np.number) else value)


class Tensor:
    """An array that knows what it was made of; ``grad`` is None until a backward pass has added to it.

    It shares the memory of the array that it is given. Raises DtypeError for whole numbers, which have no gradient.
    """

    __array_ufunc__ = None  # array * tensor is the tensor's to compute

    def __init__(self, data: Any, requires_grad: bool = False, *, name: str = "") -> None:
        self.data = guards.real_numbers(data)
        self.requires_grad, self.name, self.op = requires_grad, name, ""
        self.grad: Array | None = None
        self.edges: tuple[tuple[Tensor, Pull], ...] = ()
        self.used = False  # True once backward has been through, and the edges are gone

    @classmethod
    def record(cls, op: str, data: Any, *edges: tuple[Tensor, Pull]) -> Tensor:
        """Eq. 1: what ``op`` computed, with the edges that a gradient has to go through; a constant needs none."""
        y = cls(data)
        y.op = op
        if is_recording():
            y.edges = tuple((parent, pull) for parent, pull in edges if parent.requires_grad)
        if y.edges:
            y.requires_grad = True
            y.data.flags.writeable = False  # pulls rely on it
        return y

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    dtype = property(lambda self: self.data.dtype)
    T = property(lambda self: self.transpose(-2, -1))  # of a matrix, or of each in a batch

    def backward(self, gradient: Any = None) -> None:
        """Eq. 3, for every tensor that this one was made of. ``gradient`` is this one's own; a single number has 1.

        The graph is freed on the way. Raises OrderError when it was before, or when nothing was recorded.
        """
        guards.expect_recorded(self.requires_grad)
        dy = guards.upstream(gradient, self.shape, self.dtype)
        order = topological_order(self)
        guards.expect_unused(any(node.used for node in order))
        self.receive(dy)
        while order:
            node = order.pop()  # from the end: whatever used it has reported
            for parent, pull in node.edges:
                parent.receive(pull(node.grad))
            node.free()

    def receive(self, gradient: Array) -> None:
        """Add the gradient of one use, Eqs. 3 and 5, into an array that is this tensor's own."""
        share = unbroadcast(gradient, self.shape).astype(self.dtype)
        self.grad = share if self.grad is None else self.grad + share

    def free(self) -> None:
        """Forget what this was made of: a graph is good for one backward pass. A leaf has nothing to forget."""
        self.edges, self.used = (), self.used or bool(self.edges)

    # One number at a time.

    def operand(self, op: str, other: Any) -> Tensor:
        """The other side of an operation, as a tensor whose shape broadcasts with this one's."""
        tensor = as_tensor(other, self.dtype)
        guards.expect_broadcast(op, self.shape, tensor.shape)
        return tensor

    def __add__(self, other: Any) -> Tensor:
        other = self.operand("+", other)
        return self.record("+", self.data + other.data, (self, lambda dy: dy), (other, lambda dy: dy))

    def __mul__(self, other: Any) -> Tensor:
        other = self.operand("*", other)
        a, b = self.data, other.data
        return self.record("*", a * b, (self, lambda dy: dy * b), (other, lambda dy: dy * a))

    def __truediv__(self, other: Any) -> Tensor:
        other = self.operand("/", other)
        b, y = other.data, self.data / other.data
        return self.record("/", y, (self, lambda dy: dy / b), (other, lambda dy: -dy * y / b))

    def __pow__(self, power: float) -> Tensor:
        guards.expect_number(power)
        x = self.data
        return self.record(
            f"** {power}", x**power, (self, lambda dy: dy * power * x ** (power - 1) if power else 0 * dy)
        )

    def __neg__(self) -> Tensor:
        return self.record("neg", -self.data, (self, lambda dy: -dy))

    def __sub__(self, other: Any) -> Tensor:
        return self + -self.operand("-", other)

    def __rsub__(self, other: Any) -> Tensor:
        return self.operand("-", other) + -self

    def __rtruediv__(self, other: Any) -> Tensor:
        return self.operand("/", other) / self

    __radd__, __rmul__ = __add__, __mul__

    def exp(self) -> Tensor:
        y = np.exp(self.data)
        return self.record("exp", y, (self, lambda dy: dy * y))

    def log(self) -> Tensor:
        x = self.data
        return self.record("log", np.log(x), (self, lambda dy: dy / x))

    def tanh(self) -> Tensor:
        y = np.tanh(self.data)
        return self.record("tanh", y, (self, lambda dy: dy * (1 - y * y)))

    def sigmoid(self) -> Tensor:
        y = np.exp(-np.logaddexp(0, -self.data))  # 1 / (1 + e⁻ˣ), and nothing overflows
        return self.record("sigmoid", y, (self, lambda dy: dy * y * (1 - y)))

    def relu(self) -> Tensor:
        x = self.data
        return self.record("relu", np.maximum(x, 0), (self, lambda dy: np.where(x > 0, dy, 0)))

    # Along axes.

    def sum(self, dim: Dims = None, keepdim: bool = False) -> Tensor:
        """Over the axes ``dim``, or over all: each number has the gradient of the sum that it went into."""
        shape, y = self.shape, self.data.sum(axis=dim, keepdims=True)
        back = (self, lambda dy: np.broadcast_to(dy.reshape(y.shape), shape))
        return self.record("sum", y if keepdim else y.squeeze(dim), back)

    def mean(self, dim: Dims = None, keepdim: bool = False) -> Tensor:
        return self.sum(dim, keepdim) / guards.expect_some("mean", self.shape, dim)

    def amax(self, dim: Dims = None, keepdim: bool = False) -> Tensor:
        """The largest along ``dim``; several that are equally large share its gradient."""
        guards.expect_some("amax", self.shape, dim)
        y = self.data.max(axis=dim, keepdims=True)
        largest = self.data == y
        share = largest / largest.sum(axis=dim, keepdims=True)
        return self.record("amax", y if keepdim else y.squeeze(dim), (self, lambda dy: share * dy.reshape(y.shape)))

    def __matmul__(self, other: Any) -> Tensor:
        """(..., I, K) @ (..., K, O); the axes in front broadcast, and a vector is one row or one column."""
        right = as_tensor(other)
        guards.expect_chain(self.shape, right.shape)
        if right.ndim == 1:
            return (self @ right.reshape(-1, 1))[..., 0]
        if self.ndim == 1:
            return (self.reshape(1, -1) @ right)[..., 0, :]
        a, b = self.data, right.data
        aT, bT = a.swapaxes(-1, -2), b.swapaxes(-1, -2)
        return self.record("@", a @ b, (self, lambda dy: dy @ bT), (right, lambda dy: aT @ dy))

    def __rmatmul__(self, other: Any) -> Tensor:
        return as_tensor(other) @ self

    # The same numbers elsewhere.

    def reshape(self, *shape: int) -> Tensor:
        before = self.shape
        return self.record("reshape", self.data.reshape(shape), (self, lambda dy: dy.reshape(before)))

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        return self.record("transpose", self.data.swapaxes(dim0, dim1), (self, lambda dy: dy.swapaxes(dim0, dim1)))

    def __getitem__(self, key: Any) -> Tensor:
        """What NumPy's ``data[key]`` gives. A row that was taken twice receives both gradients."""
        shape, dtype = self.shape, self.dtype

        def pull(dy: Array) -> Array:
            dx = np.zeros(shape, dtype)
            np.add.at(dx, key, dy)
            return dx

        return self.record("[]", self.data[key], (self, pull))

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self.data)))

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError("Tensor: expected no assignment to parts, the tape cannot undo it; build it with where or cat")

    def detach(self) -> Tensor:
        """The same numbers as a constant."""
        return Tensor(self.data)

    def item(self) -> float:
        return float(self.data.item())

    def __repr__(self) -> str:
        return f"Tensor({self.data}, requires_grad={self.requires_grad})"

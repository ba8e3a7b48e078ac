"""A tape written another way, and just as right."""

from collections import Counter
from math import prod
from string import ascii_letters
from typing import Any

import numpy as np

from groundup.autograd.tape import guards
from groundup.autograd.tape.tape import Dims, Tensor, topological_order, unbroadcast
from groundup.core import Array, variant


@variant("unbroadcast", "one axis at a time")
def axis_by_axis(gradient: Array, shape: tuple[int, ...]) -> Array:
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, n in enumerate(shape):
        if n != gradient.shape[axis]:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


@variant("unbroadcast", "each number added at the place that it was read from")
def added_where_read(gradient: Array, shape: tuple[int, ...]) -> Array:
    places = np.broadcast_to(np.arange(prod(shape)).reshape(shape), gradient.shape)
    sums = np.bincount(places.ravel(), weights=gradient.ravel(), minlength=prod(shape))
    return sums.reshape(shape).astype(gradient.dtype)


@variant("unbroadcast", "einsum keeps the axes that were not stretched")
def by_einsum(gradient: Array, shape: tuple[int, ...]) -> Array:
    full = (1,) * (gradient.ndim - len(shape)) + shape
    letters = ascii_letters[: gradient.ndim]
    kept = "".join(c for c, n, m in zip(letters, full, gradient.shape, strict=True) if n == m)
    return np.array(np.einsum(f"{letters}->{kept}", gradient)).reshape(shape)


@variant("topological_order", "recursion")
def by_recursion(root: Tensor) -> list[Tensor]:
    order: list[Tensor] = []

    def visit(node: Tensor) -> None:
        if not any(node is met for met in order):
            for parent, _ in node.edges:
                visit(parent)
            order.append(node)

    visit(root)
    return order


@variant("topological_order", "uses counted down from the root, then turned round")
def by_counting_uses(root: Tensor) -> list[Tensor]:
    found, uses = {id(root): root}, Counter[int]()
    for node in (waiting := [root]):
        for parent, _ in node.edges:
            uses[id(parent)] += 1
            if id(parent) not in found:
                found[id(parent)] = parent
                waiting.append(parent)
    order = [root]
    for node in order:
        for parent, _ in node.edges:
            uses[id(parent)] -= 1
            if uses[id(parent)] == 0:
                order.append(parent)
    return order[::-1]


@variant("topological_order", "sorted by the longest way from a leaf")
def by_height(root: Tensor) -> list[Tensor]:
    nodes: dict[Tensor, int] = {}

    def height(node: Tensor) -> int:
        if node not in nodes:
            nodes[node] = 1 + max((height(parent) for parent, _ in node.edges), default=0)
        return nodes[node]

    height(root)
    return sorted(nodes, key=nodes.__getitem__)


@variant("Tensor.backward", "edges are freed after the walk")
def freed_at_the_end(self: Tensor, gradient: Any = None) -> None:
    guards.expect_recorded(self.requires_grad)
    order = topological_order(self)
    guards.expect_unused(any(node.used for node in order))
    self.receive(guards.upstream(gradient, self.shape, self.dtype))
    for node in reversed(order):
        for parent, pull in node.edges:
            parent.receive(pull(node.grad))
    for node in order:
        node.free()


@variant("Tensor.backward", "a tensor goes on when its last use has reported")
def when_all_have_reported(self: Tensor, gradient: Any = None) -> None:
    guards.expect_recorded(self.requires_grad)
    dy = guards.upstream(gradient, self.shape, self.dtype)
    nodes = topological_order(self)
    guards.expect_unused(any(node.used for node in nodes))
    missing = Counter(id(parent) for node in nodes for parent, _ in node.edges)
    self.receive(dy)
    ready = [self]
    while ready:
        node = ready.pop()
        for parent, pull in node.edges:
            parent.receive(pull(node.grad))
            missing[id(parent)] -= 1
            if not missing[id(parent)]:
                ready.append(parent)
        node.free()


@variant("Tensor.backward", "each tensor collects from its uses")
def collected_from_uses(self: Tensor, gradient: Any = None) -> None:
    guards.expect_recorded(self.requires_grad)
    order = topological_order(self)[::-1]
    guards.expect_unused(any(node.used for node in order))
    arrived = {id(self): guards.upstream(gradient, self.shape, self.dtype)}
    for i, node in enumerate(order[1:], 1):
        uses = [(use, pull) for use in order[:i] for parent, pull in use.edges if parent is node]
        shares = [unbroadcast(pull(arrived[id(use)]), node.shape) for use, pull in uses]
        arrived[id(node)] = np.sum(shares, axis=0)
    for node in order:
        node.receive(arrived[id(node)])
        node.free()


@variant("Tensor.__mul__", "gradients summed down in the pulls")
def summed_in_the_pulls(self: Tensor, other: Any) -> Tensor:
    right = self.operand("*", other)

    def pull_left(dy: Array) -> Array:
        return unbroadcast(right.data * dy, self.shape)

    def pull_right(dy: Array) -> Array:
        return unbroadcast(self.data * dy, right.shape)

    return self.record("*", np.multiply(self.data, right.data), (self, pull_left), (right, pull_right))


@variant("Tensor.__mul__", "a plain number has one edge, einsum multiplies")
def plain_numbers_apart(self: Tensor, other: Any) -> Tensor:
    if isinstance(other, int | float):
        return self.record("*", self.data * other, (self, lambda dy: other * dy))
    other = self.operand("*", other)
    a, b, rule = self.data, other.data, "...,...->..."
    left, right = (self, lambda dy: np.einsum(rule, dy, b)), (other, lambda dy: np.einsum(rule, a, dy))
    return self.record("*", np.einsum(rule, a, b), left, right)


@variant("Tensor.__matmul__", "einsum, back and forth")
def matrices_by_einsum(self: Tensor, other: Any) -> Tensor:
    right = other if isinstance(other, type(self)) else type(self)(other)
    guards.expect_chain(self.shape, right.shape)
    if self.ndim == 1:
        return (self.reshape(1, -1) @ right)[..., 0, :] if right.ndim > 1 else (self * right).sum()
    if right.ndim == 1:
        return (self * right).sum(-1)
    a, b = self.data, right.data
    left_edge = (self, lambda dy: np.einsum("...io,...ko->...ik", dy, b))
    right_edge = (right, lambda dy: np.einsum("...io,...ik->...ko", dy, a))
    return self.record("@", np.einsum("...ik,...ko->...io", a, b), left_edge, right_edge)


@variant("Tensor.__matmul__", "a sum of products that are on the tape already")
def sum_of_products(self: Tensor, other: Any) -> Tensor:
    right = other if isinstance(other, type(self)) else type(self)(other)
    guards.expect_chain(self.shape, right.shape)
    if right.ndim == 1:
        return (self * right).sum(-1)
    front, (k, o) = right.shape[:-2], right.shape[-2:]
    if self.ndim == 1:
        return (self.reshape(k, 1) * right).sum(-2)
    return (self.reshape(*self.shape, 1) * right.reshape(*front, 1, k, o)).sum(-2)


@variant("Tensor.sum", "the gradient times ones")
def times_ones(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    dims = range(self.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    axes = {d % self.ndim for d in dims}
    kept = tuple(1 if i in axes else n for i, n in enumerate(self.shape))
    ones = np.ones_like(self.data)
    edge = (self, lambda dy: ones * np.reshape(dy, kept))
    return self.record("sum", np.sum(self.data, axis=tuple(axes), keepdims=keepdim), edge)


@variant("Tensor.sum", "added to zeros, which broadcasts")
def added_to_zeros(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    axes = tuple(range(self.ndim)) if dim is None else dim

    def pull(dy: Array) -> Array:
        dx = np.zeros_like(self.data)
        dx += dy if keepdim else np.expand_dims(dy, axes)
        return dx

    return self.record("sum", self.data.sum(axes, keepdims=keepdim), (self, pull))


@variant("Tensor.__getitem__", "numbered places, counted with dy as weights")
def numbered_places(self: Tensor, key: Any) -> Tensor:
    size, shape = self.data.size, self.shape
    places = np.arange(size).reshape(shape)[key]

    def pull(dy: Array) -> Array:
        return np.bincount(np.ravel(places), weights=np.ravel(dy), minlength=size).reshape(shape)

    return self.record("[]", self.data.ravel()[places], (self, pull))


@variant("Tensor.__getitem__", "a loop over what was taken")
def loop_over_taken(self: Tensor, key: Any) -> Tensor:
    places = np.arange(self.data.size).reshape(self.shape)[key]

    def pull(dy: Array) -> Array:
        dx = np.zeros(self.data.size, self.dtype)
        for place, g in zip(places.flat, dy.flat, strict=True):
            dx[place] += g
        return dx.reshape(self.shape)

    return self.record("[]", self.data[key], (self, pull))

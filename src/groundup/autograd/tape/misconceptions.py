"""What people write instead of a tape."""

from typing import Any

import numpy as np

from groundup.autograd.tape import guards
from groundup.autograd.tape.misconceptions_of_operations import *  # noqa: F403
from groundup.autograd.tape.tape import Tensor, topological_order
from groundup.core import Array, misconception


def _axes(gradient: Array, shape: tuple[int, ...]) -> tuple[int, ...]:
    new = gradient.ndim - len(shape)
    return (*range(new), *(new + i for i, n in enumerate(shape) if n == 1))


@misconception(
    "unbroadcast",
    "You sum over the axes in front only. An axis of length 1 that was stretched repeats a number as well.",
    see="Broadcasting is a use, too",
)
def only_axes_in_front(gradient: Array, shape: tuple[int, ...]) -> Any:
    return gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))


@misconception(
    "unbroadcast",
    "You sum over the axes of length 1 only. NumPy also puts whole axes in front of the shorter shape.",
    see="Broadcasting is a use, too",
)
def only_stretched_axes(gradient: Array, shape: tuple[int, ...]) -> Any:
    new = gradient.ndim - len(shape)
    return gradient.sum(axis=tuple(new + i for i, n in enumerate(shape) if n == 1), keepdims=True)


@misconception(
    "unbroadcast",
    "You average over the stretched axes. Each reading of a number adds its gradient: they are summed.",
    see="Broadcasting is a use, too",
)
def averaged(gradient: Array, shape: tuple[int, ...]) -> Any:
    return gradient.mean(axis=_axes(gradient, shape)).reshape(shape)


@misconception(
    "unbroadcast",
    "You keep the first slice of the gradient and drop the others, as if the number had been read once.",
    see="Broadcasting is a use, too",
)
def first_slice(gradient: Array, shape: tuple[int, ...]) -> Any:
    new = gradient.ndim - len(shape)
    return gradient[(0,) * new][tuple(slice(0, n) for n in shape)].copy()


@misconception(
    "unbroadcast",
    "Axes of length 1 have vanished from your result: the gradient of a column has to be a column.",
    see="Broadcasting is a use, too",
)
def axes_dropped(gradient: Array, shape: tuple[int, ...]) -> Any:
    return gradient.sum(axis=_axes(gradient, shape))


@misconception(
    "unbroadcast",
    "You line the shapes up from the left: you sum axes at the end. NumPy puts the new ones in front.",
    see="Broadcasting is a use, too",
)
def lined_up_from_the_left(gradient: Array, shape: tuple[int, ...]) -> Any:
    ones = (i for i, n in enumerate(shape) if n == 1)
    return gradient.sum(axis=(*range(len(shape), gradient.ndim), *ones)).reshape(shape)


def _depth_first(node: Tensor, seen: set[int] | None, order: list[Tensor]) -> list[Tensor]:
    if seen is None or id(node) not in seen:
        if seen is not None:
            seen.add(id(node))
        for parent, _ in reversed(node.edges):
            _depth_first(parent, seen, order)
        order.append(node)
    return order


@misconception(
    "topological_order",
    "A tensor that is used twice stands in your order twice, and would be pulled back twice.",
    see="An order in which all is complete",
)
def once_for_every_use(root: Tensor) -> list[Tensor]:
    return _depth_first(root, None, [])


@misconception(
    "topological_order",
    "Your order begins at the result and ends at the leaves. Here what was computed first comes first.",
    see="An order in which all is complete",
)
def upside_down(root: Tensor) -> list[Tensor]:
    return _depth_first(root, set(), [])[::-1]


@misconception(
    "topological_order",
    "You go level by level and place a tensor where you first meet it. One that is used early and late then stands "
    "after something that was made of it.",
    see="An order in which all is complete",
)
def level_by_level(root: Tensor) -> list[Tensor]:
    order, seen = [root], {id(root)}
    for node in order:
        for parent, _ in node.edges:
            if id(parent) not in seen:
                seen.add(id(parent))
                order.append(parent)
    return order[::-1]


@misconception(
    "topological_order",
    "The tensor that you began at is missing from the order; its own edges would never be followed.",
    see="An order in which all is complete",
)
def root_forgotten(root: Tensor) -> list[Tensor]:
    return _depth_first(root, set(), [])[:-1]


@misconception(
    "Tensor.backward",
    "You pull a gradient on as soon as it arrives. Where a tensor has two uses, the first part is pulled back twice.",
    see="An order in which all is complete",
)
def pulled_before_complete(self: Tensor, gradient: Any = None) -> None:
    def go(node: Tensor) -> None:
        for parent, pull in node.edges:
            parent.receive(pull(node.grad))
            go(parent)

    order = topological_order(self)
    self.receive(guards.upstream(gradient, self.shape, self.dtype))
    go(self)
    for node in order:
        node.free()


def _walk(self: Tensor, dy: Any, hand_on: Any) -> None:
    order = topological_order(self)
    self.receive(dy)
    while order:
        node = order.pop()
        for parent, pull in node.edges:
            hand_on(node, parent, pull)
        node.free()


@misconception(
    "Tensor.backward",
    "A second use of a tensor replaces the gradient of the first, and so does a second pass. Gradients add up.",
    see="Several uses",
)
def replaced(self: Tensor, gradient: Any = None) -> None:
    def hand_on(node: Tensor, parent: Tensor, pull: Any) -> None:
        parent.grad = np.asarray(pull(node.grad))

    _walk(self, guards.upstream(gradient, self.shape, self.dtype), hand_on)


@misconception(
    "Tensor.backward",
    "You begin with ones whatever gradient is passed in: that is right for a single number at the end only.",
    see="One operation at a time",
)
def upstream_ignored(self: Tensor, gradient: Any = None) -> None:
    _walk(self, np.ones(self.shape), lambda node, parent, pull: parent.receive(pull(node.grad)))


@misconception(
    "Tensor.backward",
    "Every pull is handed the gradient of the tensor at the end. Each needs that of its own result: the chain rule "
    "multiplies all factors on the way.",
    see="One operation at a time",
)
def gradient_of_the_end(self: Tensor, gradient: Any = None) -> None:
    dy = guards.upstream(gradient, self.shape, self.dtype)
    _walk(self, dy, lambda node, parent, pull: parent.receive(pull(self.grad)))


@misconception(
    "Tensor.backward",
    "Only the direct parents receive anything: the gradient goes back one operation and stops.",
    see="One operation at a time",
)
def one_step_back(self: Tensor, gradient: Any = None) -> None:
    self.receive(guards.upstream(gradient, self.shape, self.dtype))
    for parent, pull in self.edges:
        parent.receive(pull(self.grad))
    self.free()


@misconception(
    "Tensor.backward",
    "The graph is still there when you are done. It keeps every array of the forward pass alive, and a second backward "
    "would add everything again.",
    see="A graph is used once",
)
def never_freed(self: Tensor, gradient: Any = None) -> None:
    order = topological_order(self)
    self.receive(guards.upstream(gradient, self.shape, self.dtype))
    while order:
        node = order.pop()
        for parent, pull in node.edges:
            parent.receive(pull(node.grad))

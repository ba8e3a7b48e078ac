"""The tape in PyTorch: autograd is the tape, and every operation of ours is one of its own under the same name."""

import torch
from torch import Tensor as TorchTensor
from torch.autograd.graph import Node

cat = torch.cat
maximum = torch.maximum
no_grad = torch.no_grad
stack = torch.stack
where = torch.where


def Tensor(data: object, requires_grad: bool = False) -> TorchTensor:
    """A tensor that copies ``data``; ours shares it, as torch.from_numpy does."""
    return torch.tensor(data, requires_grad=requires_grad)


def unbroadcast(gradient: TorchTensor, shape: tuple[int, ...]) -> TorchTensor:
    """Eq. 5, which is a method of every tensor here."""
    return gradient.sum_to_size(shape)


def topological_order(root: TorchTensor) -> list[Node]:
    """Eq. 4 over what torch keeps as ``grad_fn``: its nodes are the operations, ours their results."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack = [(root.grad_fn, False)]
    while stack:
        node, parents_done = stack.pop()
        if node is None:
            continue
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.next_functions)
    return order

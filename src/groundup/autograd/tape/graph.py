"""The graph of a computation, to look at: as text for Graphviz, and as places in rows for a picture.

A ``Graph`` is taken before backward, which frees the edges; it keeps them, and the tensors with what arrives in them:

    picture = Graph(loss)
    loss.backward()
    print(picture.to_dot())                       # values and gradients
"""

from collections import defaultdict
from itertools import count

from groundup.autograd.tape.tape import Tensor, topological_order


class Graph:
    """Tensors and the uses between them: ``edges`` holds (i, j) where ``nodes[j]`` was made of ``nodes[i]``."""

    def __init__(self, root: Tensor) -> None:
        self.nodes = topological_order(root)
        number = {id(node): i for i, node in enumerate(self.nodes)}
        self.edges = [(number[id(parent)], j) for j, node in enumerate(self.nodes) for parent, _ in node.edges]

    def label(self, i: int) -> str:
        """The name of a tensor, or the operation that made it."""
        node = self.nodes[i]
        return node.name or node.op or "leaf"

    def positions(self) -> list[tuple[float, float]]:
        """(column, height) of each node: one column right of all that it was made of, columns centred at height 0.

        Within a column nodes stand in the order of the mean height of what they were made of, so that few lines cross.
        """
        parents: dict[int, list[int]] = defaultdict(list)
        for i, j in self.edges:
            parents[j].append(i)
        column: list[int] = []
        for j in range(len(self.nodes)):  # parents come first, Eq. 4
            column.append(1 + max((column[i] for i in parents[j]), default=-1))
        for j in range(len(self.nodes)):  # a leaf stands next to its first use
            uses = [column[k] for i, k in self.edges if i == j]
            column[j] = column[j] if parents[j] or not uses else min(uses) - 1
        height = [0.0] * len(self.nodes)
        for wanted in range(1 + max(column)):
            members = [j for j in range(len(self.nodes)) if column[j] == wanted]
            members.sort(key=lambda j: sum(height[i] for i in parents[j]) / max(len(parents[j]), 1))
            for j, place in zip(members, count()):
                height[j] = place - (len(members) - 1) / 2
        return [(float(c), h) for c, h in zip(column, height, strict=True)]

    def to_dot(self) -> str:
        """The graph in Graphviz's language: leaves as boxes, results as ellipses, with shape or value."""
        lines = ["digraph tape {", "  rankdir=LR;", '  node [fontname="serif", fontsize=11];']
        for i, node in enumerate(self.nodes):
            text = "\\n".join([self.label(i).replace('"', '\\"'), *_numbers(node)])
            lines.append(f'  n{i} [label="{text}", shape={"ellipse" if node.op else "box"}];')
        return "\n".join([*lines, *(f"  n{i} -> n{j};" for i, j in self.edges), "}"])


def _numbers(node: Tensor) -> list[str]:
    """A single number with its gradient, or the shape of an array."""
    if node.data.size != 1:
        return [str(node.shape)]
    gradient = [] if node.grad is None else [f"grad {node.grad.item():.4g}"]
    return [f"{node.item():.4g}", *gradient]

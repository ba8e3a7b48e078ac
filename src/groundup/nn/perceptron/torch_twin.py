"""The perceptron in PyTorch: there is no such layer, so it is written as a user would, on tensors.

The rule is also plain SGD, one row at a time, on the perceptron criterion Σ max(0, -y s): its gradient is -y x on a
mistake and 0 elsewhere. ``criterion`` is that loss, and autograd finds the rule in it; but not at s = 0, where it sees
no slope, so that zero weights would stay zero.
"""

from typing import Self

import torch
from torch import Tensor


class Perceptron:
    """w, b and Rosenblatt's rule, Eqs. 1 and 2."""

    def __init__(self, in_features: int, *, lr: float = 1.0) -> None:
        self.weight = torch.zeros(in_features, dtype=torch.float64)
        self.bias = torch.zeros((), dtype=torch.float64)
        self.lr = lr
        self.mistakes_per_epoch: list[int] = []

    def predict(self, x: Tensor) -> Tensor:
        """(N, I) -> (N,): -1 or +1."""
        return torch.where(x @ self.weight + self.bias > 0, 1, -1)

    def update(self, x: Tensor, y: int) -> bool:
        """Learn from one row if it was a mistake. (A label as an integer tensor would make lr * y a float32.)"""
        if y * (x @ self.weight + self.bias) > 0:
            return False
        self.weight += self.lr * y * x
        self.bias += self.lr * y
        return True

    def fit(self, x: Tensor, y: Tensor, epochs: int = 100) -> Self:
        """Show all rows in order, until an epoch is free of mistakes."""
        self.mistakes_per_epoch = []
        for _ in range(epochs):
            self.mistakes_per_epoch.append(
                sum(self.update(row, label) for row, label in zip(x, y.tolist(), strict=True))
            )
            if self.mistakes_per_epoch[-1] == 0:
                break
        return self


def mistake_bound(x: Tensor, y: Tensor, weight: Tensor, bias: float) -> Tensor:
    """(R/γ)² of Eq. 3, the bias as one more weight."""
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    rows, line = torch.cat([x, ones], dim=1), torch.cat([weight, weight.new_tensor([bias])])
    margin = (y * (rows @ line)).min() / line.norm()
    return torch.square(rows.norm(dim=1).max() / margin)


def criterion(weight: Tensor, bias: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Σ max(0, -y s): zero where the side is right, growing with the distance where it is wrong."""
    return torch.relu(-y * (x @ weight + bias)).sum()

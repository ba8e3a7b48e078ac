"""The multi-layer network in PyTorch: nn.Sequential, with our initialisation, and a step as a user writes it."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def MLP(layers: Sequence[int], activation: str = "relu") -> nn.Sequential:
    """Linear layers with an activation between each two; He's start for relu, Glorot's for tanh and sigmoid."""
    stack: list[nn.Module] = []
    for fan_in, fan_out in pairwise(layers):
        linear = nn.Linear(fan_in, fan_out)
        if activation == "relu":
            nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        else:
            nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(linear.bias)
        stack += [linear, ACTIVATIONS[activation]()]
    return nn.Sequential(*stack[:-1])


def train_step(model: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], x: Tensor, y: Tensor, lr: float) -> float:
    """Forward, backward, and Eq. 5 by hand; returns the loss before the step."""
    value = loss(model(x), y)
    value.backward()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.sub_(lr * parameter.grad)
                parameter.grad = None
    return value.item()

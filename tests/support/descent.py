"""Descent: our optimiser and PyTorch's are given the same gradients, and stand in the same place after each step."""

from typing import Any

import numpy as np
import torch

from groundup.core import Array, Parameter
from groundup.optim import Optimizer
from support.parity import close

SHAPES = ((3, 4), (4,), ())


def check_path(
    ours: type[Optimizer],
    theirs: Any,
    *,
    seed: int = 0,
    steps: int = 100,
    rates: dict[int, float] | None = None,
    rtol: float = 1e-12,
    **options: Any,
) -> None:
    """100 steps with gradients that change and depend on the place; values and all that is remembered, to rtol."""
    rng = np.random.default_rng(seed)
    mine = [Parameter(rng.standard_normal(shape)) for shape in SHAPES]
    their = [torch.nn.Parameter(torch.from_numpy(p.value.copy())) for p in mine]
    a, b = ours(mine, **options), theirs(their, **options)
    for step in range(steps):
        if rates and step in rates:
            a.lr = b.param_groups[0]["lr"] = rates[step]
        for p, q in zip(mine, their, strict=True):
            p.grad[...] = rng.standard_normal(p.shape) * 10.0 ** rng.integers(-3, 2) + 0.1 * p.value
            q.grad = torch.from_numpy(p.grad.copy())
        a.step()
        b.step()
        for i, (p, q) in enumerate(zip(mine, their, strict=True)):
            close(f"parameter {i} after step {step}", p.value, q.detach().numpy(), rtol)
    kept = {
        f"{i}.{name}": np.asarray(value, dtype=np.float64)
        for i, buffers in b.state_dict()["state"].items()
        for name, value in buffers.items()
        if value is not None
    }
    state = a.state_dict()
    assert set(state) == set(kept)
    for name, value in kept.items():
        close(name, state[name], value, rtol)


def walk(optimiser: Optimizer, gradients: Array) -> Array:
    """Take these gradients, one row a step, the same for each parameter; where the first one stands in the end."""
    for g in gradients:
        for p in optimiser.params:
            p.grad[...] = g
        optimiser.step()
    return optimiser.params[0].value

"""Adam on 1,000,000 float32 parameters: the update alone, as one array and as many."""

import numpy as np
import torch

from benchmarks.harness import EAGER, Ratio, Step, interleave, threads
from groundup.core import Parameter
from groundup.optim import Adam

SHAPES = {"one array of 1,000,000": [(1000, 1000)], "100 arrays of 10,000": [(100, 100)] * 100}


def run() -> list[Ratio]:
    """The default implementation of torch.optim.Adam on the CPU, and the fused one."""
    with threads(1):
        rows = [
            interleave(f"Adam, {name}", ours(shapes), (EAGER, theirs(shapes)), target=1.0)
            for name, shapes in SHAPES.items()
        ]
        name, shapes = next(iter(SHAPES.items()))
        fused = (f"{EAGER}, fused", theirs(shapes, fused=True))
        return [*rows, interleave(f"Adam, {name}", ours(shapes), fused, target=0.37)]


def arrays(shapes: list[tuple[int, ...]], seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


def ours(shapes: list[tuple[int, ...]]) -> Step:
    parameters = [Parameter(value) for value in arrays(shapes, 0)]
    for parameter, gradient in zip(parameters, arrays(shapes, 1), strict=True):
        parameter.grad = gradient
    return Adam(parameters, lr=1e-6).step


def theirs(shapes: list[tuple[int, ...]], **options: bool) -> Step:
    parameters = [torch.nn.Parameter(torch.from_numpy(value)) for value in arrays(shapes, 0)]
    for parameter, gradient in zip(parameters, arrays(shapes, 1), strict=True):
        parameter.grad = torch.from_numpy(gradient)
    return torch.optim.Adam(parameters, lr=1e-6, **options).step

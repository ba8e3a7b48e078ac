"""Cost against size: batch, width, sequence length and depth, doubled four times each, beside what theory says.

Time is that of forward and backward, as a multiple of the smallest size's, measured in turns over the sizes so that a
machine that slows down slows them all. Memory is the peak that NumPy allocates within one forward and backward. The
exponent is the slope between the last two sizes: small sizes are dominated by calls, not by arithmetic.
"""

import math
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from groundup.core import Layer
from groundup.models import MLP
from groundup.nn import MultiheadAttention

ROUNDS = 7
Made = tuple[Layer, tuple[np.ndarray, ...]]


@dataclass(frozen=True)
class Axis:
    """What is doubled: its sizes, what is built for each, and the exponents that theory gives for large sizes."""

    name: str
    sizes: tuple[int, ...]
    make: Callable[[int], Made]
    time_exponent: float
    memory_exponent: float


@dataclass(frozen=True)
class Growth:
    """Measured: multiples of the smallest size's time and memory, and the exponent over the last doubling."""

    name: str
    sizes: list[int]
    times: list[float]
    memory: list[float]
    time_exponent: float
    memory_exponent: float
    time_theory: float
    memory_theory: float


def _mlp(batch: int, width: int, depth: int) -> Made:
    return MLP([width] * (depth + 1), rng=0), (np.ones((batch, width), np.float32),)


def _attention(steps: int) -> Made:
    x = np.random.default_rng(0).standard_normal((4, steps, 32), dtype=np.float32)
    return MultiheadAttention(32, 2, batch_first=True, rng=0), (x, x, x)


AXES = [
    Axis("batch size (MLP, width 256)", (64, 128, 256, 512, 1024), lambda n: _mlp(n, 256, 4), 1, 1),
    Axis("width (MLP, batch 64)", (64, 128, 256, 512, 1024), lambda n: _mlp(64, n, 4), 2, 2),
    Axis("sequence length (attention)", (128, 256, 512, 1024, 2048), _attention, 2, 2),
    Axis("depth (MLP, width 128)", (4, 8, 16, 32, 64), lambda n: _mlp(64, 128, n), 1, 1),
]


def run(axis: Axis) -> Growth:
    """Time and peak memory of each size."""
    steps = {size: _step(*axis.make(size)) for size in axis.sizes}
    repeats = {size: max(1, int(0.05 / _seconds(step, 2))) for size, step in steps.items()}
    rounds = [[_seconds(step, repeats[size]) for size, step in steps.items()] for _ in range(ROUNDS)]
    times = [statistics.median(r[i] / r[0] for r in rounds) for i in range(len(axis.sizes))]
    peaks = [_peak(step) for step in steps.values()]
    memory = [peak / peaks[0] for peak in peaks]
    last = [math.log2(values[-1] / values[-2]) for values in (times, memory)]
    return Growth(axis.name, list(axis.sizes), times, memory, *last, axis.time_exponent, axis.memory_exponent)


def _step(layer: Layer, inputs: tuple[np.ndarray, ...]) -> Callable[[], None]:
    def step() -> None:
        layer.zero_grad()
        y = layer(*inputs)
        layer.backward(np.ones_like(y[0] if isinstance(y, tuple) else y))

    step()
    return step


def _seconds(step: Callable[[], None], n: int) -> float:
    started = time.perf_counter()
    for _ in range(n):
        step()
    return (time.perf_counter() - started) / n


def _peak(step: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

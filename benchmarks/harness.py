"""Interleaved timing: A B A B ..., so that a machine that slows down slows both. What counts is the ratio a round."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

ROUND_SECONDS = 0.2
IDLE = 0.6  # load a core above which two threads are not measured: a stolen core costs torch's threads 4 to 20 times
EAGER = "PyTorch eager, 1 thread"
EAGER_TWO = "PyTorch eager, 2 threads"
Step = Callable[[], object]


@dataclass(frozen=True)
class Ratio:
    """Time of the reference over time of ours, per round: above 1 is faster than the reference."""

    name: str
    reference: str
    median: float
    low: float
    high: float
    target: float

    @property
    def met(self) -> bool:
        return self.median >= self.target


def interleave(
    name: str,
    ours: Step,
    reference: tuple[str, Step],
    *,
    target: float,
    rounds: int = 15,
) -> Ratio:
    """Time both in turn and give the median of the ratios, with the quartiles."""
    label, theirs = reference
    repeats = {f: _repeats(f) for f in (ours, theirs)}
    ratios = sorted(_per_call(theirs, repeats[theirs]) / _per_call(ours, repeats[ours]) for _ in range(rounds))
    quarter = rounds // 4
    return Ratio(name, label, statistics.median(ratios), ratios[quarter], ratios[-1 - quarter], target)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads for torch; with one, the process stays on one core where the system can hold it there."""
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    if count == 1 and cores:
        os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        torch.set_num_threads(before)
        if cores:
            os.sched_setaffinity(0, cores)


def idle() -> bool:
    """Whether nothing else keeps a core busy: this process itself is one of the load."""
    return hasattr(os, "getloadavg") and (os.cpu_count() or 1) > 1 and os.getloadavg()[0] < 1 + IDLE


def _repeats(f: Step) -> int:
    for _ in range(3):
        f()  # caches, allocators and thread pools are warm from here on
    return max(1, int(ROUND_SECONDS / _per_call(f, 5)))


def _per_call(f: Step, n: int) -> float:
    started = time.perf_counter()
    for _ in range(n):
        f()
    return (time.perf_counter() - started) / n

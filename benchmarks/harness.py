"""Interleaved timing: A B A B ..., so that a machine that slows down slows both. What counts is the ratio a round."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUND_SECONDS = 0.2
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


def _repeats(f: Step) -> int:
    for _ in range(3):
        f()  # caches, allocators and thread pools are warm from here on
    return max(1, int(ROUND_SECONDS / _per_call(f, 5)))


def _per_call(f: Step, n: int) -> float:
    started = time.perf_counter()
    for _ in range(n):
        f()
    return (time.perf_counter() - started) / n

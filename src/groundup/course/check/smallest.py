"""The smallest example that fails: shapes and numbers small enough to check by hand.

A case that failed is tried again with every size in it brought down, one size after another and all together, and with
small whole numbers for its values. The reference says which of these make sense. All that do run in one more child, and
the smallest that fails in the same way is the one that is shown.
"""

import itertools
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from groundup.course.check.prepare import Prepared, prepare
from groundup.course.check.taps import Taps
from groundup.course.exercise import Case

SMALLEST = 1  # a size that is brought down ends here
CANDIDATES, SECONDS = 48, 0.15  # at most so many, prepared in at most about so long
RANGES = ((0, 2), (-2, 3))
KEPT = ("low", "high", "rng", "repeat", "array")  # numbers that are no sizes
SIZED = ("normal", "integers", "uniform", "labels", "onehot", "classes", "args", "with", "kwargs")


def smaller(case: Case, namespace: Mapping[str, Any], seed: int, taps: Taps | None) -> list[Prepared]:
    """Cases like this one with fewer and simpler numbers, the smallest first. The reference answers all of them."""
    found: list[tuple[tuple[float, ...], Prepared]] = []
    started = time.monotonic()
    for smaller_case in itertools.islice(_candidates(case), CANDIDATES):
        if time.monotonic() - started > SECONDS:
            break
        try:
            with np.errstate(all="ignore"):
                prepared = prepare(smaller_case, namespace, np.random.default_rng(seed), taps)
        except Exception:
            continue
        if all(np.isfinite(a).all() and a.size for a in prepared.expected.values()):
            found.append((_size(prepared), prepared))
    return [prepared for _, prepared in sorted(found, key=lambda pair: pair[0])]


def _size(case: Prepared) -> tuple[float, ...]:
    """How much there is to check by hand: numbers, then how large they are."""
    shown = [case.arrays[k] for name, k in case.inputs.items() if name not in case.moved]
    return (sum(a.size for a in shown), sum(float(np.abs(a).sum()) for a in shown))


def _candidates(case: Case) -> Iterator[Case]:
    """The case with sizes brought down in every combination, the most first, and whole numbers of two ranges."""
    raw = case.model_dump()
    sizes = sorted(_sizes(raw))
    choices = [sorted({SMALLEST, 2, n}) for n in sizes]
    for values in sorted(itertools.product(*choices), key=sum):
        to = dict(zip(sizes, values, strict=True))
        for low, high in RANGES:
            yield Case.model_validate(_mapped(raw, to, low, high))


def _sizes(raw: Any) -> set[int]:
    """Every whole number from 2 to 64 that may be a size."""
    found: set[int] = set()

    def collect(n: int) -> int:
        if 2 <= n <= 64:
            found.add(n)
        return n

    _walk(raw, collect)
    return found


def _mapped(raw: dict[str, Any], to: Mapping[int, int], low: int, high: int) -> dict[str, Any]:
    """The case with these sizes, and whole numbers where there were normal ones."""
    mapped = _walk(raw, lambda n: to.get(n, n))

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: whole(inner) for key, inner in value.items()}
            if "normal" in value:
                value["integers"] = value.pop("normal")
            if "integers" in value and "low" not in value:
                value |= {"low": low, "high": high}
            return value
        return [whole(inner) for inner in value] if isinstance(value, list) else value

    for key in ("x", "do"):
        mapped[key] = whole(mapped[key])
    return {key: value for key, value in mapped.items() if value is not None}


def _walk(raw: dict[str, Any], change: Callable[[int], int]) -> dict[str, Any]:
    """The case with every size in its draws, and every whole number among its arguments, changed."""

    def walk(value: Any, inside: bool) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | list | dict):
            return value
        if isinstance(value, int):
            return change(value) if inside else value
        if isinstance(value, list):
            return [walk(inner, inside) for inner in value]
        return {
            key: inner
            if key in KEPT or key == "array"
            else walk(inner, inside or key in (*SIZED, "args", "with", "kwargs"))
            for key, inner in value.items()
        }

    return {**raw, "args": walk(raw["args"], True), "x": walk(raw["x"], False), "do": walk(raw["do"], False)}

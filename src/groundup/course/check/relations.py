"""Where a wrong array stands in a simple relation to the right one: which relation.

``relations`` finds all that hold in one case, the most telling first; ``agreed`` picks one that holds in every failing
case. Nothing is said of arrays that could stand in a relation by chance: constants, zeros, nan, infinity.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from math import prod, sqrt

import numpy as np

from groundup.course.check.plan import AnyArray

Key = tuple[str, ...]
NUMBERS = "biuf"
LARGEST = 100_000  # values; a larger array is not searched


@dataclass(frozen=True)
class Relation:
    """What the received values are to the expected ones. ``key`` is the same wherever the same mistake shows."""

    key: Key
    says: str
    alone: bool = True  # one case is evidence enough: the arrays hold three different values or more


def relation(expected: AnyArray, got: AnyArray, inputs: Mapping[str, AnyArray], rtol: float) -> str | None:
    """What ``got`` is to ``expected``, as a fragment of a sentence ("half of what is expected"), or None."""
    found = agreed([relations(expected, got, inputs, rtol)])
    return found.says if found else None


def agreed(cases: Sequence[Sequence[Relation]]) -> Relation | None:
    """The first relation found in every one of these cases; where a single case tells too little, None."""
    keys = [{found.key: found for found in case} for case in cases]
    for first in cases[0] if cases else ():
        same = [case[first.key] for case in keys if first.key in case]
        if len(same) == len(cases) and (len(same) > 1 or first.alone):
            return first
    return None


def relations(expected: AnyArray, got: AnyArray, inputs: Mapping[str, AnyArray], rtol: float) -> list[Relation]:
    """Every relation of a wrong ``got`` to ``expected``, the most telling first; none where ``got`` is right."""
    if expected.dtype.kind not in NUMBERS or got.dtype.kind not in NUMBERS or not 0 < expected.size <= LARGEST:
        return []
    rtol = max(rtol, 1e-12)
    e, g = expected.astype("float64"), got.astype("float64")
    if not (np.isfinite(e).all() and np.isfinite(g).all() and e.any() and g.any()) or _same(e, g, rtol):
        return []
    numeric = {n: a.astype("float64") for n, a in inputs.items() if a.dtype.kind in NUMBERS and np.isfinite(a).all()}
    with np.errstate(all="ignore"):
        if expected.dtype == bool == got.dtype:
            found = [*_complement(e, g), *_arranged(e, g, rtol)]
        else:
            found = _numeric(e, g, numeric, rtol)
    kinds = min(_kinds(e, rtol), _kinds(g, rtol))
    telling = kinds > 2 or (kinds == 2 and e.size >= 6)
    unique = {r.key: r for r in found}.values()
    return [r if telling else replace(r, alone=False) for r in unique]


def _numeric(e: AnyArray, g: AnyArray, inputs: dict[str, AnyArray], rtol: float) -> list[Relation]:
    few = min(_kinds(e, rtol), _kinds(g, rtol)) < 2  # one value: only what has a name of its own
    if e.shape != g.shape:
        return [] if few else [*_inputs(g, inputs, rtol), *_arranged(e, g, rtol)]
    named, number = _factors(e, g, inputs, rtol)
    if few:
        return [*named, *_functions(e, g, rtol)]
    structure = [*_arranged(e, g, rtol), *_terms(e, g, inputs, rtol), *_functions(e, g, rtol)]
    return [*_inputs(g, inputs, rtol), *named, *structure, *_offset(e, g, rtol), *number, *_order(e, g, rtol)]


def _same(a: AnyArray, b: AnyArray, rtol: float, scale: float = 0.0) -> bool:
    """Same shape, and the same values measured by the largest of them (or by ``scale``)."""
    if a.shape != b.shape or not np.isfinite(a).all():
        return False
    largest = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)), scale)
    return bool((np.abs(a - b) <= rtol * largest).all())


def _kinds(a: AnyArray, rtol: float) -> int:
    """How many different values there are, three at most; such as could be rounding count once."""
    ordered = np.sort(a, axis=None)
    gap = 10 * rtol * float(np.abs(ordered).max(initial=0.0))
    return min(3, 1 + int((np.diff(ordered) > gap).sum()))


# --- factors -----------------------------------------------------------------------------------------------------


def _factors(
    e: AnyArray, g: AnyArray, inputs: dict[str, AnyArray], rtol: float
) -> tuple[list[Relation], list[Relation]]:
    """Constant factors: those with a name, and the number itself."""
    factor = float((e * g).sum() / (e * e).sum())
    if not _same(factor * e, g, rtol) or abs(factor - 1) <= rtol:
        return [], []
    named = [found for value, found in _named_factors(e, inputs) if abs(factor - value) <= 4 * rtol * abs(value)]
    number = Relation(("number", f"{factor:.3g}"), f"the expected values times {factor:.4g}")
    return named, [number]


def _named_factors(e: AnyArray, inputs: dict[str, AnyArray]) -> Iterator[tuple[float, Relation]]:
    yield -1.0, Relation(("factor", "-1"), "the right values with the sign turned round")
    yield 2.0, Relation(("factor", "2"), "twice what is expected")
    yield 0.5, Relation(("factor", "1/2"), "half of what is expected")
    for size, name in _sizes(e, inputs):
        times, over = f"the expected values times {size} ({name})", f"the expected values divided by {size} ({name})"
        root = f"the square root of {name}"
        yield float(size), Relation(("factor", name), f"{times}: was a sum taken instead of a mean?")
        yield 1 / size, Relation(("factor", f"1 / {name}"), f"{over}: was a mean taken instead of a sum?")
        yield sqrt(size), Relation(("factor", root), f"the expected values times √{size} ({root})")
        yield 1 / sqrt(size), Relation(("factor", f"1 / {root}"), f"the expected values divided by √{size} ({root})")
        for top, below in ((size, size - 1), (size - 1, size)):
            which = "n - 1" if top == size else "n"
            says = f"the expected values times {top}/{below}: was something divided by {which}, with n {name}?"
            yield top / below, Relation(("factor", f"by {which}, {name}"), says)


def _sizes(e: AnyArray, inputs: dict[str, AnyArray]) -> Iterator[tuple[int, str]]:
    """Sizes of axes, and of several axes together, that are more than 2 (2 has a word of its own)."""
    for array, of in ((e, ""), *((a, f" of {name}") for name, a in inputs.items())):
        for count in range(1, min(array.ndim, 4) + 1):
            for axes in combinations(range(array.ndim), count):
                size = prod(array.shape[axis] for axis in axes)
                if count == 1:
                    name = f"the size of axis {axes[0]}{of}"
                elif count == array.ndim:
                    name = f"the number of values{of}"
                else:
                    name = f"the sizes of axes {', '.join(map(str, axes))}{of}, multiplied"
                if size > 2 and (count == 1 or min(array.shape[axis] for axis in axes) > 1):
                    yield size, name


# --- places ------------------------------------------------------------------------------------------------------


def _arranged(e: AnyArray, g: AnyArray, rtol: float) -> Iterator[Relation]:
    """The right values in other places: axes exchanged, reversed, rolled, shifted, reshaped."""
    if min(_kinds(e, rtol), _kinds(g, rtol)) < 2:
        return
    if 2 <= e.ndim <= 5 and sorted(e.shape) == sorted(g.shape):
        for order in permutations(range(e.ndim)):
            if _same(e.transpose(order), g, rtol):
                yield Relation(("axes", *map(str, order)), _say_axes(order))
    if e.shape == g.shape:
        for axis in range(e.ndim):
            if e.shape[axis] > 1 and _same(np.flip(e, axis), g, rtol):
                yield Relation(("reversed", str(axis)), f"the right values reversed along axis {axis}")
            yield from _moved(e, g, axis, rtol)
    elif e.size == g.size and _same(e.ravel(), g.ravel(), rtol):
        yield Relation(("shape",), f"the right values in the shape {g.shape}")


def _say_axes(order: tuple[int, ...]) -> str:
    moved = [axis for axis, came in enumerate(order) if axis != came]
    if len(order) == 2:
        return "the transpose of what is expected"
    if len(moved) == 2:
        return f"the right values with axes {moved[0]} and {moved[1]} exchanged"
    return f"the right values with the axes in the order {order}"


def _moved(e: AnyArray, g: AnyArray, axis: int, rtol: float) -> Iterator[Relation]:
    """Rolled or shifted by one or two places: what overlaps is right, and was not right without the shift."""
    size, scale = e.shape[axis], float(np.abs(e).max())
    for by in (1, -1, 2, -2):
        if size <= abs(by):
            continue
        a, b = np.moveaxis(e, axis, 0), np.moveaxis(g, axis, 0)
        late, early = slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size - max(by, 0))
        if not _same(a[early], b[late], rtol, scale) or _same(a[late], b[late], rtol, scale):
            continue
        alone = _kinds(a[early], rtol) > 2
        count, end = ("one place", "two places")[abs(by) - 1], "end" if by > 0 else "start"
        places = f"along axis {axis}, {count} towards the {end}"
        if _same(np.roll(e, by, axis), g, rtol):
            yield Relation(("rolled", str(axis), str(by)), f"the right values rolled {places}", alone)
        if _kinds(a[early], rtol) > 1:
            yield Relation(("shifted", str(axis), str(by)), f"the right values shifted {places}", alone)


def _order(e: AnyArray, g: AnyArray, rtol: float) -> Iterator[Relation]:
    if e.size >= 6 and _kinds(e, rtol) > 2 and _same(np.sort(e, axis=None), np.sort(g, axis=None), rtol):
        yield Relation(("order",), "the right values, but in other places")


# --- terms and inputs --------------------------------------------------------------------------------------------


def _inputs(g: AnyArray, inputs: dict[str, AnyArray], rtol: float) -> Iterator[Relation]:
    for name, array in inputs.items():
        if _same(array, g, rtol):
            yield Relation(("input", name), f"the input {name} unchanged")


def _terms(e: AnyArray, g: AnyArray, inputs: dict[str, AnyArray], rtol: float) -> Iterator[Relation]:
    """An input that is added or multiplied once too little or too often."""
    for name, array in inputs.items():
        for term in _broadcasts(array, e.shape) if _kinds(array, rtol) > 1 else ():
            scale = max(float(np.abs(a).max()) for a in (e, g, term))
            if _same(e - term, g, rtol, scale):
                says = f"what is expected less the input {name}: that term is missing"
                yield Relation(("term", "-", name), says)
            if _same(e + term, g, rtol, scale):
                says = f"what is expected plus the input {name}: that term is one too many"
                yield Relation(("term", "+", name), says)
            if _same(g * term, e, rtol) and np.count_nonzero(term) > term.size / 2:
                yield Relation(("times", "-", name), f"what is expected without the input {name} as a factor")
            if _same(e * term, g, rtol):
                yield Relation(("times", "+", name), f"what is expected times the input {name} once too often")


def _broadcasts(array: AnyArray, shape: tuple[int, ...]) -> Iterator[AnyArray]:
    """``array`` spread over ``shape`` by NumPy's rule; one axis of values along each axis of its size."""
    if array.ndim == 1:
        for axis, size in enumerate(shape):
            if size == array.size:
                yield np.broadcast_to(array.reshape(-1, *(1,) * (len(shape) - axis - 1)), shape)
    elif array.ndim <= len(shape) and all(a in (1, s) for a, s in zip(array.shape[::-1], shape[::-1], strict=False)):
        yield np.broadcast_to(array, shape)


# --- functions ---------------------------------------------------------------------------------------------------

Function = Callable[[AnyArray], AnyArray]
APPLIED: dict[str, Function] = {
    "1 minus what is expected": lambda e: 1 - e,
    "the absolute value of what is expected": np.abs,
    "the reciprocal of what is expected": np.reciprocal,
    "the square of what is expected": np.square,
    "the square root of what is expected": np.sqrt,
    "the exponential of what is expected": np.exp,
    "the logarithm of what is expected": np.log,
}
MISSING: dict[str, Function] = {
    "tanh": np.tanh,
    "a sigmoid": lambda g: 1 / (1 + np.exp(-g)),
    "max(0, ...)": lambda g: np.maximum(g, 0),
}


def _functions(e: AnyArray, g: AnyArray, rtol: float) -> Iterator[Relation]:
    yield from (Relation(("function", says), says) for says, f in APPLIED.items() if _same(f(e), g, rtol))
    for name, f in MISSING.items():
        if _same(f(g), e, rtol):
            yield Relation(("missing", name), f"what is expected before {name}")


def _offset(e: AnyArray, g: AnyArray, rtol: float) -> Iterator[Relation]:
    by = float((g - e).mean())
    if _same(e + by, g, rtol, float(np.abs(e).max())):
        says = f"what is expected {'plus' if by > 0 else 'minus'} the same number everywhere ({abs(by):.4g})"
        yield Relation(("offset", f"{by:.3g}"), says)


def _complement(e: AnyArray, g: AnyArray) -> Iterator[Relation]:
    if np.array_equal(g, 1 - e) and e.min() < e.max():
        yield Relation(("complement",), "False where True is expected, and True where False is")

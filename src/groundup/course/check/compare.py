"""Comparing what came with what was expected, and saying where they differ so that one can check it by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.course.check.as_code import as_code
from groundup.course.check.effort import LEAST
from groundup.course.check.plan import AnyArray
from groundup.course.check.prepare import EPSILON, Prepared
from groundup.course.check.sandbox import CaseResult
from groundup.course.check.verdict import Intermediate, Verdict

GRADIENT_TOLERANCE = 1e-5  # finite differences in float64 with ε = 1e-6 are good to about 1e-8 of the sum


def close(a: AnyArray, b: AnyArray, rtol: float) -> bool:
    """Same shape, and |a - b| <= rtol * max(1, largest |a|); nan and infinity agree with themselves."""
    if a.shape != b.shape:
        return False
    return bool(np.allclose(b, a, rtol=rtol, atol=_atol(a, rtol), equal_nan=True))


def _atol(expected: AnyArray, rtol: float) -> float:
    finite = np.abs(expected[np.isfinite(expected)])
    return rtol * max(1.0, float(finite.max(initial=0.0)))


def show(array: AnyArray) -> str:
    """An array as a learner would write it, short."""
    return np.array2string(
        array, precision=5, suppress_small=True, threshold=40, edgeitems=3, separator=", ", floatmode="maxprec"
    )


def check_case(exercise: str, case: Prepared, result: CaseResult) -> Verdict | None:
    """The first thing wrong with a case, or None."""
    for name in case.observe:
        if name in case.expected and name not in case.moved:
            bounded = name in case.at_least or name in case.at_most
            failure = (_check_band if bounded else _check_result)(exercise, case, result, name)
            if failure is not None:
                return failure
    return (
        _check_untouched(exercise, case, result)
        or _check_probes(exercise, case, result)
        or _check_effort(exercise, case, result)
    )


def _verdict(exercise: str, kind: str, sentence: str, case: Prepared, name: str, got: str, **more: Any) -> Verdict:
    shown = {n: show(case.arrays[k]) for n, k in case.inputs.items() if n not in case.moved}
    expected = case.expected[name]
    return Verdict(
        exercise, kind, sentence, case=case.name, code=as_code(case), inputs=shown, what=name,
        expected=show(expected), received=got, tolerance=case.rtol, **more,
    )  # fmt: skip


def _check_result(exercise: str, case: Prepared, result: CaseResult, name: str) -> Verdict | None:
    expected, got = case.expected[name], result.results.get(name)
    if got is None:
        came = result.odd.get(name, "nothing")
        return _verdict(
            exercise,
            "nothing",
            f"{name} should be an array of shape {expected.shape}, but is {came}.",
            case,
            name,
            came,
        )
    if got.shape != expected.shape:
        sentence = f"{name} has shape {got.shape}, expected {expected.shape}{_shape_advice(got, expected)}."
        return _verdict(exercise, "shape", sentence, case, name, show(got))
    if not close(expected, got, case.rtol):
        return _verdict(exercise, "values", _where(name, expected, got, case.rtol), case, name, show(got))
    if expected.ndim and expected.dtype.kind == "f" and got.dtype != expected.dtype:
        sentence = f"{name} has dtype {got.dtype}, expected {expected.dtype}; what was converted on the way?"
        return _verdict(exercise, "dtype", sentence, case, name, f"{show(got)} ({got.dtype})")
    return None


def _check_band(exercise: str, case: Prepared, result: CaseResult, name: str) -> Verdict | None:
    """A number of a training run against its bounds; every value of an array has to keep them."""
    got = result.results.get(name)
    if got is None or got.size == 0:
        came = result.odd.get(name, "nothing")
        return _verdict(exercise, "nothing", f"{name} should be a number, but is {came}.", case, name, came)
    low, high = case.at_least.get(name, -np.inf), case.at_most.get(name, np.inf)
    if bool(((got >= low) & (got <= high)).all()):  # nan keeps no bound
        return None
    bound = f"at least {low:g}" if name in case.at_least else f"at most {high:g}"
    if name in case.at_least and name in case.at_most:
        bound = f"from {low:g} to {high:g}"
    said = f"{name} is {show(got)}, expected {bound}." + (f" {case.says}" if case.says else "")
    return Verdict(exercise, "band", said, case=case.name, what=name, expected=bound, received=show(got))


def _shape_advice(got: AnyArray, expected: AnyArray) -> str:
    if got.shape == expected.shape[::-1] and got.ndim > 1:
        return "; it is transposed"
    if got.size == expected.size:
        return "; the numbers are all there, in another arrangement"
    return "; an axis was summed" if got.ndim < expected.ndim else ""


def _where(name: str, expected: AnyArray, got: AnyArray, rtol: float) -> str:
    """One sentence: how many values are off, and the first of them."""
    if not np.isfinite(got).all() and np.isfinite(expected).all():
        bad = "nan" if np.isnan(got).any() else "infinity"
        return f"{name} holds {bad} where it should be finite: did something overflow, or divide by zero?"
    off = ~np.isclose(got, expected, rtol=rtol, atol=_atol(expected, rtol), equal_nan=True)
    first = tuple(int(i) for i in np.argwhere(off)[0])
    place = f" at {list(first)}" if first else ""
    count = f"{int(off.sum())} of {off.size} values" if off.size > 1 else "its value"
    wanted, came = f"{expected[first]:.6g}", f"{got[first]:.6g}"
    if wanted == came:
        wanted, came = f"{expected[first]:.17g}", f"{got[first]:.17g}"
    return f"{name} is off in {count}: expected {wanted}{place}, got {came}."


def first_wrong(taps: Sequence[str], case: Prepared, result: CaseResult) -> Intermediate | None:
    """The first tapped value that differs, in the order of the computation; None where none was seen or differs."""
    right: list[str] = []
    for name in taps:
        expected, got = case.taps.get(name), result.taps.get(name)
        if expected is None or got is None:
            continue
        if not close(expected, got, case.rtol):
            return Intermediate(name, right, show(expected), show(got))
        right.append(name)
    return None


def _check_untouched(exercise: str, case: Prepared, result: CaseResult) -> Verdict | None:
    changed = [k for k in result.changed if k in case.guarded]
    if not changed:
        return None
    name = next((n for n, k in case.inputs.items() if k == changed[0]), "an input")
    sentence = f"Your code changed {name} in place; the caller still needs it. Work on a copy."
    return _verdict(exercise, "mutation", sentence, case, case.observe[0], "the input was overwritten")


def _check_effort(exercise: str, case: Prepared, result: CaseResult) -> Verdict | None:
    """Good numbers that nothing was trained for."""
    if not (case.at_least or case.at_most) or result.passes >= LEAST * case.passes:
        return None
    sentence = (
        f"The numbers are good, but your run makes {result.passes} backward passes where ours makes {case.passes}."
    )
    return Verdict(exercise, "band", f"{sentence} What were they measured on?", case=case.name)


def _check_probes(exercise: str, case: Prepared, result: CaseResult) -> Verdict | None:
    """The learner's backward against the learner's own forward."""
    for probe in case.probes:
        got = result.results
        absent = [name for name in (probe.up, probe.down, probe.gradient) if name not in got]
        if absent:
            return Verdict(exercise, "nothing", f"{absent[0]} gave no array.", case=case.name)
        numeric = float((probe.dy * (got[probe.up] - got[probe.down])).sum() / (2 * EPSILON))
        analytic = float((got[probe.gradient] * probe.direction).sum())
        if not abs(numeric - analytic) <= GRADIENT_TOLERANCE * max(1.0, abs(numeric)):
            sentence = f"Your backward is not the gradient of your own forward: they differ along {probe.what}."
            return Verdict(
                exercise, "gradient", sentence, case=case.name, what=f"slope along {probe.what}",
                expected=f"{numeric:.8g}", received=f"{analytic:.8g}", tolerance=GRADIENT_TOLERANCE,
            )  # fmt: skip
    return None

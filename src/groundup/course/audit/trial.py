"""A trial: the cases of an exercise run on a namespace in this process, for code that is ours and can be trusted."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from groundup.course.check import testing
from groundup.course.check.checker import prepare_cases, weigh
from groundup.course.check.complain import complaint
from groundup.course.check.effort import counted
from groundup.course.check.plan import NotPlainError, StepError, observe, run
from groundup.course.check.prepare import Prepared
from groundup.course.check.sandbox import CaseResult, Outcome
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise


def trial(cases: list[Prepared], namespace: Mapping[str, Any]) -> Outcome:
    """What the child would bring back of these cases."""
    return Outcome("ok", "", 0, cases=[_case(case, namespace) for case in cases])


def weighed(exercise: Exercise, namespace: Mapping[str, Any], seed: int) -> Verdict:
    """The verdict on a namespace of ours."""
    if exercise.kind == "test":
        tried = testing.candidates(exercise)
        said = [complaint(vars(c), namespace, exercise.functions, exercise.file) for c, _ in tried]
        return testing.judge(exercise, [says for _, says in tried], Outcome("ok", "", 0, complaints=said))
    cases = prepare_cases(exercise, seed)
    return weigh(exercise, cases, trial(cases, namespace))


def _case(case: Prepared, namespace: Mapping[str, Any]) -> CaseResult:
    arrays = [array.copy() for array in case.arrays]
    result = CaseResult()
    try:
        with np.errstate(all="ignore"), counted() as effort:
            values = run(case.steps, arrays, namespace)
    except StepError as error:
        cause = error.__cause__ or error
        result.error, result.what = {"type": type(cause).__name__, "message": str(cause)}, error.what
    else:
        result.passes = effort.passes
        for name in case.observe:
            try:
                result.results[name] = observe(values, name)
            except NotPlainError as odd:
                result.odd[name] = str(odd)
    pairs = enumerate(zip(arrays, case.arrays, strict=True))
    result.changed = [k for k, (now, then) in pairs if not np.array_equal(now, then, equal_nan=now.dtype.kind == "f")]
    return result

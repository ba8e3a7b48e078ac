"""The checker: is a learner's file right, and if not, which mistake is it?

The parent draws fresh numbers, asks the library for the right answers, lets a child process run the learner's file on
the same numbers, and compares plain arrays. Where they differ it tries the known misconceptions of the concept: the one
that gives the learner's own numbers on every case is the mistake that was made.
"""

import importlib
import secrets
import time
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import Misconception
from groundup.course.check.compare import check_case, close
from groundup.course.exercise import Exercise
from groundup.course.check.plan import NotPlainError, StepError, observe, run
from groundup.course.check.prepare import Prepared, prepare
from groundup.course.check.rules import read_and_check
from groundup.course.check.sandbox import CaseResult, Outcome, run_child
from groundup.course.starter import unwritten
from groundup.course.check.verdict import Verdict

NAMEABLE = ("values", "gradient", "dtype", "shape", "mutation", "nothing", "error")  # may be a known mistake


def check(exercise: Exercise, file: Path, *, seed: int | None = None) -> Verdict:
    """Check one exercise of a learner's file. Takes bounded time and never raises for what the file holds."""
    started = time.monotonic()
    seed = secrets.randbelow(2**31) if seed is None else seed
    verdict = read_and_check(exercise, file) or run_cases(exercise, file, seed)
    verdict.seed, verdict.seconds = seed, round(time.monotonic() - started, 3)
    if not verdict.passed and not verdict.hint and verdict.kind not in ("syntax", "missing", "forbidden"):
        verdict.hint = exercise.spec.hints[0]
    return verdict


def prepare_cases(exercise: Exercise, seed: int) -> list[Prepared]:
    """The cases of an exercise with the numbers of this seed. Zero cases would be a check that cannot fail: refused."""
    rng = np.random.default_rng(seed)
    namespace = vars(importlib.import_module(exercise.module))
    cases = [prepare(case, namespace, rng) for case in exercise.spec.case]
    if not any(case.observe for case in cases):
        raise ValueError(f"{exercise.id}: expected something to compare, got no observed result in any case")
    return cases


def run_cases(exercise: Exercise, file: Path, seed: int) -> Verdict:
    """Run a file that parses, and say what came of it."""
    cases = prepare_cases(exercise, seed)
    outcome = run_child(file, cases, exercise.spec.seconds)
    verdict = judge(exercise, cases, outcome)
    verdict.output = verdict.output or outcome.output[:2000]
    if verdict.kind in NAMEABLE:
        named = name_mistake(exercise, cases, outcome)
        if named is not None:
            verdict.kind, verdict.misconception = "misconception", named.name
            verdict.sentence, verdict.see = named.says, named.see
    return verdict


def judge(exercise: Exercise, cases: list[Prepared], outcome: Outcome) -> Verdict:
    """What the results of a run say, before any mistake is named."""
    return _ended_early(exercise, outcome) or _first_failure(exercise, cases, outcome)


def _ended_early(exercise: Exercise, outcome: Outcome) -> Verdict | None:
    """A verdict where the child did not come to its end."""
    limit = exercise.spec.seconds
    sentences = {
        "timeout": f"Your code ran for more than {limit:g} seconds and was stopped; is there a loop that never ends?",
        "output": "Your code printed more than a megabyte and was stopped; take the print out of the loop.",
        "died": "The process ended before it gave a result; does something call os._exit, or crash the interpreter?",
    }
    if outcome.ended != "ok":
        return Verdict(exercise.id, outcome.ended, sentences[outcome.ended], output=outcome.output[:2000])
    if outcome.load_error is not None:
        return _raised(exercise, "", "your file, while it was loaded", outcome.load_error)
    return None


def _raised(exercise: Exercise, case: str, what: str, error: dict[str, Any]) -> Verdict:
    """A verdict for an exception: not written yet, sys.exit, out of memory, or an error of the learner's."""
    kind, message, line = str(error.get("type")), str(error.get("message")), error.get("line")
    at = f" (line {line})" if line else ""
    trace = str(error.get("trace", ""))
    if kind == "NotImplementedError":
        own = [name for name in exercise.functions if message == unwritten(name)]
        sentence = (
            f"{message}{at}."
            if own
            else f"{message}{at}; it belongs to another exercise of this file, finish that one first."
        )
        return Verdict(exercise.id, "unwritten", sentence, case=case)
    if kind in ("SystemExit", "KeyboardInterrupt"):
        return Verdict(
            exercise.id,
            "exit",
            f"Your code called sys.exit{at}; a layer returns its result and never ends the program.",
            case=case,
            trace=trace,
        )
    if kind in ("MemoryError", "_ArrayMemoryError"):
        return Verdict(
            exercise.id,
            "memory",
            f"Your code asked for more than 2 GB of memory{at}; check the shapes that meet there.",
            case=case,
            trace=trace,
        )
    return Verdict(exercise.id, "error", f"{what} raised {kind}{at}: {message}", case=case, trace=trace)


def _first_failure(exercise: Exercise, cases: list[Prepared], outcome: Outcome) -> Verdict:
    """The verdict of the first case, from the smallest on, that fails; a missing case is a fail."""
    for i, case in enumerate(cases):
        if i >= len(outcome.cases):
            return Verdict(
                exercise.id, "died", "The process ended before it gave a result for every case.", case=case.name
            )
        result = outcome.cases[i]
        if result.error is not None:
            return _raised(exercise, case.name, result.what or "your code", result.error)
        failure = check_case(exercise.id, case, result)
        if failure is not None:
            return failure
    n = sum(len(case.observe) + len(case.probes) for case in cases)
    cases_word = "case" if len(cases) == 1 else "cases"
    return Verdict(exercise.id, "passed", f"Right: {n} results agree in {len(cases)} {cases_word}.", checks=n)


def with_function(exercise: Exercise, label: str, target: str, function: Callable[..., Any]) -> dict[str, Any]:
    """The concept's module with one function replaced; the library's own module stays as it is."""
    source = exercise.file.read_text(encoding="utf-8")
    module = types.ModuleType(f"{exercise.module}_with_{label}")
    exec(compile(source, str(exercise.file), "exec", dont_inherit=True), module.__dict__)  # noqa: S102 (our own file)
    owner, _, name = target.rpartition(".")
    setattr(getattr(module, owner) if owner else module, name, function)
    return module.__dict__


def mistakes(exercise: Exercise) -> Iterator[Misconception]:
    """The misconceptions about the functions of this exercise."""
    package = exercise.module.rpartition(".")[0]
    for value in vars(importlib.import_module(f"{package}.misconceptions")).values():
        if isinstance(value, Misconception) and value.target in exercise.functions:
            yield value


def wrong_results(exercise: Exercise, mistake: Misconception, cases: list[Prepared]) -> list[Mapping[str, Any] | str]:
    """What the mistake gives for each case; the name of the exception where it raises."""
    namespace = with_function(exercise, mistake.name, mistake.target, mistake.wrong)
    found: list[Mapping[str, Any] | str] = []
    for case in cases:
        try:
            with np.errstate(all="ignore"):
                found.append(run(case.steps, [a.copy() for a in case.arrays], namespace))
        except StepError as error:
            found.append(type(error.__cause__).__name__)
    return found


def name_mistake(exercise: Exercise, cases: list[Prepared], outcome: Outcome) -> Misconception | None:
    """The misconception that gives the learner's results on every case, or None."""
    return next((m for m in mistakes(exercise) if _same(wrong_results(exercise, m, cases), cases, outcome)), None)


def _same(wrong: list[Mapping[str, Any] | str], cases: list[Prepared], outcome: Outcome) -> bool:
    """Whether two wrong programs agree: same numbers, same exceptions, and some case that gave numbers at all."""
    agreed = 0
    for values, case, theirs in zip(wrong, cases, outcome.cases, strict=False):
        raised = theirs.error["type"] if theirs.error else None
        if isinstance(values, str) or raised:
            if values != raised:
                return False
            continue
        if not all(_same_result(values, name, case, theirs) for name in case.observe):
            return False
        agreed += len(case.observe)
    return agreed > 0


def _same_result(values: Mapping[str, Any], name: str, case: Prepared, theirs: CaseResult) -> bool:
    try:
        mine = observe(values, name)
    except NotPlainError as odd:
        return theirs.odd.get(name) == str(odd)
    return name in theirs.results and close(mine, theirs.results[name], case.rtol)

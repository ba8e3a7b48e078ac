"""The checker: is a learner's file right, and if not, which mistake is it?

The parent draws fresh numbers, asks the library for the right answers, lets a child process run the learner's file on
the same numbers, and compares plain arrays. Where they differ it tries the known misconceptions of the concept: the one
that gives the learner's own numbers on every case is the mistake that was made.
"""

import importlib
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from groundup.course.check import predict, testing
from groundup.course.check.compare import check_case, first_wrong
from groundup.course.check.naming import name_mistake, name_relation
from groundup.course.check.prepare import Prepared, prepare
from groundup.course.check.rules import by_differences, read_and_check
from groundup.course.check.sandbox import CaseResult, Job, Outcome, run_child
from groundup.course.check.smallest import smaller
from groundup.course.check.speed import check_speed
from groundup.course.check.taps import Taps
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.starter import unwritten

NAMEABLE = ("values", "gradient", "dtype", "shape", "mutation", "nothing", "error")  # may be a known mistake
BUDGET = 10  # times our own
BY_DIFFERENCES = "derive the slope, and one pass does what now takes two for each number."


def check(exercise: Exercise, file: Path, *, seed: int | None = None) -> Verdict:
    """Check one exercise of a learner's file. Takes bounded time and never raises for what the file holds."""
    started = time.monotonic()
    seed = secrets.randbelow(2**31) if seed is None else seed
    if exercise.kind == "predict":
        verdict = predict.check(exercise, file)
    else:
        verdict = read_and_check(exercise, file) or _run(exercise, file, seed)
    verdict.seed, verdict.seconds = seed, round(time.monotonic() - started, 3)
    if not verdict.passed and not verdict.hint and verdict.kind not in ("unwritten", "syntax", "missing", "forbidden"):
        verdict.hint = exercise.spec.hints[0]
    return verdict


def _run(exercise: Exercise, file: Path, seed: int) -> Verdict:
    if exercise.kind != "test":
        return run_cases(exercise, file, seed)
    bugs, outcome = testing.run(exercise, file, seed)
    return _ended_early(exercise, [], outcome) or testing.judge(exercise, bugs, outcome)


def prepare_cases(exercise: Exercise, seed: int) -> list[Prepared]:
    """The cases of an exercise with the numbers of this seed. Zero cases would be a check that cannot fail: refused.

    One case with drawn numbers comes twice, with other numbers of the same shapes, so that an answer which was kept
    from the first time is of no use.
    """
    rng = np.random.default_rng(seed)
    namespace = vars(importlib.import_module(exercise.module))
    cases = [prepare(case, namespace, rng) for case in exercise.spec.case]
    if not any(case.observe for case in cases):
        raise ValueError(f"{exercise.id}: expected something to compare, got no observed result in any case")
    drawn = [case for case in exercise.spec.case if case.has_draws and not case.timed and not case.bounded]
    if drawn:
        cases.append(prepare(drawn[int(rng.integers(len(drawn)))], namespace, rng))
    return cases


def run_cases(exercise: Exercise, file: Path, seed: int) -> Verdict:
    """Run a file that parses, and say what came of it."""
    cases = prepare_cases(exercise, seed)
    outcome = run_child(job(exercise, file, cases), cases)
    verdict = judge(exercise, cases, outcome)
    verdict.output = verdict.output or outcome.output[:2000]
    if verdict.kind in NAMEABLE:
        _show_smallest(exercise, file, verdict, seed)
        _name(exercise, verdict, cases, outcome)
    if verdict.passed and by_differences(file, exercise.functions):
        verdict.sentence = f"{verdict.sentence[:-1]}, by differences of your own forward: {BY_DIFFERENCES}"
    if verdict.passed and exercise.kind == "speed":
        return check_speed(exercise, file, cases) or verdict
    return verdict


def weigh(exercise: Exercise, cases: list[Prepared], outcome: Outcome) -> Verdict:
    """The verdict on the results of a run, with the mistake named."""
    verdict = judge(exercise, cases, outcome)
    if verdict.kind in NAMEABLE:
        _name(exercise, verdict, cases, outcome)
    return verdict


def _name(exercise: Exercise, verdict: Verdict, cases: list[Prepared], outcome: Outcome) -> None:
    """Say which known mistake it is; else how the wrong result stands to the right one."""
    named = name_mistake(exercise, cases, outcome)
    if named is not None:
        verdict.kind, verdict.misconception = "misconception", named.name
        verdict.sentence, verdict.see = named.says, named.see
    elif verdict.kind in ("values", "shape") and verdict.what:
        verdict.relation = name_relation(verdict.what, cases, outcome)
        if verdict.relation:
            verdict.sentence = f"{verdict.what} is {verdict.relation}."


def _show_smallest(exercise: Exercise, file: Path, verdict: Verdict, seed: int) -> None:
    """Put the smallest example that fails in the same way in the place of the case that failed, with its taps."""
    case = next((c for c in exercise.spec.case if c.name == verdict.case and not c.bounded), None)
    if case is None:  # the file itself could not be loaded; or it is a training run, which has no smaller numbers
        return
    namespace = vars(importlib.import_module(exercise.module))
    taps = Taps(exercise.spec.taps, exercise.functions, namespace["__file__"]) if exercise.spec.taps else None
    candidates = smaller(case, namespace, seed, taps)
    outcome = run_child(job(exercise, file, candidates, taps=exercise.spec.taps), candidates)
    for candidate, result in zip(candidates, outcome.cases, strict=False):
        failure = judge_case(exercise, candidate, result)
        if failure is not None and failure.kind == verdict.kind:
            for name in ("sentence", "code", "inputs", "what", "expected", "received", "tolerance", "trace"):
                setattr(verdict, name, getattr(failure, name))
            verdict.smallest = True
            verdict.intermediate = first_wrong(exercise.spec.taps, candidate, result)
            return


def job(exercise: Exercise, file: Path, cases: Sequence[Prepared], *, taps: Sequence[str] = ()) -> Job:
    """The child's task: this file in place of the exercise's module."""
    return Job(file, exercise.module, exercise.functions, allowed_seconds(exercise, cases), taps, exercise.kind)


def allowed_seconds(exercise: Exercise, cases: Sequence[Prepared]) -> float:
    """The exercise's own limit, or ten times what our answer just took on this machine where that is more."""
    return max(exercise.spec.seconds, round(BUDGET * sum(case.seconds for case in cases), 1))


def judge(exercise: Exercise, cases: list[Prepared], outcome: Outcome) -> Verdict:
    """What the results of a run say, before any mistake is named."""
    return _ended_early(exercise, cases, outcome) or _first_failure(exercise, cases, outcome)


def _ended_early(exercise: Exercise, cases: Sequence[Prepared], outcome: Outcome) -> Verdict | None:
    """A verdict where the child did not come to its end."""
    limit = allowed_seconds(exercise, cases)
    sentences = {
        "timeout": f"Your code ran for more than {limit:g} seconds and was stopped; is there a loop that never ends?",
        "output": "Your code printed more than a megabyte and was stopped; take the print out of the loop.",
        "disk": "Your code filled the disk of the check (256 MB) and was stopped; no exercise needs to write files.",
        "died": "The process ended before it gave a result; does something call os._exit, or crash the interpreter?",
    }
    if outcome.ended != "ok":
        return Verdict(exercise.id, outcome.ended, sentences[outcome.ended], output=outcome.output[:2000])
    if outcome.tried:
        sentence = f"Your code tried to {outcome.tried[0]}; no exercise needs that, and the check does not allow it."
        return Verdict(exercise.id, "forbidden", sentence, output=outcome.output[:2000])
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
            sentence = "The process ended before it gave a result for every case."
            return Verdict(exercise.id, "died", sentence, case=case.name)
        failure = judge_case(exercise, case, outcome.cases[i])
        if failure is not None:
            return failure
    n = sum(len(case.observe) + len(case.probes) for case in cases)
    cases_word = "case" if len(cases) == 1 else "cases"
    return Verdict(exercise.id, "passed", f"Right: {n} results agree in {len(cases)} {cases_word}.", checks=n)


def judge_case(exercise: Exercise, case: Prepared, result: CaseResult) -> Verdict | None:
    """What is wrong with one case, or None."""
    if result.error is not None:
        return _raised(exercise, case.name, result.what or "your code", result.error)
    return check_case(exercise.id, case, result)

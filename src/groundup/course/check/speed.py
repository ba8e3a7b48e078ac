"""Speed it up: right first, then at most so many times the processor time of ours.

The time is what the system counted for the whole child, seen from outside, so that no clock in the child is believed.
The file and the library's answer take turns; a child that runs the case once is taken away from one that runs it often.
"""

from math import inf
from pathlib import Path

from groundup.course.check.prepare import Prepared
from groundup.course.check.sandbox import Job, run_child
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise

ROUNDS = 3
LONG_ENOUGH = 0.1  # seconds that ours should run in a round: what a child takes to start does not matter then
FEW, MOST = 16, 4096


def check_speed(exercise: Exercise, file: Path, cases: list[Prepared]) -> Verdict | None:
    """A verdict where a right answer is too slow; None where it is fast enough."""
    timed = next(prepared for prepared, case in zip(cases, exercise.spec.case, strict=False) if case.timed)
    ours = Job(exercise.file, exercise.module, exercise.functions, exercise.spec.seconds)
    theirs = Job(file, exercise.module, exercise.functions, exercise.spec.seconds)
    times = FEW
    while _cpu(ours, timed, times) < LONG_ENOUGH and times < MOST:
        times *= 4
    own, given = zip(*[(_cpu(ours, timed, times), _cpu(theirs, timed, times)) for _ in range(ROUNDS)], strict=True)
    ratio = min(given) / min(own)
    if ratio <= exercise.spec.ratio:
        return None
    took = f"takes {ratio:.3g} times as long as ours" if ratio < inf else "was stopped while ours was done long before"
    sentence = f"Right, but your code {took}; {exercise.spec.ratio:g} times is allowed."
    return Verdict(exercise.id, "slow", sentence, case=timed.name)


def _cpu(job: Job, case: Prepared, times: int) -> float:
    """Processor seconds of so many runs beyond the first; infinite where the child was stopped."""
    once, often = run_child(job, [case]), run_child(job, [case], times=times)
    return max(often.cpu - once.cpu, 1e-4) if often.ended == "ok" else inf

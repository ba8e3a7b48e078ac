"""Test it: the learner writes the checks. They must let everything right pass and catch most of the planted bugs.

The planted bugs are the misconceptions about the subject; the right ones are the library's own and its variants. The
child gets them in an order of its own and says of each only whether the learner's checks complained.
"""

import importlib
import pkgutil
import random
from pathlib import Path
from typing import Any

from groundup.core import Misconception, Variant
from groundup.course.check.sandbox import Candidate, Job, Outcome, run_candidates
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise


def candidates(exercise: Exercise) -> list[tuple[Candidate, str]]:
    """Everything that the learner's checks are tried on, with what it is; "" says what is right."""
    package = exercise.module.rpartition(".")[0]
    module = f"{package}.{package.rpartition('.')[2]}"
    found = [(Candidate(module, exercise.spec.subject, "", ""), "")]
    seen: list[Misconception | Variant] = []  # one module may repeat what another says
    for where in _answers(package):
        for name, value in vars(importlib.import_module(where)).items():
            if isinstance(value, Misconception | Variant) and value.target.split(".")[0] == exercise.spec.subject:
                if any(value is one for one in seen):
                    continue
                seen.append(value)
                says = value.says if isinstance(value, Misconception) else ""
                found.append((Candidate(module, exercise.spec.subject, where, name), says))
    return found


def _answers(package: str) -> list[str]:
    names = [m.name for m in pkgutil.iter_modules(importlib.import_module(package).__path__)]
    return [f"{package}.{name}" for name in names if name.startswith(("misconceptions", "variants"))]


def run(exercise: Exercise, file: Path, seed: int) -> tuple[list[str], Outcome]:
    """Try the learner's checks on what is right and on what is wrong; what each was, and what came of it."""
    tried = candidates(exercise)
    random.Random(seed).shuffle(tried)
    job = Job(file, exercise.module, exercise.functions, exercise.spec.seconds, kind="test")
    return [says for _, says in tried], run_candidates(job, [candidate for candidate, _ in tried])


def judge(exercise: Exercise, bugs: list[str], outcome: Outcome) -> Verdict:
    """Of each candidate, what it is ("" is right) and whether there was a complaint."""
    if len(outcome.complaints) != len(bugs):
        return Verdict(exercise.id, "died", "The process ended before your checks had seen every candidate.")
    pairs = list(zip(bugs, outcome.complaints, strict=True))
    stopped = [complaint for bug, complaint in pairs if not bug and complaint]
    if stopped:
        return _stopped(exercise, stopped[0])
    planted = [(bug, complaint) for bug, complaint in pairs if bug]
    missed = [bug for bug, complaint in planted if not complaint]
    caught = len(planted) - len(missed)
    said = f"Your checks catch {caught} of {len(planted)} planted bugs"
    if caught < exercise.spec.catch * len(planted):
        needed = f"{exercise.spec.catch:.0%} are asked for"
        sentence = f"{said}; {needed}. One that slips through: {missed[0]}"
        return Verdict(exercise.id, "values", sentence, case="planted bugs", received=f"{caught} of {len(planted)}")
    return Verdict(exercise.id, "passed", f"{said}, and let everything right pass.", checks=len(pairs))


def _stopped(exercise: Exercise, complaint: dict[str, Any]) -> Verdict:
    line = f" (line {complaint['line']})" if complaint.get("line") else ""
    if complaint["type"] == "NotImplementedError":
        return Verdict(exercise.id, "unwritten", f"{complaint['message']}{line}.")
    sentence = (
        f"Your checks complain about a right {exercise.spec.subject}{line}: "
        f"{complaint['type']}: {complaint['message'] or 'no message'}"
    )
    return Verdict(exercise.id, "error", sentence, case="a right one", trace=complaint.get("trace", ""))

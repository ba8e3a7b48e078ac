"""Mutants of an exercise's answer: each that changes a result has to be stopped by a check.

The checks are those of the exercise, and where they let a mutant pass, those of the other exercises of its file. A
mutant that survives them is either a hole or no change at all. Of the second kind the concept's
``equivalent.toml`` says why; one that is listed nowhere is a finding, and so is a reason for a mutant that is killed.
"""

import contextlib
import signal
import sys
import tomllib
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundup.course.audit.mutate import Mutant, mutants
from groundup.course.audit.trial import trial
from groundup.course.check.checker import judge, prepare_cases
from groundup.course.check.prepare import Prepared
from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course

SEEDS = (1, 2, 3)
OTHER = "in"  # "in linear-backward": stopped where the other functions of the file are exercised
SECONDS = 3.0  # a mutant that runs longer than that loops for ever


@dataclass(frozen=True)
class Fate:
    """What became of a mutant: the kind of verdict that stopped it, "" where none did; and why it may live."""

    exercise: str
    function: str
    operator: str
    line: int
    before: str
    after: str
    by: str
    why: str = ""


class EndlessError(BaseException):
    """The time of a mutant is over. No mutant catches it by catching Exception."""


def fates(exercise: Exercise) -> list[Fate]:
    """Every mutant of the exercise's functions. Training runs and sheets of questions have none: see ``audited``."""
    if exercise.kind not in ("write", "speed"):
        return []
    source = exercise.file.read_text(encoding="utf-8")
    reasons = equivalents(exercise.file.parent / "equivalent.toml")
    suites = [[prepare_cases(exercise, seed) for seed in SEEDS]]
    others = [other for other in _of_the_same_file(exercise) if other.id != exercise.id]
    found = []
    for function in exercise.functions:
        for mutant in mutants(source, function):
            by = _stopped_by(exercise, mutant, suites[0])
            if not by and len(suites) == 1:
                suites += [[prepare_cases(other, seed) for seed in SEEDS] for other in others]
            for other, rounds in zip(others, suites[1:], strict=False):  # what forward keeps is seen by backward alone
                by = by or (f"{OTHER} {other.id}" if _stopped_by(other, mutant, rounds) else "")
            key = (function, mutant.before, mutant.after)
            why = reasons.get((*key, mutant.within), "") or reasons.get((*key, ""), "")
            found.append(
                Fate(exercise.id, function, mutant.operator, mutant.line, mutant.before, mutant.after, by, why)
            )
    return found


def _of_the_same_file(exercise: Exercise) -> list[Exercise]:
    return [e for e in load_course().concepts[exercise.concept].exercises if e.kind == "write" == exercise.kind]


def equivalents(file: Path) -> dict[tuple[str, str, str, str], str]:
    """(function, before, after, within) -> why the change changes nothing. Nothing where the concept has no such file.

    ``within`` is the expression around the change; it is named only where the same words occur twice.
    """
    if not file.is_file():
        return {}
    listed = tomllib.loads(file.read_text(encoding="utf-8")).get("equivalent", [])
    return {(one["function"], one["before"], one["after"], one.get("within", "")): one["why"] for one in listed}


def _stopped_by(exercise: Exercise, mutant: Mutant, rounds: list[list[Prepared]]) -> str:
    module = types.ModuleType(exercise.module)
    module.__file__ = str(exercise.file)
    try:
        with _time_limit(), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            exec(compile(mutant.source, str(exercise.file), "exec", dont_inherit=True), module.__dict__)  # noqa: S102
            for cases in rounds:
                verdict = judge(exercise, cases, trial(cases, module.__dict__))
                if not verdict.passed:
                    return verdict.kind
    except EndlessError:
        return "timeout"
    except Exception:  # a file that cannot even be loaded
        return "error"
    return ""


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise EndlessError

    if sys.platform == "win32":
        yield  # there is no timer of that kind; the audit is run where there is one
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

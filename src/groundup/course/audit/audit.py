"""The audit of the whole course: every exercise inspected, every mutant tried, in parallel, and told in tables.

What counts: no finding of ``inspect``, no mutant that lives without a reason, no reason for one that is killed.
"""

import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.course.audit.inspect import SEEDS, Finding, inspect
from groundup.course.audit.kill import OTHER, Fate, fates
from groundup.course.exercise import Exercise
from groundup.course.manifest import load_course

NO_MUTANTS = {
    "predict": "a sheet of questions has no code; its answers are computed by the library",
    "repair": "a training run of another width or rate may be as healthy; what makes it ill is put back one by one",
    "test": "fewer or other checks may be as good; they are graded by the planted bugs that they catch",
}


@dataclass(frozen=True)
class Audited:
    """One exercise: the finding and what became of its mutants."""

    finding: Finding
    fates: list[Fate]

    @property
    def problems(self) -> list[str]:
        """Everything that has to be mended, one sentence each."""
        alive = [f"a mutant lives: {_said(fate)}" for fate in self.fates if not fate.by and not fate.why]
        stale = [f"killed, but listed as no change: {_said(fate)}" for fate in self.fates if fate.by and fate.why]
        return [*self.finding.problems, *alive, *stale]


def _said(fate: Fate) -> str:
    return f"{fate.function}, line {fate.line}, {fate.operator}: {fate.before} -> {fate.after}"


def audited(exercise_id: str, seeds: int = SEEDS, mutate: bool = True) -> Audited:
    """The audit of one exercise, by name: it may run in another process."""
    exercise = load_course().exercise_by_id[exercise_id]
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):  # wrong answers divide by zero
        return Audited(inspect(exercise, seeds), fates(exercise) if mutate else [])


def audit(
    exercises: Iterable[Exercise], *, seeds: int = SEEDS, mutate: bool = True, jobs: int = -1
) -> Iterator[Audited]:
    """Each exercise as it is done, in the order given."""
    import joblib

    tasks = (joblib.delayed(audited)(exercise.id, seeds, mutate) for exercise in exercises)
    yield from joblib.Parallel(n_jobs=jobs, return_as="generator")(tasks)


def counts(results: list[Audited]) -> dict[str, Any]:
    """The audit in numbers."""
    mutants = [fate for result in results for fate in result.fates]
    seconds = sorted(s for r in results for s in r.finding.seconds if r.finding.kind in ("write", "predict"))
    return {
        "exercises": len(results),
        "kinds": dict(Counter(r.finding.kind for r in results)),
        "solutions": sum(r.finding.solutions for r in results),
        "misconceptions": sum(r.finding.misconceptions for r in results),
        "variants": sum(r.finding.variants for r in results),
        "mutants": len(mutants),
        "killed": sum(bool(fate.by) for fate in mutants),
        "equivalent": sum(bool(fate.why) and not fate.by for fate in mutants),
        "problems": sum(len(r.problems) for r in results),
        "median_seconds": round(seconds[len(seconds) // 2], 3) if seconds else 0.0,
        "worst_seconds": round(seconds[-1], 3) if seconds else 0.0,
    }


def _kind(fate: Fate) -> str:
    return "another exercise" if fate.by.startswith(f"{OTHER} ") else fate.by


def table(results: list[Audited]) -> str:
    """The kill matrix and the survivors, in Markdown."""
    mutants = [fate for result in results for fate in result.fates]
    kinds = [kind for kind, _ in Counter(_kind(fate) for fate in mutants if fate.by).most_common()]
    said = counts(results)
    lines = [
        "# The audit of the exercises",
        "",
        "Written by `groundup audit --write`. Every answer of ours is mutated, one change at a time, and every mutant",
        "is put to the checks of its exercise. A row is an operator, a column the verdict that stopped its mutants.",
        "",
        f"{said['exercises']} exercises ({', '.join(f'{n} {kind}' for kind, n in said['kinds'].items())}), "
        f"{said['misconceptions']} wrong answers caught, {said['variants']} right answers written another way pass, "
        f"{said['mutants']} mutants: {said['killed']} killed, {said['equivalent']} no change of any result.",
        "",
        "| operator | mutants | " + " | ".join(kinds) + " | no change | alive |",
        "|---" * (len(kinds) + 4) + "|",
    ]
    for operator in [*sorted({fate.operator for fate in mutants}), "all"]:
        rows = [fate for fate in mutants if operator in (fate.operator, "all")]
        by = Counter(_kind(fate) for fate in rows)
        equivalent = sum(bool(fate.why) and not fate.by for fate in rows)
        cells = [len(rows), *(by[kind] for kind in kinds), equivalent, by[""] - equivalent]
        lines.append(f"| {operator} | " + " | ".join(map(str, cells)) + " |")
    lines += ["", "Not mutated:", "", *(f"- {kind}: {why}." for kind, why in NO_MUTANTS.items())]
    lines += ["", "## Mutants that change nothing", "", "| exercise | function | change | why |", "|---|---|---|---|"]
    for fate in mutants:
        if not fate.by:
            change = f"`{fate.before}` to `{fate.after}`".replace("|", "\\|")
            lines.append(f"| {fate.exercise} | `{fate.function}` | {change} | {fate.why or '**not explained**'} |")
    return "\n".join(lines) + "\n"

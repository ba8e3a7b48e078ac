"""One exercise put to the proof: its starter fails, its solutions pass, its wrong answers are caught and named.

Code of ours runs in this process (``trial``); the starter and the library's own answer go through the child as well.
"""

import importlib
import pkgutil
import tempfile
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from groundup.core import Variant
from groundup.course.audit.trial import weighed
from groundup.course.check import predict
from groundup.course.check.checker import check
from groundup.course.check.naming import mistakes, with_function
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.handout import sickened, starter_of, swapped
from groundup.course.manifest import load_course
from groundup.course.starter import blank, function_source, unwritten

SEEDS = 10
BUDGET_SECONDS = 0.6  # of a check, without what a training run takes by itself


@dataclass
class Finding:
    """What the audit of an exercise counted, what it objects to, and how long its checks took."""

    exercise: str
    kind: str
    solutions: int = 0
    misconceptions: int = 0
    variants: int = 0
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def expect(self, holds: bool, says: str) -> None:
        if not holds:
            self.problems.append(says)


def inspect(exercise: Exercise, seeds: int = SEEDS) -> Finding:
    """Everything but the mutants."""
    found = Finding(exercise.id, exercise.kind)
    with tempfile.TemporaryDirectory(prefix="groundup-audit-") as folder:
        said = [_starter(exercise, Path(folder), found)]
        _solution(exercise, Path(folder), seeds, found)
        said += _wrong(exercise, Path(folder), found)
        _variants(exercise, Path(folder), found)
        _ladder(exercise, found)
    for verdict in said:
        leak = leaked(exercise, verdict)
        found.expect(not leak, f"the verdict {verdict.kind!r} tells the answer: {leak}")
    return found


def _written(exercise: Exercise, folder: Path, source: str) -> Path:
    file = folder / f"{exercise.id}{'.toml' if exercise.kind == 'predict' else '.py'}"
    file.write_text(source, encoding="utf-8")
    return file


def _starter(exercise: Exercise, folder: Path, found: Finding) -> Verdict:
    """What is handed out fails, and says what is to be done."""
    verdict = check(exercise, _written(exercise, folder, starter_of(exercise)))
    found.expect(verdict.kind == "unwritten", f"the starter gets {verdict.kind!r}: {verdict.sentence}")
    if exercise.kind in ("write", "test", "speed"):
        own = any(unwritten(name) in verdict.sentence for name in exercise.functions)
        found.expect(own, f"the starter's message names none of its functions: {verdict.sentence}")
    return verdict


def _solution(exercise: Exercise, folder: Path, seeds: int, found: Finding) -> None:
    """Our own answer passes with every seed, within the budget."""
    for seed in range(seeds):
        source = exercise.file.read_text(encoding="utf-8")
        if exercise.kind == "predict":
            source = predict.sheet(exercise, seed, predict.right_answers(exercise, seed))
        verdict = check(exercise, _written(exercise, folder, source), seed=seed)
        found.expect(verdict.passed and verdict.checks > 0, f"the solution fails with seed {seed}: {verdict.sentence}")
        found.solutions += verdict.passed
        found.seconds.append(verdict.seconds)
    if exercise.kind in ("write", "predict") and seeds >= SEEDS:  # of many, the quickest: other work only adds to it
        best = min(found.seconds)
        found.expect(best < BUDGET_SECONDS, f"a check takes {best:.2f} s, expected less than {BUDGET_SECONDS} s")


def _wrong(exercise: Exercise, folder: Path, found: Finding) -> Iterator[Verdict]:
    """Every known wrong answer fails and is named."""
    if exercise.kind == "predict":
        yield from _wrong_predictions(exercise, folder, found)
        return
    if exercise.kind == "repair":
        yield from _half_mended(exercise, folder, found)
    for mistake in mistakes(exercise):
        found.misconceptions += 1
        wrong = with_function(exercise, mistake.target, mistake.wrong)
        for seed in (1, 2):
            verdicts = [weighed(e, wrong, seed) for e in (exercise, *_behind(exercise))]
            verdict = next((v for v in verdicts if not v.passed), verdicts[0])  # some show in what comes later alone
            found.expect(not verdict.passed, f"{mistake.name} passes with seed {seed}")
            named = verdict.misconception == mistake.name or exercise.kind == "test"  # those are told what they miss
            found.expect(named, f"{mistake.name} is not named: {verdict.sentence}")
            yield verdict


def _behind(exercise: Exercise) -> list[Exercise]:
    """What is written after it in the same file."""
    written = [e for e in load_course().concepts[exercise.concept].exercises if e.kind == "write"]
    return written[[e.id for e in written].index(exercise.id) + 1 :] if exercise.kind == "write" else []


def _wrong_predictions(exercise: Exercise, folder: Path, found: Finding) -> Iterator[Verdict]:
    for seed in range(5):
        right = predict.right_answers(exercise, seed)
        for i, question in enumerate(predict.draw(exercise, seed)):
            for value, says in [*question.wrong, ("no such answer", "")]:
                answers = [*right[:i], str(value), *right[i + 1 :]]
                verdict = check(exercise, _written(exercise, folder, predict.sheet(exercise, seed, answers)))
                found.expect(not verdict.passed, f"question {i + 1}: {value} passes")
                found.expect(verdict.sentence.endswith(says), f"question {i + 1}: {value} is not named")
                found.misconceptions += bool(says) and seed == 0
                yield verdict


def _half_mended(exercise: Exercise, folder: Path, found: Finding) -> Iterator[Verdict]:
    """As it is handed out but for a comment, and with each of the illnesses alone: sick in every case."""
    sick = [sickened(exercise) + "\n# looked at, not mended\n"]
    healthy = exercise.file.read_text(encoding="utf-8")
    if len(exercise.spec.sick) > 1:
        sick += [swapped(exercise, healthy, swap.old, swap.new) for swap in exercise.spec.sick]
    for source in sick:
        for seed in (1, 2, 3):
            verdict = check(exercise, _written(exercise, folder, source), seed=seed)
            found.expect(not verdict.passed, f"a sick run passes with seed {seed}")
            found.expect(bool(verdict.sentence), "a sick run is not told what it suffers from")
            yield verdict
        found.misconceptions += 1


def _variants(exercise: Exercise, folder: Path, found: Finding) -> None:
    """Every right answer that is written another way passes; there are two at least."""
    if exercise.kind == "predict":
        return
    for cure in exercise.spec.cure:
        source = swapped(exercise, exercise.file.read_text(encoding="utf-8"), cure.old, cure.new)
        for seed in (1, 2, 3):
            verdict = check(exercise, _written(exercise, folder, source), seed=seed)
            found.expect(verdict.passed, f"the cure {cure.how!r} fails with seed {seed}: {verdict.sentence}")
        found.variants += 1
    for variant in variants(exercise):
        right = with_function(exercise, variant.target, variant.right)
        for seed in (1, 2, 3):
            verdict = weighed(exercise, right, seed)
            found.expect(verdict.passed, f"{variant.name} is right and fails with seed {seed}: {verdict.sentence}")
        found.variants += 1
    found.expect(found.variants >= 2, f"expected two right answers written another way, got {found.variants}")


def _ladder(exercise: Exercise, found: Finding) -> None:
    """What comes later in the file need not be written yet."""
    later = [name for e in _behind(exercise) for name in e.functions]
    module = types.ModuleType(exercise.module)
    source = blank(exercise.file.read_text(encoding="utf-8"), later) if later else ""
    if source:
        exec(compile(source, str(exercise.file), "exec", dont_inherit=True), module.__dict__)  # noqa: S102 (ours)
        verdict = weighed(exercise, module.__dict__, 1)
        found.expect(verdict.passed, f"it needs what is written later: {verdict.case}: {verdict.sentence}")


def variants(exercise: Exercise) -> Iterator[Variant]:
    """The other right answers to the functions of this exercise, of every ``variants*.py`` of its concept."""
    package = importlib.import_module(exercise.module.rpartition(".")[0])
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.startswith("variants"):
            for value in vars(importlib.import_module(f"{package.__name__}.{found.name}")).values():
                if isinstance(value, Variant) and value.target in exercise.functions:
                    yield value


def leaked(exercise: Exercise, verdict: Verdict) -> str:
    """A telling line of the answer that stands in what a learner is shown; "" where there is none."""
    shown = " ".join([verdict.sentence, verdict.hint, verdict.relation, verdict.trace, *exercise.spec.hints])
    if exercise.kind == "predict":
        return ""  # its answers are computed, and a wrong one is answered with other questions
    source = exercise.file.read_text(encoding="utf-8")
    for name in exercise.functions:
        for line in (line.split("#")[0].strip() for line in function_source(source, name).splitlines()):
            if len(line) > 24 and "=" in line and not line.startswith(("def ", '"', "(", "self._")) and line in shown:
                return line
    return ""

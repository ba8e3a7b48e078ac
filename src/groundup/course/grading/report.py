"""How a class did: the table, and for each exercise how many passed and which mistakes the others made."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from groundup.core import write_atomically
from groundup.course.exercise import Exercise
from groundup.course.grading.gradebook import Gradebook, passed_word, shown, table
from groundup.course.grading.record import Result, versions
from groundup.course.grading.similarity import Pair, similar, similarity_report
from groundup.course.handout import place_of, starter_of

NOT_BEGUN = ("missing", "unwritten")


@dataclass(frozen=True)
class Mistake:
    """A known mistake, the sentence that names it, and who made it."""

    exercise: str
    name: str
    says: str
    learners: tuple[str, ...]


@dataclass(frozen=True)
class ExerciseStatistics:
    """How a class did in one exercise."""

    exercise: Exercise
    passed: int
    failed: int
    not_begun: int
    not_graded: int
    mistakes: tuple[Mistake, ...]  # the most common first

    @property
    def rate(self) -> float | None:
        """Passed, of all that are graded; None where none is."""
        graded = self.passed + self.failed + self.not_begun
        return self.passed / graded if graded else None


def statistics(book: Gradebook) -> list[ExerciseStatistics]:
    """In the order of the assignment."""
    by_exercise: dict[str, list[tuple[str, Result | None]]] = {e.id: [] for e in book.assignment.exercises}
    for row in book.learners:
        for grade in (grade for section in row.sections for grade in section.exercises):
            by_exercise[grade.exercise.id].append((row.learner, grade.result))
    return [_exercise(e, by_exercise[e.id]) for e in book.assignment.exercises]


def _exercise(exercise: Exercise, results: list[tuple[str, Result | None]]) -> ExerciseStatistics:
    graded = [(learner, result.telling) for learner, result in results if result is not None]
    kinds = Counter("passed" if v["passed"] else "not begun" if v["kind"] in NOT_BEGUN else "failed" for _, v in graded)
    made: dict[str, list[str]] = {}
    says = {v["misconception"]: v["sentence"] for _, v in graded if v["misconception"]}
    for learner, verdict in graded:
        if verdict["misconception"]:
            made.setdefault(verdict["misconception"], []).append(learner)
    mistakes = [Mistake(exercise.id, name, says[name], tuple(learners)) for name, learners in made.items()]
    mistakes.sort(key=lambda m: -len(m.learners))
    return ExerciseStatistics(
        exercise, kinds["passed"], kinds["failed"], kinds["not begun"], len(results) - len(graded), tuple(mistakes)
    )


def report_json(book: Gradebook) -> dict[str, Any]:
    """The gradebook and the statistics as plain JSON."""
    learners = [
        {
            "learner": row.learner, "total": _number(row.total), "passed": row.passed, "open": list(row.open),
            "sections": [
                {"title": s.section.title, "percent": _number(s.percent), "passed": s.passed} for s in row.sections
            ],
        }
        for row in book.learners
    ]  # fmt: skip
    exercises = [
        {
            "exercise": s.exercise.id, "passed": s.passed, "failed": s.failed, "not_begun": s.not_begun,
            "not_graded": s.not_graded, "rate": s.rate,
            "mistakes": [{"name": m.name, "says": m.says, "learners": list(m.learners)} for m in s.mistakes],
        }
        for s in statistics(book)
    ]  # fmt: skip
    plan = book.assignment.plan
    return {
        "assignment": plan.id,
        "title": plan.title,
        "versions": versions(),
        "learners": learners,
        "exercises": exercises,
    }


def _number(value: Any) -> float | None:
    return None if value is None else float(shown(value))


def write_report(book: Gradebook) -> None:
    """Write report.md, and similarity.md: which submissions are written alike."""
    plan = book.assignment.plan
    words = Counter(passed_word(row.passed) for row in book.learners)
    head, rows = table(book)
    found = statistics(book)
    lines = [
        f"# {plan.title}", "",
        f"{len(book.learners)} learners: {words['yes']} passed, {words['no']} did not, {words['open']} are open. "
        f"Passed is {plan.pass_mark} % of every section.", "",
        *_markdown(head, rows), "", "## Exercises", "",
        *_markdown(*exercise_table(found)), "", "## Mistakes", "",
    ]  # fmt: skip
    mistakes = sorted((m for s in found for m in s.mistakes), key=lambda m: -len(m.learners))
    lines += [
        f"- **{m.name}** in {m.exercise}, {len(m.learners)} of {len(book.learners)}: {m.says}" for m in mistakes
    ] or ["None that has a name."]
    used = ", ".join(f"{what} {version}" for what, version in versions().items())
    lines += ["", f"Graded with {used}, seeds {', '.join(map(str, plan.seeds))}.", ""]
    write_atomically(book.assignment.folder / "report.md", "\n".join(lines).encode())
    write_atomically(book.assignment.folder / "similarity.md", similarity_report(_alike(book)).encode())


def _alike(book: Gradebook) -> list[Pair]:
    exercises = [e for e in book.assignment.exercises if e.kind != "predict"]
    submissions: dict[str, dict[str, str]] = {}
    for row in book.learners:
        files = {place: book.assignment.submissions / row.learner / place for place in map(place_of, exercises)}
        submissions[row.learner] = {
            place: file.read_text(encoding="utf-8", errors="replace") for place, file in files.items() if file.is_file()
        }
    starters = {place_of(e): starter_of(e) for e in exercises}
    solutions = {place_of(e): e.file.read_text(encoding="utf-8") for e in exercises}
    return similar(submissions, starters, solutions=solutions)


def exercise_table(found: list[ExerciseStatistics]) -> tuple[list[str], list[list[str]]]:
    """Head and rows: how many passed, failed or did not begin, and the most common mistake."""
    head = ["exercise", "passed", "failed", "not begun", "pass rate", "most common mistake"]
    rows = [
        [
            s.exercise.id, str(s.passed), str(s.failed), str(s.not_begun),
            "open" if s.rate is None else f"{s.rate:.0%}",
            f"{s.mistakes[0].name} ({len(s.mistakes[0].learners)})" if s.mistakes else "",
        ]
        for s in found
    ]  # fmt: skip
    return head, rows


def _markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]

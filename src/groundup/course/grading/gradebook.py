"""The gradebook: what each learner has of the 100 points, section by section.

    (1)  percent of a section = 100 · earned / points       over its exercises and hand-marked parts
    (2)  total = Σ weight · percent / 100                   the weights make 100
    (3)  passed = percent >= pass mark, in every section

All in fractions, so 70 % is 70 %. What is not graded or not marked yet makes its section, the total and "passed" open;
it never counts as nought.
"""

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor

from groundup.core import write_atomically
from groundup.course.exercise import Exercise
from groundup.course.grading.assignment import Assignment, HandPart, Section
from groundup.course.grading.grade import results
from groundup.course.grading.marks import Mark, Marks, read_marks
from groundup.course.grading.record import Record, Result


@dataclass(frozen=True)
class ExerciseGrade:
    """An exercise that a machine checked; no result where it is not graded yet."""

    exercise: Exercise
    result: Result | None

    @property
    def earned(self) -> Fraction:
        return Fraction(self.exercise.points if self.result and self.result.passed else 0)


@dataclass(frozen=True)
class HandGrade:
    """A part that a person marks."""

    part: HandPart
    mark: Mark


@dataclass(frozen=True)
class SectionGrade:
    """A section of one learner."""

    section: Section
    exercises: tuple[ExerciseGrade, ...]
    hand: tuple[HandGrade, ...]
    pass_mark: Fraction

    @cached_property
    def earned(self) -> Fraction:
        """Points so far."""
        marked = sum((Fraction(h.mark.points) for h in self.hand if h.mark.points is not None), Fraction(0))
        return marked + sum((e.earned for e in self.exercises), Fraction(0))

    @cached_property
    def points(self) -> Fraction:
        """Points that can be had."""
        return sum(
            (Fraction(h.part.points) for h in self.hand), Fraction(sum(e.exercise.points for e in self.exercises))
        )

    @cached_property
    def open(self) -> tuple[str, ...]:
        """What is not known yet: exercises to grade, parts to mark."""
        ungraded = tuple(f"{e.exercise.id} is not graded" for e in self.exercises if e.result is None)
        return ungraded + tuple(f"{h.part.id} is not marked" for h in self.hand if h.mark.points is None)

    @property
    def percent(self) -> Fraction | None:
        """Eq. 1; None while something is open."""
        return None if self.open else 100 * self.earned / self.points

    @property
    def passed(self) -> bool | None:
        return None if self.percent is None else self.percent >= self.pass_mark


@dataclass(frozen=True)
class LearnerGrade:
    """One learner's row."""

    learner: str
    sections: tuple[SectionGrade, ...]

    @property
    def open(self) -> tuple[str, ...]:
        return tuple(what for section in self.sections for what in section.open)

    @property
    def total(self) -> Fraction | None:
        """Eq. 2; None while something is open."""
        shares = [Fraction(s.section.weight) * s.percent / 100 for s in self.sections if s.percent is not None]
        return sum(shares, Fraction(0)) if len(shares) == len(self.sections) else None

    @property
    def passed(self) -> bool | None:
        """Eq. 3; a section that is failed decides it even while another is open."""
        if any(section.passed is False for section in self.sections):
            return False
        return None if self.open else True


@dataclass(frozen=True)
class Gradebook:
    """All rows of an assignment."""

    assignment: Assignment
    learners: tuple[LearnerGrade, ...]


def gradebook(assignment: Assignment, record: Record) -> Gradebook:
    """The gradebook as the record and marks.csv have it. Raises ClassError for a bad line of marks.csv."""
    marks = read_marks(assignment)
    rows = results(assignment, record).items()
    return Gradebook(assignment, tuple(_learner(assignment, name, found, marks) for name, found in rows))


def _learner(assignment: Assignment, learner: str, found: dict[str, Result | None], marks: Marks) -> LearnerGrade:
    by_id = {e.id: e for e in assignment.exercises}
    return LearnerGrade(
        learner,
        tuple(
            SectionGrade(
                section,
                tuple(ExerciseGrade(by_id[name], found[name]) for name in section.exercises),
                tuple(HandGrade(part, marks.get((learner, part.id), Mark(None))) for part in section.hand),
                Fraction(assignment.plan.pass_mark),
            )
            for section in assignment.plan.section
        ),
    )


def shown(value: Fraction | None) -> str:
    """One decimal, never rounded up: 69.96 is no 70. "open" for what is not known yet."""
    return "open" if value is None else f"{floor(value * 10) / 10:.1f}"


def passed_word(passed: bool | None) -> str:
    """yes, no or open."""
    return {True: "yes", False: "no", None: "open"}[passed]


def table(book: Gradebook) -> tuple[list[str], list[list[str]]]:
    """Head and rows: a row a learner, the percent of each section, the total of 100, and what is open."""
    head = ["learner", *(f"{s.title} %" for s in book.assignment.plan.section), "total", "passed", "open"]
    rows = [
        [
            row.learner, *(shown(s.percent) for s in row.sections), shown(row.total), passed_word(row.passed),
            "; ".join(row.open),
        ]
        for row in book.learners
    ]  # fmt: skip
    return head, rows


def write_csv(book: Gradebook) -> None:
    """Write gradebook.csv. A cell that a spreadsheet would run as a formula is set behind an apostrophe."""
    head, rows = table(book)
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_cell(cell) for cell in row] for row in [head, *rows]])
    write_atomically(book.assignment.folder / "gradebook.csv", text.getvalue().encode("utf-8-sig"))


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

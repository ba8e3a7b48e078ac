"""marks.csv: what a person marked, a line a learner and part: learner, part, points, comment.

A part without points is not marked yet, which is not the same as nought. Every bad line is named.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from groundup.core import write_atomically
from groundup.core.suggest import nearest
from groundup.course.grading.assignment import Assignment, ClassError, HandPart

COLUMNS = ["learner", "part", "points", "comment"]


@dataclass(frozen=True)
class Mark:
    """Points for a part; None where it is not marked yet."""

    points: Decimal | None
    comment: str = ""


Marks = dict[tuple[str, str], Mark]  # by learner and part


def read_marks(assignment: Assignment) -> Marks:
    """The marks of a class. Raises ClassError that names every bad line."""
    path = assignment.folder / "marks.csv"
    if not path.is_file():
        return {}
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClassError(
            f"{path}: expected UTF-8, got byte {error.object[error.start]:#x}; save it as CSV UTF-8"
        ) from error
    faults: list[str] = []
    marks: Marks = {}
    parts = {part.id: part for part in assignment.hand_parts()}
    learners = set(assignment.learners())
    for line, row in _rows(text, f"{path}"):
        try:
            where, mark = _mark(row, parts, learners)
            if where in marks:
                raise ValueError(f"{where[0]} has a line for {where[1]} already")
            marks[where] = mark
        except ValueError as error:
            faults.append(f"line {line}: {error}")
    if faults:
        raise ClassError(f"{path}: " + "; ".join(faults))
    return marks


def _rows(text: str, path: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not empty, with its line; a spreadsheet may have put semicolons between the cells."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    names = [name.strip().lower() for name in next(reader, [])]
    if names[:3] != COLUMNS[:3]:
        raise ClassError(f"{path}: line 1: expected {','.join(COLUMNS)}, got {head.strip() or 'nothing'}")
    for row in reader:
        if any(cell.strip() for cell in row):
            yield reader.line_num, dict(zip(COLUMNS, [*(cell.strip() for cell in row), "", "", "", ""], strict=False))


def _mark(row: dict[str, str], parts: dict[str, HandPart], learners: set[str]) -> tuple[tuple[str, str], Mark]:
    """One row. Raises ValueError that says what is wrong with it."""
    if row["learner"] not in learners:
        raise ValueError(nearest("learner", row["learner"], learners))
    if row["part"] not in parts:
        raise ValueError(nearest("part", row["part"], parts))
    where, most = (row["learner"], row["part"]), parts[row["part"]].points
    if not row["points"]:
        return where, Mark(None, row["comment"])
    try:
        points = Decimal(row["points"].replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(f"expected points from 0 to {most}, got {row['points']!r}") from error
    if not points.is_finite() or not 0 <= points <= most:
        raise ValueError(f"expected points from 0 to {most}, got {row['points']}")
    return where, Mark(points, row["comment"])


def write_template(assignment: Assignment) -> int:
    """Add a line for each learner and part that has none; what is written stays. Returns how many were added."""
    marks = read_marks(assignment)
    pairs = [(learner, part.id) for learner in assignment.learners() for part in assignment.hand_parts()]
    new = [pair for pair in pairs if pair not in marks]
    if new:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for (learner, part), mark in marks.items():
            writer.writerow([learner, part, "" if mark.points is None else mark.points, mark.comment])
        writer.writerows([learner, part, "", ""] for learner, part in new)
        write_atomically(assignment.folder / "marks.csv", text.getvalue().encode())
    return len(new)

"""A small class to grade: two exercises, one file, and what learners hand in."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

from groundup.course.grading.assign import assign
from groundup.course.grading.assignment import Assignment
from groundup.course.grading.collect import Collected, collect
from groundup.course.grading.record import Record
from groundup.course.handout import place_of, starter_of
from groundup.course.manifest import load_course
from groundup.course.starter import blank

BY_ID = load_course().exercise_by_id
EXERCISES = ["init-fans", "init-xavier"]  # 5 and 10 points; the first does not need the second
PLACE = place_of(BY_ID["init-fans"])
RIGHT = BY_ID["init-fans"].file.read_text(encoding="utf-8")
STARTER = starter_of(BY_ID["init-fans"])
HALF = blank(RIGHT, BY_ID["init-xavier"].functions)
WRONG = RIGHT.replace("return inputs * k, outputs * k", "return inputs, outputs * k")


def make_class(folder: Path, *, seeds: int = 1) -> tuple[Assignment, Record]:
    """A class folder with the two exercises."""
    assignment = assign(folder, exercises=EXERCISES, title="Week 2", seeds=seeds)
    return assignment, Record(folder / "record.sqlite")


def hand_in(assignment: Assignment, record: Record, sources: Mapping[str, str], inbox: Path) -> Collected:
    """Put a folder a learner into the inbox, and collect it."""
    for learner, source in sources.items():
        (inbox / learner / "nn").mkdir(parents=True, exist_ok=True)
        (inbox / learner / PLACE).write_text(source, encoding="utf-8")
    return collect(assignment, inbox, record)


def make_zip(path: Path, entries: Mapping[str, str | bytes]) -> Path:
    """A zip with these entries."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path

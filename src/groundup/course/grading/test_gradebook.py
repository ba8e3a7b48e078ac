"""The gradebook: exact at the pass mark, open where a mark is missing, and a table that a spreadsheet can read."""

import csv
import io
from fractions import Fraction
from pathlib import Path

import pytest

from groundup.course.grading.assignment import Assignment, ClassError, read_class
from groundup.course.grading.gradebook import Gradebook, gradebook, shown, write_csv
from groundup.course.grading.marks import read_marks, write_template
from groundup.course.grading.record import Key, Record, course_version, sha256
from groundup.course.grading.report import report_json, statistics, write_report
from support.classroom import EXERCISES, RIGHT, STARTER, hand_in, make_class

PLAN = """
title = "Week 2"
id = "week-2"
seeds = [1]
[[section]]
title = "Code"
weight = 60
exercises = ["init-fans"]
[[section]]
title = "Code and paper"
weight = 40
exercises = ["init-xavier"]
    [[section.hand]]
    id = "paper"
    title = "On paper"
    points = 10
"""


@pytest.fixture
def graded(tmp_path: Path) -> tuple[Assignment, Record]:
    """Ada has both exercises, Bo the first one alone, and di is not graded; init-xavier is worth 10 points."""
    made, record = make_class(tmp_path / "class")
    (made.folder / "class.toml").write_text(PLAN)
    assignment = read_class(made.folder)
    hand_in(assignment, record, {"ada": RIGHT, "bo": STARTER, "di": RIGHT}, tmp_path / "in")
    for learner, right in (("ada", EXERCISES), ("bo", EXERCISES[:1])):
        source = sha256((RIGHT if learner == "ada" else STARTER).encode())
        for name in EXERCISES:
            verdict = {
                "passed": name in right,
                "kind": "passed" if name in right else "misconception",
                "sentence": "No.",
            }
            verdict |= {"misconception": "" if name in right else "batch_mean"}
            record.keep(Key(learner, name, source, course_version(), (1,)), [verdict])
    return assignment, record


def mark(assignment: Assignment, *lines: str) -> None:
    (assignment.folder / "marks.csv").write_text("\n".join(["learner,part,points,comment", *lines]), encoding="utf-8")


def book(graded: tuple[Assignment, Record]) -> dict[str, tuple[str, str, bool | None]]:
    return {r.learner: (shown(r.sections[1].percent), shown(r.total), r.passed) for r in gradebook(*graded).learners}


def test_what_is_not_marked_is_open_and_never_nought(graded: tuple[Assignment, Record]) -> None:
    assert book(graded) == {"ada": ("open", "open", None), "bo": ("open", "open", None), "di": ("open", "open", None)}
    mark(graded[0], "ada,paper,0,", "bo,paper,,later")
    assert book(graded)["ada"] == ("50.0", "80.0", False)
    assert book(graded)["bo"] == ("open", "open", None)
    (row,) = [r for r in gradebook(*graded).learners if r.learner == "di"]
    assert row.open == ("init-fans is not graded", "init-xavier is not graded", "paper is not marked")


def test_70_percent_is_passed_and_a_hair_less_is_not(graded: tuple[Assignment, Record]) -> None:
    mark(graded[0], "ada,paper,4,")
    assert book(graded)["ada"] == ("70.0", "88.0", True)
    mark(graded[0], "ada,paper,3.99,")
    assert book(graded)["ada"] == ("69.9", "87.9", False)
    mark(graded[0], "bo,paper,10,")
    assert book(graded)["bo"] == ("50.0", "80.0", False)  # 80 of 100 in all, and still not every section


def test_numbers_are_never_rounded_up() -> None:
    assert [shown(v) for v in (Fraction(6999, 100), Fraction(70), Fraction(200, 3), None)] == [
        "69.9",
        "70.0",
        "66.6",
        "open",
    ]


def test_a_template_asks_for_every_mark_and_keeps_what_is_there(graded: tuple[Assignment, Record]) -> None:
    assignment, _ = graded
    mark(assignment, 'bo,paper,7.5,"Well, yes"')
    assert write_template(assignment) == 2
    assert {who: m.points for (who, _), m in read_marks(assignment).items()} == {"bo": 7.5, "ada": None, "di": None}
    assert read_marks(assignment)["bo", "paper"].comment == "Well, yes"
    assert write_template(assignment) == 0


def test_every_bad_line_is_named(graded: tuple[Assignment, Record]) -> None:
    assignment, _ = graded
    mark(
        assignment, "ada,paper,11,", "ad,paper,1,", "bo,papr,1,", "", "bo,paper,nan,", "di,paper,-1,", "di,paper,many,",
        "ada,paper,3,", "ada,paper,4,",
    )  # fmt: skip
    with pytest.raises(ClassError) as error:
        read_marks(assignment)
    for part in [
        "line 2: expected points from 0 to 10, got 11", "line 3: unknown learner 'ad'; did you mean 'ada'?",
        "line 4: unknown part 'papr'; did you mean 'paper'?", "line 6: expected points from 0 to 10, got nan",
        "line 7: expected points from 0 to 10, got -1", "line 8: expected points from 0 to 10, got 'many'",
        "line 10: ada has a line for paper already",
    ]:  # fmt: skip
        assert part in str(error.value)
    assert str(error.value).count("line ") == 8  # seven lines, and "a line for paper"


def test_a_spreadsheets_own_csv_is_read(graded: tuple[Assignment, Record]) -> None:
    path = graded[0].folder / "marks.csv"
    path.write_bytes("\ufeffLearner;Part;Points;Comment\r\nada;paper;7,5;gut\r\n".encode())
    assert read_marks(graded[0])["ada", "paper"].points == 7.5
    path.write_bytes(b"who,what\nada,paper\n")
    with pytest.raises(ClassError, match="line 1: expected learner,part,points,comment, got who,what"):
        read_marks(graded[0])
    path.write_bytes(b"learner,part,points\nada,paper,1,\xff\n")
    with pytest.raises(ClassError, match="expected UTF-8, got byte 0xff"):
        read_marks(graded[0])


def written(found: Gradebook) -> list[list[str]]:
    write_csv(found)
    text = (found.assignment.folder / "gradebook.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_csv_has_a_row_a_learner(graded: tuple[Assignment, Record]) -> None:
    mark(graded[0], "ada,paper,10,")
    rows = written(gradebook(*graded))
    assert rows[0] == ["learner", "Code %", "Code and paper %", "total", "passed", "open"]
    assert rows[1] == ["ada", "100.0", "100.0", "100.0", "yes", ""]
    assert rows[2] == ["bo", "100.0", "open", "open", "open", "paper is not marked"]


def test_no_cell_is_a_formula(graded: tuple[Assignment, Record]) -> None:
    (graded[0].folder / "class.toml").write_text(PLAN.replace('"Code"', '"=1+1"'))
    assert written(gradebook(read_class(graded[0].folder), graded[1]))[0][1] == "'=1+1 %"


def test_the_report_counts_and_names_mistakes(graded: tuple[Assignment, Record]) -> None:
    found = gradebook(*graded)
    forward, backward = statistics(found)
    assert (forward.passed, forward.failed, forward.not_graded, forward.rate) == (2, 0, 1, 1.0)
    assert (backward.passed, backward.failed, backward.rate) == (1, 1, 0.5)
    assert [(m.name, m.learners) for m in backward.mistakes] == [("batch_mean", ("bo",))]
    write_report(found)
    text = (graded[0].folder / "report.md").read_text(encoding="utf-8")
    assert "3 learners: 0 passed, 0 did not, 3 are open" in text
    assert "- **batch_mean** in init-xavier, 1 of 3: No." in text
    assert (graded[0].folder / "similarity.md").read_text(encoding="utf-8").startswith("# Submissions")
    data = report_json(found)
    assert data["exercises"][1]["mistakes"] == [{"name": "batch_mean", "says": "No.", "learners": ["bo"]}]
    assert data["learners"][0]["total"] is None

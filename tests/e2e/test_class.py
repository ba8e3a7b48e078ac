"""A class as an instructor runs it, every command in a process of its own: assign, collect, grade, report, give back."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.classroom import HALF, PLACE, RIGHT, STARTER, make_zip


def groundup(*args: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run `groundup class ...`; its exit code must be ``code``."""
    done = subprocess.run(
        [sys.executable, "-m", "groundup", "class", *args], cwd=cwd, env=os.environ | {"COLUMNS": "200"}, text=True,
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == code, f"{args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """A class of three, set and collected."""
    groundup(
        "assign",
        "week-2",
        "--exercise",
        "init-fans",
        "--exercise",
        "init-xavier",
        "--title",
        "Week 2",
        "--seeds",
        "2",
        cwd=tmp_path,
    )
    inbox = tmp_path / "in"
    (inbox / "bo/nn").mkdir(parents=True)
    (inbox / "bo" / PLACE).write_text(HALF, encoding="utf-8")
    make_zip(inbox / "Ada Lovelace.zip", {f"work/{PLACE}": RIGHT})
    make_zip(inbox / "cy.zip", {PLACE: STARTER})
    make_zip(inbox / "eve.zip", {"../../nn/init.py": RIGHT})
    done = groundup("collect", str(inbox), "--class", "week-2", cwd=tmp_path, code=1)
    assert "refused  eve.zip: the zip holds ../../nn/init.py, a path that leads out of the folder" in done.stdout
    assert "3 new, 0 replaced, 0 as before, 1 refused; 3 learners in all." in done.stdout
    return tmp_path / "week-2"


def test_an_assignment_from_setting_to_giving_back(week: Path) -> None:
    said = groundup("grade", "--jobs", "2", cwd=week)
    assert "6 graded, 0 known from before; gradebook.csv and 3 receipts written." in said.stdout
    again = json.loads(groundup("grade", "--json", cwd=week).stdout)
    assert (again["run"], again["known"], again["failed"]) == (0, 6, {})
    rows = list(csv.DictReader((week / "gradebook.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(r["learner"], r["total"], r["passed"]) for r in rows] == [
        ("Ada-Lovelace", "100.0", "yes"), ("bo", "33.3", "no"), ("cy", "0.0", "no"),
    ]  # fmt: skip
    report = groundup("report", cwd=week).stdout
    assert "init-fans" in report
    assert "67%" in report
    assert json.loads(groundup("report", "--json", cwd=week).stdout)["exercises"][0]["passed"] == 2
    assert "3 pages" in groundup("feedback", cwd=week).stdout
    page = (week / "feedback/cy.html").read_text(encoding="utf-8")
    assert "fans is yours to write." in page


def test_a_receipt_is_verified_from_anywhere_and_a_changed_one_refused(week: Path, tmp_path: Path) -> None:
    groundup("grade", cwd=week)
    receipt = week / "receipts/bo.json"
    said = groundup("verify", str(receipt), cwd=tmp_path).stdout
    assert "bo: the signature is right; 2 exercises, graded again, all the same." in said
    (week / "submissions/bo" / PLACE).write_text(RIGHT, encoding="utf-8")
    assert "no stored nn/init.py has the hash" in groundup("verify", str(receipt), cwd=tmp_path, code=1).stdout
    receipt.write_text(receipt.read_text(encoding="utf-8").replace('"passed": false', '"passed": true'), "utf-8")
    assert "the receipt was changed" in groundup("verify", str(receipt), cwd=tmp_path, code=2).stderr


def test_hand_marks_are_asked_for_and_counted(week: Path, tmp_path: Path) -> None:
    plan = week / "class.toml"
    part = '\n[[section.hand]]\nid = "paper"\ntitle = "On paper"\npoints = 5\n'
    plan.write_text(plan.read_text(encoding="utf-8") + part, encoding="utf-8")
    groundup("collect", str(tmp_path / "in"), cwd=week, code=1)
    marks = week / "marks.csv"
    assert marks.read_text(encoding="utf-8").splitlines()[1] == "Ada-Lovelace,paper,,"
    groundup("grade", cwd=week)
    assert "paper is not marked" in groundup("report", cwd=week).stdout
    marks.write_text("learner,part,points,comment\nAda-Lovelace,paper,4,\nbo,paper,6,\n", encoding="utf-8")
    assert "line 3: expected points from 0 to 5, got 6" in groundup("report", cwd=week, code=2).stderr
    marks.write_text("learner,part,points,comment\nAda-Lovelace,paper,4,\n", encoding="utf-8")
    groundup("report", cwd=week)
    rows = list(csv.DictReader((week / "gradebook.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(r["total"], r["passed"]) for r in rows] == [("95.0", "yes"), ("open", "open"), ("open", "open")]


def test_what_cannot_be_done_is_one_sentence(tmp_path: Path) -> None:
    assert "expected a class.toml" in groundup("grade", cwd=tmp_path, code=2).stderr
    said = groundup("assign", "x", "--exercise", "linear-forwrd", cwd=tmp_path, code=2).stderr
    assert said == "groundup: groundup class assign: unknown exercise 'linear-forwrd'; did you mean 'linear-forward'?\n"

"""Feedback: the check's words, escaped whatever a learner printed, in one file that fetches and runs nothing."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from groundup.course.check.verdict import Intermediate, Verdict
from groundup.course.grading.assign import assign
from groundup.course.grading.feedback import (
    HandMark,
    Page,
    SectionPart,
    exercise_part,
    render,
    verdict_of,
    write_feedback,
)
from groundup.course.grading.gradebook import gradebook, shown
from groundup.course.grading.record import Key, Record, course_version, sha256
from groundup.course.handout import place_of
from groundup.course.manifest import load_course

HOSTILE = "</pre></style><script>alert('1')</script><img src=x onerror=alert(2)>{{ 7 * 7 }}"
FAILED = Verdict(
    "linear-backward",
    "values",
    "dx is twice what is expected.",
    case="two rows",
    inputs={"x": "[[1.]]"},
    what="dx",
    expected="[[2.]]",
    received="[[4.]]",
    tolerance=1e-7,
    hint="Each gradient has the shape of what it belongs to.",
    see="Derive",
    intermediate=Intermediate("rows", [], "3", "4"),
)
PASSED = Verdict("linear-forward", "passed", "Right: 4 results agree in 4 cases.")


def page(*verdicts: Verdict, **changes: str) -> Page:
    exercises = [exercise_part(v, "5" if v.passed else "0", "5") for v in verdicts]
    hand = [HandMark("On paper", "8.5", "10", changes.get("comment", "Clear."))]
    section = SectionPart("The affine map", "100", "67.5", 67.5, False, exercises, hand)
    name = changes.get("learner", "Ada")
    return Page("Week 2", name, "67.5", "Not yet passed.", "70", [section], "3f9a41c07d2e")


def test_the_page_says_all_of_it_in_the_checks_order() -> None:
    html = render(page(PASSED, FAILED))
    said = re.sub(r"\s+", " ", re.sub(r"<(?!/?main)[^>]*>", " ", html[html.index("<main>") :]))
    order = [
        "Week 2", "Ada", "67.5 of 100", "The affine map", "5 of 5", "passed linear-forward", "Right: 4 results agree",
        "0 of 5", "not yet linear-backward", "dx is twice what is expected.", "Tried: two rows", "x [[1.]]",
        "expected dx = [[2.]]", "received dx = [[4.]]", "first off rows", "tolerance 1e-07 relative",
        'Read &#34;Derive&#34; in groundup lesson linear', "Hint Each gradient", "8.5 of 10", "Clear.", "3f9a41c07d2e",
    ]  # fmt: skip
    places = [said.find(words) for words in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "field", ["sentence", "case", "what", "expected", "received", "hint", "see", "trace", "output"]
)
def test_what_a_learner_made_is_text_and_nothing_else(field: str) -> None:
    html = render(page(replace(FAILED, **{field: HOSTILE})))
    assert HOSTILE not in html
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "{{ 7 * 7 }}" in html


def test_names_and_comments_are_text_too() -> None:
    html = render(page(replace(FAILED, inputs={HOSTILE: HOSTILE}), learner=HOSTILE, comment=HOSTILE))
    assert "<script" not in html
    assert "<img" not in html


def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    html = render(page(PASSED))
    style = html[html.index("<style>") + len("<style>") : html.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in html
    assert not re.search(r"""(?i)\s(src|href|style|on\w+)\s*=\s*["']|url\(|@import|https?:""", html)


def test_a_verdict_comes_out_of_the_record_as_it_went_in() -> None:
    for verdict in (PASSED, FAILED):
        assert verdict_of(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_a_class_gets_a_page_a_learner(tmp_path: Path) -> None:
    assignment = assign(tmp_path / "class", exercises=["linear-forward", "linear-backward"], title="Week 2", seeds=1)
    exercise = load_course().exercise_by_id["linear-forward"]
    file = assignment.submissions / "ada" / place_of(exercise)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x = 1")
    (assignment.submissions / "ben").mkdir()
    record, seeds = Record(tmp_path / "class" / "record.sqlite"), tuple(assignment.plan.seeds)
    for verdict in (PASSED, FAILED):
        key = Key("ada", verdict.exercise, sha256(b"x = 1"), course_version(), seeds)
        record.keep(key, [verdict.to_json()])
    paths = write_feedback(gradebook(assignment, record))
    assert [p.name for p in paths] == ["ada.html", "ben.html"]
    ada, ben = (p.read_text(encoding="utf-8") for p in paths)
    assert "dx is twice what is expected." in ada
    assert "Not passed yet, below the mark: " in ada
    assert f"{shown(Fraction(100 * exercise.points, sum(e.points for e in assignment.exercises)))} of 100" in ada
    assert ben.count("was not handed in.") == 2
    assert "Receipt" not in ada
    receipt = {"exercises": [{"id": e.id, "sha256": sha256(b"x = 1")} for e in assignment.exercises]}
    (tmp_path / "class/receipts").mkdir()
    signed = json.dumps({"receipt": receipt, "signature": "3f9a41c07d2e5566aa"})
    for name in ("ada", "ben"):  # ben's is of other files
        (tmp_path / f"class/receipts/{name}.json").write_text(signed, encoding="utf-8")
    ada, ben = (p.read_text(encoding="utf-8") for p in write_feedback(gradebook(assignment, record)))
    assert "Receipt <code>3f9a41c07d2e5566</code>" in ada
    assert "Receipt" not in ben


def test_what_is_open_is_said_to_be_open(tmp_path: Path) -> None:
    assignment = assign(tmp_path / "class", exercises=["linear-forward"], seeds=1)
    file = assignment.submissions / "ada" / assignment.files[0]
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x = 1")
    (path,) = write_feedback(gradebook(assignment, Record(tmp_path / "class" / "record.sqlite")))
    html = path.read_text(encoding="utf-8")
    assert "Still open: linear-forward is not graded." in html
    assert "It is not graded yet." in html

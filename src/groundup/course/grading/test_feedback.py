"""Feedback: the check's words, escaped whatever a learner printed, in one file that fetches and runs nothing."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest

from groundup.course.check.verdict import Intermediate, Verdict
from groundup.course.grading.feedback import HandMark, Page, SectionPart, exercise_part, render, verdict_of

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
    section = SectionPart("The affine map", "100", "67.5", False, exercises, hand)
    name = changes.get("learner", "Ada")
    return Page("Week 2", name, "67.5", "Not yet passed.", "70", [], [section], "3f9a41c07d2e")


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
    assert f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;" in html or (
        f"default-src 'none'; style-src 'sha256-{digest}'" in html
    )
    assert not re.search(r"""(?i)(src|href|style|on\w+)\s*=\s*["']|url\(|@import|https?:""", html)


def test_a_verdict_comes_out_of_the_record_as_it_went_in() -> None:
    import json

    for verdict in (PASSED, FAILED):
        assert verdict_of(json.loads(json.dumps(verdict.to_json()))) == verdict

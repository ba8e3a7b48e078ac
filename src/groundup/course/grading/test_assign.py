"""Setting an assignment: names that there are, weights that make 100, starters that are the course's own."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.course.grading.assign import assign, weights_of
from groundup.course.grading.assignment import ClassError, find_class, read_class
from groundup.course.manifest import load_course
from support.classroom import EXERCISES, PLACE, STARTER, make_class

PLAN = """
title = "Week 2"
id = "week-2"
seeds = [1, 2]
[[section]]
title = "A"
weight = {weight}
exercises = ["linear-forward"]
[[section]]
title = "B"
weight = 40.5
exercises = ["{other}"]
    [[section.hand]]
    id = "paper"
    title = "On paper"
    points = 2.5
"""


def test_a_class_folder_has_what_is_graded_and_what_is_handed_out(tmp_path: Path) -> None:
    made, _ = make_class(tmp_path / "class", seeds=3)
    assert [e.id for e in made.exercises] == EXERCISES
    assert made.files == (PLACE,)
    assert len(set(made.plan.seeds)) == 3
    assert (made.plan.pass_mark, made.plan.section[0].weight) == (70, 100)
    assert (tmp_path / "class/handout" / PLACE).read_text(encoding="utf-8") == STARTER
    readme = (tmp_path / "class/handout/README.md").read_text(encoding="utf-8")
    for words in ("# Week 2", "`fans` in `nn/init.py` (5 points", "**init-xavier**"):
        assert words in readme


def test_units_make_sections_and_one_unit_falls_into_its_concepts(tmp_path: Path) -> None:
    one = assign(tmp_path / "one", units=["02"])
    two = assign(tmp_path / "two", units=["01", "02"])
    titles = {unit.id: unit.title for unit in load_course().units}
    assert [s.title for s in two.plan.section] == [titles["01"], titles["02"]]
    assert "The linear layer" in [s.title for s in one.plan.section]
    for made in (one, two):
        assert sum(s.weight for s in made.plan.section) == 100
        for exercise in made.exercises:
            place = made.folder / "handout"
            assert any(file.is_file() for file in place.rglob("*")), exercise.id
        assert all((made.folder / "handout" / file).is_file() for file in made.files)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_weights_make_100_and_keep_the_order_of_the_points(points: list[int]) -> None:
    weights = weights_of(points)
    assert sum(weights) == 100
    assert min(weights) >= 1
    for (p, w), (q, v) in pairwise(sorted(zip(points, weights, strict=True))):
        assert w <= v + (p == q), (p, q)


@pytest.mark.parametrize("title", ['He said "no" \\ yes', "Übung №2 — 深い", "a\nb = 1", "!?"])
def test_any_title_can_be_read_back(tmp_path: Path, title: str) -> None:
    made = assign(tmp_path / "class", exercises=["linear-forward"], title=title, due=title)
    assert (made.plan.title, made.plan.due) == (title, title)
    assert made.plan.id


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"exercises": ["linear-forwrd"]}, "unknown exercise 'linear-forwrd'; did you mean 'linear-forward'?"),
        ({"concepts": ["linaer"]}, "unknown concept 'linaer'; did you mean 'linear'?"),
        ({"units": ["2"]}, "unknown unit '2'; did you mean"),
        ({}, "expected a --unit, a --concept or an --exercise, got none"),
    ],
)
def test_a_name_that_there_is_not_is_told_with_the_nearest(
    tmp_path: Path, chosen: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(ClassError) as error:
        assign(tmp_path / "class", **chosen)
    assert says in str(error.value)
    assert not (tmp_path / "class").exists()


def test_a_class_is_not_overwritten(tmp_path: Path) -> None:
    made, _ = make_class(tmp_path)
    before = (tmp_path / "class.toml").read_bytes()
    with pytest.raises(ClassError, match="is there already"):
        assign(tmp_path, units=["01"])
    assert (made.folder / "class.toml").read_bytes() == before


def test_a_plan_by_hand_is_read_exactly(tmp_path: Path) -> None:
    (tmp_path / "class.toml").write_text(PLAN.format(weight=59.5, other="linear-backward"))
    made = read_class(tmp_path)
    assert [str(s.weight) for s in made.plan.section] == ["59.5", "40.5"]
    assert [(p.id, str(p.points)) for p in made.hand_parts()] == [("paper", "2.5")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PLAN.format(weight=60, other="linear-backward"), "the weights of the sections make 100.5, not 100"),
        (PLAN.format(weight=59.5, other="linear-forward"), "the exercise 'linear-forward' is there twice"),
        (PLAN.format(weight=59.5, other="linear-bakward"), "did you mean 'linear-backward'?"),
        (PLAN.format(weight=59.5, other="mlp-build") + "bonus = 3\n", "section.1.hand.0.bonus"),
        (PLAN.format(weight=59.5, other="mlp-build").replace("[1, 2]", "[1, 1]"), "the seed '1' is there twice"),
        (PLAN.format(weight=59.5, other="mlp-build").replace('exercises = ["linear-forward"]', ""), "has neither"),
        ("title = ", "not valid TOML"),
    ],
)
def test_a_bad_plan_says_where(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "class.toml").write_text(text)
    with pytest.raises(ClassError) as error:
        read_class(tmp_path)
    assert says in str(error.value)
    assert str(tmp_path / "class.toml") in str(error.value)


def test_a_class_is_found_from_within_and_missed_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClassError, match=r"expected a class\.toml in"):
        find_class(tmp_path)
    made, _ = make_class(tmp_path / "class")
    monkeypatch.chdir(made.folder / "handout")
    assert find_class().plan == made.plan
    assert tomllib.loads((made.folder / "class.toml").read_text())["pass_mark"] == 70

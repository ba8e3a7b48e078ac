"""Placement: a few exercises without hints stand for the unit."""

from pathlib import Path

import pytest

from groundup.course import place
from groundup.course.handout import place_of
from groundup.course.manifest import Unit, load_course
from groundup.course.overview import following, progress_rows, unit_rows
from groundup.course.workspace import Workspace

COURSE = load_course()
UNIT = next(unit for unit in COURSE.units if unit.id == "01")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "work")[0]


def write_all(workspace: Workspace, unit: Unit) -> None:
    """Put the library's file in the place of each that the unit's functions are written in."""
    for e in place.exercises_of(unit):
        if e.kind == "write":
            (workspace.root / place_of(e)).write_text(e.file.read_text(encoding="utf-8"), encoding="utf-8")


def test_it_draws_the_hardest_of_each_concept_and_shows_no_hint(workspace: Workspace) -> None:
    sitting = place.sit(workspace, UNIT)
    assert sorted(e.concept for e in sitting.drawn) == ["activation", "perceptron"]
    for e in sitting.drawn:
        assert e.points == max(other.points for other in COURSE.concepts[e.concept].exercises)
    assert sitting.left == sitting.drawn
    assert sitting.placed == 0
    assert [v.hint for v in sitting.verdicts] == [""] * 2
    assert all(s.hints == 0 for s in workspace.progress.standings().values())


def test_no_unit_asks_for_more_than_five(workspace: Workspace) -> None:
    for unit in COURSE.units:
        sitting = place.sit(workspace, unit)
        assert 1 <= len(sitting.drawn) <= 5
        assert len({e.concept for e in sitting.drawn}) == len(sitting.drawn)


def test_it_goes_on_where_it_was_and_the_others_are_placed(workspace: Workspace) -> None:
    first, second = place.sit(workspace, UNIT).drawn
    file = workspace.file_of(first)
    file.write_text(first.file.read_text(encoding="utf-8"), encoding="utf-8")
    assert place.sit(Workspace(workspace.root), UNIT).left == [second]
    file.write_text("broken(", encoding="utf-8")  # what was passed in the placement stays passed
    workspace.file_of(second).write_text(second.file.read_text(encoding="utf-8"), encoding="utf-8")
    won = place.sit(workspace, UNIT)
    others = [e.id for e in place.exercises_of(UNIT) if e not in (first, second)]
    assert (won.left, won.placed) == ([], len(others))
    standings = workspace.progress.standings()
    assert {standings[name].state for name in others} == {"placed"}
    assert {standings[e.id].state for e in (first, second)} == {"passed"}
    after = following(workspace)
    assert after is not None
    assert after.concept not in ("perceptron", "activation")
    assert place.sit(workspace, UNIT).placed == len(others)  # again changes nothing

    (summary,) = [u for u in unit_rows(progress_rows(workspace)) if u["unit"] == "01"]
    assert (summary["passed"], summary["placed"]) == (2, len(others))
    assert summary["earned"] == first.points + second.points  # the placed ones earn none

    workspace.progress.unplace("01")
    assert {workspace.progress.standing(name).state for name in others} == {""}
    assert workspace.progress.passed(first.id)


def test_a_hint_spoils_what_was_drawn_and_another_is_drawn(workspace: Workspace) -> None:
    first, second = place.sit(workspace, UNIT).drawn
    workspace.progress.show(first.id, "hint 1")
    write_all(workspace, UNIT)
    with pytest.raises(place.PlacementError, match=f"expected {first.id} without hints"):
        place.sit(workspace, UNIT)
    workspace.progress.unplace("01")
    assert first not in place.sit(workspace, UNIT).drawn
    assert second in place.sit(workspace, UNIT).drawn


def test_a_concept_that_was_helped_through_cannot_be_placed(workspace: Workspace) -> None:
    perceptron = COURSE.concepts["perceptron"].exercises
    for e in perceptron:
        workspace.progress.show(e.id, "hint 1")
    with pytest.raises(place.PlacementError, match="pass the exercises of perceptron first"):
        place.sit(workspace, UNIT)
    write_all(workspace, UNIT)
    for e in perceptron:
        assert workspace.check(e).passed
    won = place.sit(workspace, UNIT)
    assert [e.concept for e in won.drawn] == ["activation"]
    assert won.left == []


def test_units_are_found_by_number() -> None:
    assert place.find_unit("1") is UNIT
    assert place.find_unit("01") is UNIT
    with pytest.raises(LookupError, match="unknown unit '99'"):
        place.find_unit("99")

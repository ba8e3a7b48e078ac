"""Reviews: when what was passed comes back, and in which form."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from groundup.course import review
from groundup.course.manifest import load_course
from groundup.course.starter import is_blank
from groundup.course.workspace import Workspace, WorkspaceError

COURSE = load_course()
LINEAR = COURSE.concepts["linear"]
FORWARD, BACKWARD = (COURSE.exercise_by_id[name] for name in ("linear-forward", "linear-backward"))
DAY = date(2026, 3, 1)
NOW = datetime.now(UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Where linear-forward was passed."""
    workspace = Workspace.create(tmp_path / "work")[0]
    workspace.file_of(FORWARD).write_text(LINEAR.file.read_text(encoding="utf-8"), encoding="utf-8")
    assert workspace.check(FORWARD).passed
    return workspace


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_right_answers_push_it_out_and_the_fifth_ends_it() -> None:
    told, day = [], 0
    for interval in (1, 3, 7, 16, 35):
        day += interval
        assert review.schedule(DAY, told) == (len(told), after(day))
        told.append((after(day), True))
    assert review.schedule(DAY, told) == (5, None)
    assert review.schedule(DAY, [*told, (after(500), False)]) == (5, None)


def test_a_wrong_answer_begins_again_with_a_day() -> None:
    told = [(after(1), True), (after(4), True), (after(11), False)]
    assert review.schedule(DAY, told) == (0, after(12))
    assert review.schedule(DAY, [*told, (after(12), True)]) == (1, after(15))


def test_only_the_first_check_when_it_is_due_counts() -> None:
    assert review.schedule(DAY, [(DAY, True), (DAY, False)]) == (0, after(1))
    wrong_then_right = [(after(1), True), (after(4), False), (after(4), True)]
    assert review.schedule(DAY, wrong_then_right) == (0, after(5))
    assert review.schedule(DAY, [(after(90), True)]) == (1, after(93))  # late is counted from the day it was done


def test_what_is_due_and_what_is_not(workspace: Workspace) -> None:
    today = NOW.astimezone().date()
    assert review.due(workspace, today) == []
    assert review.due(workspace) == []
    (found,) = review.due(workspace, today + timedelta(days=1))
    assert (found.exercise, found.right, found.on) == (FORWARD, 0, today + timedelta(days=1))


def test_a_review_is_blank_and_tells_nothing_that_is_not_passed(workspace: Workspace) -> None:
    mine = workspace.file_of(FORWARD).read_bytes()
    file = review.start(workspace, FORWARD)
    text = file.read_text(encoding="utf-8")
    assert file.relative_to(workspace.root).as_posix() == "review/linear-forward.py"
    assert all(is_blank(text, name) for name in (*FORWARD.functions, *BACKWARD.functions))
    assert workspace.check(BACKWARD).passed
    text = review.start(workspace, FORWARD).read_text(encoding="utf-8")
    assert all(is_blank(text, name) for name in FORWARD.functions)
    assert not any(is_blank(text, name) for name in BACKWARD.functions)
    assert workspace.file_of(FORWARD).read_bytes() == mine
    with pytest.raises(WorkspaceError, match="expected an exercise that is passed, got loss-mse"):
        review.start(workspace, COURSE.exercise_by_id["loss-mse"])


def test_a_review_from_blank_to_right(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="`groundup review start linear-forward` writes it"):
        review.examine(workspace, FORWARD)
    file, tomorrow = review.start(workspace, FORWARD), NOW + timedelta(days=1)
    assert review.examine(workspace, FORWARD, tomorrow).kind == "unwritten"
    assert workspace.progress.reviews() == {}  # no honest try
    solution = LINEAR.file.read_text(encoding="utf-8")
    file.write_text(solution.replace("y += self.bias.value", "pass"), encoding="utf-8")
    assert review.examine(workspace, FORWARD, tomorrow).kind == "misconception"
    file.write_text(solution, encoding="utf-8")
    tries = workspace.progress.standing(FORWARD.id)
    assert review.examine(workspace, FORWARD, tomorrow).passed
    (found,) = review.reviews(workspace)
    assert (found.right, found.on) == (0, tomorrow.astimezone().date() + timedelta(days=1))  # the first one counted
    assert workspace.progress.standing(FORWARD.id) == tries  # a review is no attempt at the exercise
    assert not file.exists()
    backups = list((workspace.root / ".groundup" / "backups").glob("review-*-linear-forward.py"))
    assert [b.read_text(encoding="utf-8") for b in backups] == [solution]


def test_starting_again_keeps_what_was_written(workspace: Workspace) -> None:
    review.start(workspace, FORWARD).write_text("# half of it\n", encoding="utf-8")
    assert "is yours to write" in review.start(workspace, FORWARD).read_text(encoding="utf-8")
    (backup,) = (workspace.root / ".groundup" / "backups").glob("review-*")
    assert backup.read_text(encoding="utf-8") == "# half of it\n"

"""The rules that every lesson keeps: what the check objects to."""

import re
from pathlib import Path

import pytest

from groundup.course.lessons.check import SECTIONS, check
from groundup.course.lessons.parse import parse

CELL = "```{code-cell} python\n"
FIGURE = ":caption: A line\n:hide:\nax.plot([0, 1])\n```\n"


def whole(**changes: str) -> str:
    """A lesson without fault, but for the given parts."""
    parts = dict.fromkeys(SECTIONS, "") | {
        "Predict": "```{predict}\nHow many?\n---\nTwo.\n```\n",
        "Derive": "$$\ny = x \\tag{1}\n$$\n",
        "Build": "```{library} groundup.nn.linear.linear:Linear\n```\n",
        "See": CELL + FIGURE,
        "In practice": "word " * 1000,
        "Your turn": "```{exercise} own\n```\n",
    }
    return "# Title\n\n" + "\n".join(f"## {name}\n\n{text}" for name, text in (parts | changes).items())


def found(folder: Path, text: str) -> list[str]:
    path = folder / "lesson.md"
    path.write_text(text, encoding="utf-8")
    return [problem.says for problem in check(parse(path), {"own", "other"}, {"own"}, {"lab"})]


def test_a_whole_lesson_has_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path, whole()) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"In practice": "too short"}, r"\d+ words; a lesson has 1000 to 2500"),
        ({"In practice": "word " * 2600}, r"\d+ words; a lesson has 1000 to 2500"),
        ({"Predict": "No question."}, r"no \{predict\}"),
        ({"Build": "No code."}, r"no \{library\}"),
        ({"See": "No picture."}, "no figure"),
        ({"Derive": "No equation."}, "no numbered equation"),
        ({"Derive": "$$\ny \\tag{1}\n$$\n\n$$\nx \\tag{1}\n$$\n"}, "equation 1 is numbered twice"),
        ({"Your turn": "Rest."}, "the exercise own of this concept is not linked"),
        ({"Break": "```{exercise} wrong\n```\n"}, "no exercise is called wrong; there are other, own"),
        ({"Break": "```{lab} wrong\n```\n"}, "no lab is called wrong; there are lab"),
        ({"Break": "```{library} groundup.nn.linear.linear:Nothing\n```\n"}, "nn/linear/linear.py has no Nothing"),
        ({"Break": "```python\nx\n```\n"}, "Python that is never run"),
        ({"Break": CELL + "```\n"}, "an empty cell"),
        ({"Break": "This is simply so."}, 'filler: "simply"'),
        ({"Break": "What a result!"}, "an exclamation mark"),
        ({"Break": "```{margin}\nYou just do it.\n```\n"}, 'filler: "just"'),
        ({"Break": CELL + ":caption: Obviously\n1\n```\n"}, 'filler: "Obviously"'),
        ({"Break": "We optimize it."}, 'American spelling: "optimize"'),
        ({"Break": "A <em>tag</em>."}, "raw HTML"),
        ({"Break": "It costs $5."}, "a dollar sign outside mathematics"),
        ({"Break": "Good \U0001f600"}, "emoji"),
        ({"Break": "#### Deep"}, '"Deep" skips a level'),
        ({"Break": "# Another title"}, "a second title"),
        ({"Break": "### See"}, 'a second heading "See"'),
    ],
)
def test_each_rule_objects(tmp_path: Path, changes: dict[str, str], says: str) -> None:
    problems = found(tmp_path, whole(**changes))
    assert any(re.match(says, problem) for problem in problems), problems


def test_words_in_code_and_mathematics_are_no_prose(tmp_path: Path) -> None:
    text = whole(Break="`just!` and $n!$ and\n\n```text\nsimply!\n```\n\n" + CELL + "simply = 'just!'\n```\n")
    assert found(tmp_path, text) == []


def test_sections_out_of_order_missing_or_too_many(tmp_path: Path) -> None:
    assert found(tmp_path, whole().replace("## See", "## Look")) == ['expected the section "See" here, got "Look"']
    assert "sections missing or too many at the end: Your turn" in found(tmp_path, whole().split("## Your turn")[0])
    assert "sections missing or too many at the end: Extra" in found(tmp_path, whole() + "\n## Extra\n")

"""Arms at the end, every seed a dot."""

from pathlib import Path

import pytest

from groundup.labs import figures
from groundup.labs.plots_arms import arms_dots
from support.figures import colours, words

ARMS = {"logistic": [0.88, 0.90], "LeNet": [0.97, 0.99], "network": [0.94, 0.94]}


def test_the_best_is_at_the_top_and_in_the_title(tmp_path: Path) -> None:
    figure = arms_dots(ARMS, tmp_path / "dots")
    lines = words(tmp_path, figure).split("\n")
    assert "LeNet comes to 98.0 %, 4.0 points ahead of network" in lines
    names = [line for line in lines if line in ARMS]
    assert names == ["LeNet", "network", "logistic"]
    assert "accuracy" in lines
    assert "Each dot is a seed" in figure.caption
    assert "interval" not in figure.caption
    assert colours(tmp_path, figure) == {figures.INK, figures.COLOURS[0]}


@pytest.mark.parametrize(("low", "overlap"), [(0.93, True), (0.96, False)])
def test_the_title_says_where_the_intervals_overlap(tmp_path: Path, low: float, overlap: bool) -> None:
    intervals = {"LeNet": (low, 0.99), "network": (0.92, 0.95), "logistic": (0.8, 0.99)}
    figure = arms_dots(ARMS, tmp_path / "dots", intervals=intervals)
    assert ("their intervals overlap" in words(tmp_path, figure).replace("\n", " ")) == overlap
    assert "the line is the 95 % interval" in figure.caption


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ({"a": [0.5]}, "a comes to 0.5"),
        ({"a": [0.5], "b": [0.5]}, "a and b come to the same, 0.5"),
        ({"a": [0.5], "b": [0.2]}, "b comes to 0.2, 0.3 ahead of a"),
    ],
)
def test_losses(tmp_path: Path, arms: dict[str, list[float]], said: str) -> None:
    figure = arms_dots(arms, tmp_path / "loss", what="loss", least=True)
    assert said in words(tmp_path, figure).split("\n")
    assert "A dot an arm" in figure.caption

"""Receptive fields."""

from pathlib import Path

import numpy as np

from groundup.labs import figures
from groundup.labs.plots_field import effective_field, receptive_fields
from support.figures import colours, words


def test_the_title_says_how_much_of_the_picture_is_seen(tmp_path: Path) -> None:
    boxes = {"conv1": ((4, 6), (4, 6)), "conv2": ((3, 7), (3, 7))}
    for shape in ((10, 10), (1, 10, 10), (3, 10, 10)):
        figure = receptive_fields(np.ones(shape), boxes, tmp_path / "rf")
        text = words(tmp_path, figure)
        assert "A number of conv2 sees 25.0 % of the picture" in text
        assert {"conv1: 3 × 3", "conv2: 5 × 5"} <= set(text.split("\n"))
        assert set(figures.COLOURS[:2]) <= colours(tmp_path, figure)


def test_what_lies_outside_is_not_seen(tmp_path: Path) -> None:
    figure = receptive_fields(np.ones((10, 10)), {"fc": ((-5, 20), (0, 4))}, tmp_path / "rf")
    assert "A number of fc sees 50.0 % of the picture" in words(tmp_path, figure)


def test_half_of_the_influence(tmp_path: Path) -> None:
    weight = np.zeros((10, 10))
    weight[4:6, 4:6] = -1.0
    whole = effective_field(weight, tmp_path / "erf")
    assert "Half of the influence lies on 2.0 % of the pixels in reach" in words(tmp_path, whole)
    part = effective_field(weight, tmp_path / "erf", box=((3, 6), (3, 7)))
    assert "lies on 10.0 % of the pixels" in words(tmp_path, part)

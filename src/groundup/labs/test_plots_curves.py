"""Curves of arms over seeds, and of two programs."""

from pathlib import Path

import numpy as np
import pytest

from groundup.labs import figures
from groundup.labs.plots_curves import arms_curves, beside
from support.figures import colours, words

TRAIN = {"SGD": [[0.5, 0.8], [0.6, 0.9]], "Adam": [[0.7, 0.95], [0.7, 0.97]]}
VAL = {"SGD": [[0.5, 0.90], [0.6, 0.92]], "Adam": [[0.7, 0.80], [0.7, 0.84]]}


def test_the_title_names_the_best_in_validation(tmp_path: Path) -> None:
    figure = arms_curves(TRAIN, VAL, tmp_path / "arms")
    text = words(tmp_path, figure)
    assert "In validation SGD at 91.0 % ends ahead of Adam at 82.0 %" in text
    assert {"training", "validation", "epoch", "accuracy", "SGD", "Adam"} <= set(text.split("\n"))
    assert "100 %" in text or "90 %" in text
    assert "2 seeds" in figure.caption
    assert colours(tmp_path, figure) == {figures.INK, *figures.COLOURS[:2]}


def test_of_a_loss_the_lowest_is_best_and_of_many_the_last_is_named(tmp_path: Path) -> None:
    arms = {name: [[1.0, end]] for name, end in (("a", 0.5), ("b", 0.25), ("c", 0.75))}
    figure = arms_curves(arms, arms, tmp_path / "loss", what="loss", least=True)
    assert "In validation b at 0.25 ends best, c at 0.75 last" in words(tmp_path, figure)
    assert "seeds" not in figure.caption


def test_one_arm_alone_has_no_legend(tmp_path: Path) -> None:
    one = {"SGD": VAL["SGD"]}
    text = words(tmp_path, arms_curves(one, one, tmp_path / "one"))
    assert "In validation SGD at 91.0 % at last" in text
    assert "SGD" not in text.split("\n")


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ([2.0, 1.0, 0.5], "NumPy and PyTorch give the same loss to the last bit"),
        ([2.0, 1.01, 0.5], "NumPy and PyTorch are never more than 0.01 apart, 0.009 of the mean loss"),
    ],
)
def test_two_curves_and_what_is_between_them(tmp_path: Path, theirs: list[float], said: str) -> None:
    figure = beside(np.arange(3), [2.0, 1.0, 0.5], theirs, tmp_path / "two", names=("NumPy", "PyTorch"))
    text = words(tmp_path, figure)
    assert said in text
    assert {"NumPy", "PyTorch", "difference", "step", "loss"} <= set(text.split("\n"))


def test_curves_around_zero_have_no_share(tmp_path: Path) -> None:
    figure = beside([0, 1], [0.0, 0.0], [0.0, 0.1], tmp_path / "zero", names=("a", "b"))
    assert "a and b are never more than 0.1 apart\n" in words(tmp_path, figure) + "\n"

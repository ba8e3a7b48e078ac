"""Data before anything is trained."""

from pathlib import Path

import numpy as np
import pytest

from groundup.labs import figures
from groundup.labs.plots_data import class_balance, examples, values
from groundup.labs.plots_data import words as word_bars
from support.figures import colours, words


@pytest.mark.parametrize(
    ("y", "said"),
    [
        ([0, 0, 1, 1], "The classes are even: 2 rows each"),
        ([0, 0, 0, 1], "Class cat has 3 times the rows of class dog"),
        ([0, 0], "Class dog has no row at all"),
    ],
)
def test_class_balance(tmp_path: Path, y: list[int], said: str) -> None:
    figure = class_balance(np.array(y), ["cat", "dog"], tmp_path / "c")
    text = words(tmp_path, figure)
    assert said in text
    assert {"cat", "dog", "rows"} <= set(text.split("\n"))
    assert f"Who always says cat is right in {100 * y.count(0) / len(y):.1f} %" in figure.caption
    assert colours(tmp_path, figure) == {figures.INK, figures.COLOURS[0]}


@pytest.mark.parametrize(("channels", "photo"), [(1, False), (1, True), (3, True)])
def test_examples_name_the_classes_that_are_most_alike(tmp_path: Path, channels: int, photo: bool) -> None:
    y = np.array([0, 1, 2, 0, 1, 2])
    images = np.array([0.0, 0.9, 0.8, 0.1, 1.0, 0.7]).reshape(-1, 1, 1, 1) * np.ones((1, channels, 4, 4))
    figure = examples(images, y, ["a", "b", "c", "none"], tmp_path / "e", each=3, photo=photo)
    text = words(tmp_path, figure)
    assert "Most alike on average: b and c" in text
    assert {"a", "b", "c", "none"} <= set(text.split("\n"))


def test_examples_of_one_class(tmp_path: Path) -> None:
    figure = examples(np.zeros((2, 1, 4, 4)), np.array([0, 0]), ["a", "b"], tmp_path / "e", each=2)
    assert "All pictures are of a" in words(tmp_path, figure)


def test_values_and_their_zeros(tmp_path: Path) -> None:
    parts = {"training": np.array([0.0, 0.0, 0.0, 2.0]), "test": np.array([[0.0, 0.0], [0.0, 2.0]])}
    text = words(tmp_path, values(parts, tmp_path / "v", what="pixel"))
    assert "Pixel: mean 0.5, standard deviation 0.866; 75.0 % are zero" in text
    assert {"training", "test", "pixel", "share"} <= set(text.split("\n"))


def test_values_that_are_all_the_same(tmp_path: Path) -> None:
    text = words(tmp_path, values({"all": np.full(3, 2.0)}, tmp_path / "v"))
    assert "Value: mean 2, standard deviation 0" in text.split("\n")
    assert "all" not in text.split("\n")


def test_the_commonest_words(tmp_path: Path) -> None:
    figure = word_bars({"sea": 1, "the": 6, "a": 2, "of": 1}, tmp_path / "w", top=2)
    lines = words(tmp_path, figure).split("\n")
    assert "The 2 commonest of 4 words make up 80.0 % of the text" in lines
    assert {"the", "a", "times"} <= set(lines)
    assert "sea" not in lines
    assert "of 10; 2 of the words occur once only" in figure.caption

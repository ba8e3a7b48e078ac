"""Gradient flow: histograms, norms over steps, norms against depth."""

from pathlib import Path

import numpy as np

from groundup.labs import figures
from groundup.labs.plots_gradients import COLUMNS, layer_histograms, norms_by_depth, norms_over_steps
from support.figures import colours, words


def test_histograms_name_the_layer_that_changes_most(tmp_path: Path) -> None:
    z = np.linspace(-1, 1, 101)
    values = {"fc1": [z, 4 * z], "fc2": [z, 0.5 * z], "fc3": [0 * z, z]}
    figure = layer_histograms(values, [0, 1200], tmp_path / "hist", what="gradient")
    text = words(tmp_path, figure)
    assert f"The spread of the gradient changes most in fc1: from {z.std():.2g} to {4 * z.std():.2g}" in text
    assert {"fc1", "fc2", "fc3", "step 0", "step 1,200", "±4"} <= set(text.split("\n"))
    assert colours(tmp_path, figure) == {figures.INK, figures.COLOURS[0]}


def test_histograms_of_nothing(tmp_path: Path) -> None:
    figure = layer_histograms({"fc1": [np.zeros(5), np.zeros(5)]}, [0, 1], tmp_path / "hist", what="gradient")
    assert "The gradient of every layer is zero at one end" in words(tmp_path, figure)


def test_norms_over_many_steps_are_thinned(tmp_path: Path) -> None:
    steps = np.arange(0, 5 * COLUMNS)
    norms = np.stack([np.full(len(steps), 0.002), np.linspace(3.0, 1.0, len(steps))])
    figure = norms_over_steps(norms, ["fc1", "fc2"], steps, tmp_path / "norms", what="norm of the gradient")
    text = words(tmp_path, figure)
    assert "At the last step the norm of the gradient of fc1 is 0.002 times that of fc2" in text
    assert {"fc1", "fc2", "step", "0", "235", "0.002", "3"} <= set(text.split("\n"))


def test_norms_of_zero_are_the_palest(tmp_path: Path) -> None:
    zero = np.zeros((2, 3))
    figure = norms_over_steps(zero, ["a", "b"], [0, 1, 2], tmp_path / "zero", what="norm")
    assert "At the last step the norm of a is 0, and that of b is 0" in words(tmp_path, figure)


def test_the_arm_that_keeps_its_norm_is_named(tmp_path: Path) -> None:
    depth = np.arange(5)
    norms = {"tanh": {"Xavier": 0.9**depth, "He": 1.5**depth}, "ReLU": {"Xavier": 0.5**depth, "He": 1.01**depth}}
    text = words(tmp_path, norms_by_depth(norms, tmp_path / "depth", what="norm"))
    assert "ReLU with He keeps its norm best: times 1 from the first layer to the last" in text
    assert {"tanh", "ReLU", "Xavier", "He", "layer", "norm"} <= set(text.split("\n"))


def test_no_arm_keeps_a_norm(tmp_path: Path) -> None:
    figure = norms_by_depth({"ReLU": {"zeros": np.array([1.0, 0.0])}}, tmp_path / "none", what="norm")
    assert "No arm keeps a norm above zero" in words(tmp_path, figure)

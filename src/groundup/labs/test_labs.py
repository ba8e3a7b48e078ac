"""The parts of labs: data without leaks, curves, figures, counts of lines, the learner's files in place of ours."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from groundup.data import load
from groundup.labs import LABS, binary_classification, figures, mnist_mlp, plots
from groundup.labs.costs import code_lines
from groundup.labs.perceptron import MARGIN, divided_plane
from groundup.labs.registry import labs
from groundup.train import Metric

LAB_ROWS = {  # of kind lab in the curriculum, units 01 to 05
    "01.05", "02.08", "02.09", "02.10", "02.11", "02.12", "03.07", "03.08", "03.09", "04.07", "04.08", "05.06", "05.07",
    "05.08", "05.09",
}  # fmt: skip


def test_labs_are_described() -> None:
    assert list(LABS)[:3] == ["perceptron", "xor", "binary-classification"]
    assert [lab.name for lab in labs()] == list(LABS)
    covered = {key for lab in labs() for key in lab.covers}
    assert covered >= LAB_ROWS, f"no lab for {sorted(LAB_ROWS - covered)}"
    for lab in labs():
        assert lab.about.endswith("?")
        assert lab.expects.endswith(".")
        assert lab.configure(quick=True).epochs <= lab.configure().epochs


def test_the_digits_are_in_three_parts_that_share_no_row() -> None:
    task = mnist_mlp.task(mnist_mlp.MnistSettings())
    data = load("mnist")
    assert sum(task.sizes.values()) == len(data)
    together = np.concatenate([task.x[part] for part in ("train", "val", "test")])
    assert len(np.unique(together, axis=0)) == len(np.unique(data.features(), axis=0))
    assert together.min() == 0
    assert together.max() == 1
    assert task.stand_in == data.stand_in


def test_columns_are_scaled_by_the_training_part_alone() -> None:
    task = binary_classification.task(binary_classification.BinarySettings())
    np.testing.assert_allclose(task.x["train"].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(task.x["train"].std(axis=0), 1, atol=1e-4)
    for part in ("val", "test"):
        assert np.abs(task.x[part].mean(axis=0)).max() > 0.05, f"{part} was scaled by its own mean"


def test_the_plane_of_the_perceptron_is_divided_with_a_gap() -> None:
    x, y, bound = divided_plane(np.random.default_rng(0))
    assert x.shape == (120, 2)
    assert 20 < y.sum() < 100
    closest = min(np.linalg.norm(a - b) for a in x[y == 0] for b in x[y == 1])
    assert closest > 2 * MARGIN
    assert bound > 1


def test_curves_over_epochs_are_means_of_batches() -> None:
    metrics = [Metric(1, 1, "train", 1.0, 0.5), Metric(2, 1, "train", 3.0, 1.0), Metric(2, 1, "val", 0.5, None)]
    curves = plots.by_epoch(metrics)
    assert curves["train"] == {"epoch": [1], "loss": [2.0], "accuracy": [0.75]}
    assert curves["val"]["loss"] == [0.5]


def texts(svg: Path) -> list[str]:
    root = ElementTree.parse(svg).getroot()
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_title_of_a_confusion_matrix_is_found_from_the_counts(tmp_path: Path) -> None:
    figure = plots.confusion_matrix(np.array([[5, 3], [1, 6]]), ["cat", "dog"], tmp_path / "c")
    shown = texts(tmp_path / "c.svg")
    assert {"No mistake is commoner than", "cat taken for dog"} <= set(shown)
    assert figure.caption == "Confusion on the test rows: 4 of 15 are off the diagonal."
    plots.confusion_matrix(np.array([[5, 0], [0, 6]]), ["cat", "dog"], tmp_path / "d")
    assert "No mistake" in texts(tmp_path / "d.svg")


def test_wrong_images_are_the_surest_first_and_none_is_no_figure(tmp_path: Path) -> None:
    images, y = np.random.default_rng(0).random((3, 4, 4)), np.array([0, 1, 1])
    probability = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]])
    plots.wrong_images(images, y, probability, ["a", "b"], tmp_path / "w")
    shown = " ".join(texts(tmp_path / "w.svg"))
    assert shown.index("80 % sure") < shown.index("60 % sure")
    assert "90 % sure" not in shown
    assert plots.wrong_images(images, np.array([0, 0, 0]), probability, ["a", "b"], tmp_path / "n") is None
    assert not (tmp_path / "n.svg").exists()


def test_a_boundary_that_is_not_in_sight_is_not_drawn(tmp_path: Path) -> None:
    _, axes = figures.figure()
    points, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    plots.boundary(axes, lambda x: np.ones(len(x)), points, y, "all one class")
    _, other = figures.figure()
    plots.boundary(other, lambda x: x[:, 0] - 0.5, points, y, "a line")
    assert len(other.collections) > len(axes.collections)


def test_code_lines_leave_out_what_is_no_code() -> None:
    source = '''"""Module
docstring."""

import os  # a remark

# a comment
def f(x):
    """Docstring."""
    text = """two
lines"""
    return (x,
            text)
'''
    assert code_lines(source) == 6


SHOUT = """
from groundup.core import Array, Layer
class Linear(Layer):
    mine = True
"""
ASK = """
from groundup.labs import mine
finder = mine.from_environment()
import groundup.nn.linear, groundup.models.mlp.mlp as mlp
print(getattr(groundup.nn.linear.Linear, "mine", False), getattr(mlp.Linear, "mine", False), mine.used())
"""


def ask(code: str, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"GROUNDUP_MINE": json.dumps(files)}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)


def test_a_learners_file_takes_the_place_of_ours_everywhere(tmp_path: Path) -> None:
    (tmp_path / "linear.py").write_text(SHOUT)
    done = ask(ASK, {"groundup.nn.linear.linear": str(tmp_path / "linear.py")})
    assert done.stdout == "True True ['groundup.nn.linear.linear']\n", done.stderr


def test_without_files_nothing_is_replaced() -> None:
    assert ask(ASK, {}).stdout == "False False []\n"


def test_a_file_that_is_not_there_and_one_that_comes_too_late_are_errors(tmp_path: Path) -> None:
    gone = ask("from groundup.labs import mine; mine.from_environment()", {"groundup.nn.linear.linear": "/nowhere.py"})
    assert "expected a file at /nowhere.py, found none" in gone.stderr
    (tmp_path / "linear.py").write_text(SHOUT)
    late = ask("import groundup.nn; " + ASK.strip(), {"groundup.nn.linear.linear": str(tmp_path / "linear.py")})
    assert "expected to come before groundup.nn.linear.linear is imported" in late.stderr


def test_importing_labs_imports_no_layer() -> None:
    heavy = "any('groundup.nn' in m or m == 'numpy' for m in sys.modules)"
    code = f"import sys, groundup.labs, groundup.labs.mine; sys.exit({heavy})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("module", ["matplotlib", "torch", "sklearn.linear_model"])
def test_importing_every_lab_stays_light(module: str) -> None:
    code = f"import sys, groundup.labs.registry; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""NumPy beside PyTorch: every subject takes the same step on both sides, and two are compared whole."""

import json
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from groundup.core import Array, Sequential
from groundup.labs import LABS, compare, compare_report, costs, zoo
from groundup.labs.blueprint import Blueprint, stack
from groundup.labs.network import learner_of
from groundup.labs.subjects import Subject, names, subject
from groundup.nn import Flatten, Linear
from groundup.train import RunError

pytest.importorskip("torch")
QUIET = Console(file=StringIO())


@pytest.fixture(autouse=True)
def _without_a_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_DATA", "")


@pytest.mark.parametrize("name", zoo.MODELS)
def test_both_sides_begin_with_equal_weights_and_take_the_same_step(name: str) -> None:
    chosen = subject(name, rows=6, batch_size=3)
    task = chosen.task(chosen.settings).doubled()
    ours, theirs = (learner_of(chosen.on(side), task) for side in ("numpy", "torch"))
    start, their_start = ours.weights(), theirs.weights()
    assert start.keys() == their_start.keys()
    assert all(np.array_equal(start[key], their_start[key]) for key in start)
    taken = compare.same_steps(chosen, 2)
    assert max(max(taken[what]) for what in compare_report.COMPARED) <= compare.LIMIT
    assert taken["numpy"][0] != taken["numpy"][1], "nothing was learned: is the second step that of the first weights?"


def test_every_model_of_the_library_is_a_subject() -> None:
    from groundup import models

    folders = {p.parent.name for p in Path(models.__file__).parent.glob("*/torch_twin.py")}
    text = Path(zoo.__file__).read_text() + Path(zoo.__file__).with_name("mnist_mlp.py").read_text()
    text += Path(zoo.__file__).with_name("pictures.py").read_text()
    assert not [folder for folder in folders if f'"models.{folder}"' not in text]
    assert {"mnist-mlp", "mnist-cnn", *zoo.MODELS} <= set(names())


def test_a_lab_leaves_out_what_is_random() -> None:
    chosen = subject("mnist-cnn").plain()
    assert (chosen["dropout"], chosen["augment"], chosen["threads"], chosen["rows"]) == (0.0, "none", 1, 1000)
    assert subject("cifar-numpy").settings.optimiser == "momentum"
    assert "rounding" in subject("cifar-numpy").notes[0]
    assert subject("mnist-cnn").plain()["optimiser"] == asdict(LABS["mnist-cnn"].configure())["optimiser"]


def test_what_cannot_be_compared_is_said() -> None:
    with pytest.raises(LookupError, match="did you mean 'lenet'"):
        subject("lenett")
    with pytest.raises(ValueError, match="expected a lab with one network in NumPy, got perceptron"):
        subject("perceptron")


@pytest.mark.parametrize(
    ("a", "b", "least", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.5], 0.0, 0.2),
        ([0.0], [0.0], 0.0, 0.0),
        ([1e-17], [-1e-17], 0.0, 2.0),
        ([1e-17], [-1e-17], 1e-4, 2e-13),
    ],
)
def test_differences_are_relative_to_the_larger(a: list[float], b: list[float], least: float, expected: float) -> None:
    assert compare.difference(np.array(a), np.array(b), least) == pytest.approx(expected)


def test_no_number_is_no_difference() -> None:
    with pytest.raises(ValueError, match="expected finite numbers on both sides"):
        compare.difference(np.array([1.0, np.nan]), np.array([1.0, 2.0]))


class Wrong(Linear):
    """A dense layer with a gradient that is off by a millionth."""

    def backward(self, dy: Array) -> Any:
        dx = super().backward(dy)
        self.weight.grad *= 1 + 1e-6
        return dx


def wrong_subject() -> Subject:
    twin = stack(("Flatten",), ("Linear", 784, 10)).torch
    network = Blueprint(lambda rng: Sequential(Flatten(), Wrong(784, 10, rng=rng)), twin)
    return Subject("wrong", "A wrong one", zoo.ModelSettings(rows=32), lambda s: zoo.digits(s, network))


def test_a_gradient_off_by_a_millionth_is_found() -> None:
    taken = compare.same_steps(wrong_subject(), 3)
    assert taken["by_gradient"][0] == pytest.approx(1e-6, rel=0.01)
    assert taken["by_loss"][0] <= 1e-15
    assert max(taken["by_weight"]) > compare.LIMIT


def test_two_are_compared_whole_and_then_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for name in ("lenet", "charlm-rnn"):
        result = compare.run_compare(name, tmp_path / name, QUIET, steps=3, rows=48)
        assert result["agree"]
        assert 0 < compare_report.worst(result) <= compare.LIMIT
        assert result["mine"] == []
        assert result["lines"]["numpy"] > result["lines"]["torch"] > 0
        assert (tmp_path / name / "figures" / "compare.svg").is_file()
        assert "They agree" in (tmp_path / name / "report.md").read_text()
        assert json.loads((tmp_path / name / "result.json").read_text()) == result
        found.append(result)
    monkeypatch.setattr(compare, "same_steps", lambda *_: pytest.fail("it was run again"))
    assert compare.run_compare("lenet", tmp_path / "lenet", QUIET, steps=3, rows=48) == found[0]
    with pytest.raises(RunError, match="steps 4"):
        compare.run_compare("lenet", tmp_path / "lenet", QUIET, steps=4, rows=48)
    compare_report.write_together(found, tmp_path, ["cifar-numpy: no data"])
    report = (tmp_path / "report.md").read_text()
    assert "2 of 2 networks take the same 3 steps" in report
    assert "- cifar-numpy: no data" in report
    assert (tmp_path / "figures" / "speeds.svg").is_file()


def made_up(lab: str, apart: float, lines: int, **more: Any) -> dict[str, Any]:
    sides = {side: {"growth": 2.0, "imports": 50.0} for side in ("numpy", "torch")}
    return {
        "lab": lab, "difference": {"by_loss": apart}, "milliseconds": {"numpy": 2.0, "torch": 3.0, "ratio": 1.5},
        "megabytes": sides, "lines": {"numpy": lines, "torch": 9, "concepts": 4}, "agree": apart < 1e-9, **more,
    }  # fmt: skip


def test_yours_is_a_column() -> None:
    yours = made_up("lenet", 3e-3, 77, mine=["groundup.nn.linear.linear"])
    both, other = made_up("lenet", 1e-14, 99, yours=yours), made_up("xor", 1e-15, 50)
    assert compare_report.head(both)[-1] == "yours"
    assert ("largest difference to PyTorch, float64", "1.0e-14", "0", "3.0e-03") in compare_report.rows(both)
    assert compare_report.rows(both)[-1][-1] == "77"
    assert len(compare_report.rows(other)[0]) == 3
    head, rows = compare_report.together([both, other])
    assert head[-4:] == ("yours apart", "yours speed", "yours MB", "yours lines")
    assert rows[0][-4:] == ("3e-03", "1.50", "2.0", "77")
    assert rows[1][-4:] == ("",) * 4
    assert len(compare_report.together([other])[0]) == 7


def test_lines_are_of_the_concepts_in_the_network() -> None:
    chosen = subject("encoder", rows=4)
    lines = costs.lengths(chosen, chosen.task(chosen.settings))
    assert lines["concepts"] >= 8, "attention, multihead, feed-forward, layer norm, block, dropout, linear, loss, sgd"
    assert lines["numpy"] > lines["torch"]

"""Two networks on one curve, and where the curves part."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from groundup.core import Array
from groundup.labs import costs, two_nets
from groundup.labs.network import learner_of
from groundup.labs.study import read_arms
from groundup.labs.two_nets import DOUBLE, SINGLE, Sides, TwoNetsSettings, relative, side_by_side, task
from groundup.train import RunFolder

QUICK = TwoNetsSettings(epochs=1, rows=200, hidden=8, steps=110)


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)


def test_the_difference_is_relative() -> None:
    a, b = np.array([2.0, 1.0, 0.0, -4.0]), np.array([2.0, 1.1, 0.0, 4.0])
    np.testing.assert_allclose(relative(a, b), [0, 0.1 / 1.1, 0, 2])


def sides(single: list[float]) -> Sides:
    ours = np.ones(len(single))
    close: dict[str, list[float]] = {key: [0.5] for key in ("by_loss", "by_output", "by_gradient", "by_weight")}
    losses: dict[str, tuple[Array, Array]] = {SINGLE: (ours, ours * (1 - np.array(single))), DOUBLE: (ours, ours)}
    return Sides(close, losses, {}, 1.0, {}, {})


def test_where_the_curves_part() -> None:
    found = sides([0, 1e-7, 2e-4, 1e-5, 3e-2])
    assert found.parts(SINGLE) == 3
    assert found.parts(SINGLE, 1e-8) == 2
    assert found.parts(SINGLE, 1e-1) is None
    assert found.parts(DOUBLE) is None
    assert found.largest == dict.fromkeys(("losses", "outputs", "gradients", "weights"), 0.5)


def test_float64_keeps_both_together_longer_than_float32() -> None:
    pytest.importorskip("torch")
    digits = task(QUICK)
    apart = {
        name: relative(*side_by_side(QUICK, rows, 60)) for name, rows in ((SINGLE, digits), (DOUBLE, digits.doubled()))
    }
    assert apart[DOUBLE].max() < 1e-11 < apart[SINGLE].max() < 1e-3
    ours, theirs = side_by_side(QUICK, digits.doubled(), 7)
    assert len(ours) == len(theirs) == 7
    assert ours[-1] < ours[0]


def test_other_weights_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were one of the two to begin elsewhere, the curves would part at once."""
    pytest.importorskip("torch")

    def elsewhere(settings: TwoNetsSettings, digits: Any) -> Any:
        return learner_of(replace(settings, seed=1) if settings.backend == "torch" else settings, digits)

    monkeypatch.setattr(two_nets, "learner_of", elsewhere)
    digits = task(QUICK).doubled()
    assert relative(*side_by_side(QUICK, digits, 3)).min() > 1e-3


def test_the_report_has_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    memory = {"numpy": {"growth": 1.0, "imports": 2.0}, "torch": {"growth": 3.0, "imports": 4.0}}
    monkeypatch.setattr(costs, "memory", lambda chosen, side: memory[side])  # which needs processes of its own
    monkeypatch.setattr(costs, "times", lambda chosen, digits: {"numpy": 1.0, "torch": 1.5, "ratio": 1.5})
    with RunFolder.create(tmp_path / "run", {}) as run:
        outcome = two_nets.run(run, QUICK, Console(file=StringIO()))
    ours, theirs = outcome.scores.values()
    assert ours == pytest.approx(theirs, abs=2e-3)
    assert outcome.measures["share of test rows named alike"] > 0.99
    assert outcome.measures["float64, 100 steps, losses"] < 1e-11
    assert outcome.facts["within_target"]
    assert "is held" in outcome.happened[0]
    assert [figure.stem for figure in outcome.figures] == ["same", "parting", "whole"]
    assert sorted(read_arms(tmp_path / "run")) == ["NumPy, by hand", "PyTorch"]

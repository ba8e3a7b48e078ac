"""What a sweep refuses, in one sentence each."""

import sys
from pathlib import Path
from typing import Any

import pytest

from groundup.ops.sweep import run_sweep, status
from groundup.train import RunError, RunFolder
from support.sweeps import plan_in


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A sweep that nothing was done for yet."""
    plan_in(tmp_path / "begun")
    return tmp_path / "begun"


@pytest.mark.parametrize(
    ("lab", "options", "words"),
    [
        ("binary-clasification", {}, "did you mean 'binary-classification'"),
        ("perceptron", {}, "expected a lab that trains one network, got perceptron"),
        ("xor", {}, "expected a lab with validation rows, got xor"),
        ("binary-classification", {"sampler": "best"}, "--sampler to be one of tpe, random, grid, got 'best'"),
        ("binary-classification", {"pruner": "axe"}, "--pruner to be one of median, halving, none, got 'axe'"),
        ("binary-classification", {"engine": "steam"}, "--engine to be one of processes, ray, got 'steam'"),
        ("binary-classification", {"trials": 0}, "--trials of at least 1, got 0"),
        ("binary-classification", {"jobs": 0}, "--jobs of at least 1, or -1 .*, got 0"),
        ("binary-classification", {"fixed": {"depth": "3"}}, "got --depth; this lab has none"),
        (None, {}, "expected the name of a lab, or --resume"),
    ],
)
def test_what_cannot_be_swept_is_one_sentence(
    tmp_path: Path, lab: str | None, options: dict[str, Any], words: str
) -> None:
    with pytest.raises((ValueError, LookupError), match=words):
        run_sweep(lab, run_dir=tmp_path / "s", **options)
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sampler": "random"}, r"got sampler 'random' \(the run has 'tpe'\)"),
        ({"fixed": {"epochs": "9"}}, r"fixed.epochs '9' \(the run has '3'\)"),
        ({"quick": True}, r"quick True \(the run has False\)"),
    ],
)
def test_a_resumed_sweep_keeps_to_its_plan(begun: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(RunError, match=words):
        run_sweep(resume=begun, **options)


def test_folders_that_do_not_fit(begun: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"expected what the sweep began with, got sweep 'xor'"):
        run_sweep("xor", resume=begun)
    with pytest.raises(RunError, match=r"expected a new folder"):
        run_sweep("binary-classification", run_dir=begun)
    RunFolder.create(tmp_path / "run", {"lab": "xor"})
    with pytest.raises(RunError, match=r"expected a sweep, got a run of the lab xor"):
        status(tmp_path / "run")


@pytest.mark.parametrize(
    ("missing", "module", "words"),
    [("optuna", "groundup.ops.sweep.study", r"groundup\[sweep\]"), ("ray", "", r"groundup\[scale\]")],
)
def test_what_is_not_installed_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, module: str, words: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    if module:
        monkeypatch.delitem(sys.modules, module)
        with pytest.raises(ImportError, match=words):
            __import__(module)
    else:
        with pytest.raises(ImportError, match=words):
            run_sweep("binary-classification", engine="ray", run_dir=tmp_path / "s")

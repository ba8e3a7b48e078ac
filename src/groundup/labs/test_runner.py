"""Running labs: folders, seeds, resuming, what is said about data and settings."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from groundup.core import load_state
from groundup.data import where
from groundup.labs import LABS, report
from groundup.labs.lab import Lab
from groundup.labs.runner import find_lab, run_lab
from groundup.train import RunError

KEYS = {
    "lab", "dataset", "source", "stand_in", "sizes", "seed", "seeds", "quick", "test_accuracy", "test_accuracy_std",
    "test_accuracies", "scores", "measures", "facts", "notes", "mine", "seconds", "run",
}  # fmt: skip


def run(name: str, folder: Path, **asked: Any) -> dict[str, Any]:
    return run_lab(name, run_dir=folder, console=Console(file=StringIO()), **asked)


def again(name: str, folder: Path, **asked: Any) -> dict[str, Any]:
    return run_lab(name, resume=folder, console=Console(file=StringIO()), **asked)


NEEDS = {"cifar-numpy": "cifar10", "cifar-torch": "cifar10", "fashion-cnn": "fashion-mnist"}  # nothing embedded
TWICE = ["perceptron", "binary-classification", "mnist-cnn", "dropout"]  # run again: the same seed, the same numbers


@pytest.mark.parametrize("name", list(LABS))
def test_a_quick_run_leaves_everything_a_reader_needs(name: str, tmp_path: Path) -> None:
    if name in NEEDS and where(NEEDS[name])[0] is None:
        pytest.skip(f"{NEEDS[name]} is nowhere on this machine, and has no stand-in")
    lab, folder = LABS[name], tmp_path / "run"
    result = run(name, folder, quick=True)
    _expect_result(lab, folder, result)
    _expect_pages(lab, folder, result)
    for place in places_of_training(folder):
        lines = [json.loads(line) for line in (place / "metrics.jsonl").read_text().splitlines()]
        assert lines
        assert all(line.keys() == {"step", "epoch", "split", "loss", "accuracy"} for line in lines)
        assert load_state(place / "checkpoint.safetensors")
    written = (folder / "result.json").stat().st_mtime_ns
    assert again(name, folder)["test_accuracy"] == result["test_accuracy"]
    assert (folder / "result.json").stat().st_mtime_ns == written, "a finished run was run again"
    if name in TWICE:
        _expect_same(folder, tmp_path / "again", result, run(name, tmp_path / "again", quick=True))


def _expect_result(lab: Lab, folder: Path, result: dict[str, Any]) -> None:
    assert result.keys() == KEYS
    kept = json.loads((folder / "result.json").read_text())
    assert kept == {**result, "seconds": pytest.approx(result["seconds"], abs=2)}
    assert result["quick"]
    assert result["scores"] or result["measures"], "a lab that measures nothing"
    if result["scores"]:
        assert result["test_accuracies"] == [result["test_accuracy"]]


def _expect_pages(lab: Lab, folder: Path, result: dict[str, Any]) -> None:
    """Every figure of a report is there, and every one there is in it."""
    text, page = (folder / "report.md").read_text(), (folder / "report.html").read_text()
    for words in (lab.about, lab.expects, result["source"], "numpy", "A quick run"):
        assert words in text, words
    if result["scores"]:
        assert report.percent(result["test_accuracy"]) in text
    drawn = sorted(path.name for path in (folder / "figures").glob("*.svg"))
    assert drawn
    assert sorted(line.split("figures/")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")) == drawn
    assert [path.with_suffix(".png").exists() for path in (folder / "figures").glob("*.svg")] == [True] * len(drawn)
    assert page.startswith("<!doctype html>")
    assert page.count("<figure") + page.count('class="figure"') >= len(drawn)


def places_of_training(folder: Path) -> list[Path]:
    """The run's own folder, or those of its arms, wherever something was trained."""
    return [file.parent for file in folder.rglob("checkpoint.safetensors") if (file.parent / "metrics.jsonl").is_file()]


def _expect_same(folder: Path, again: Path, result: dict[str, Any], repeated: dict[str, Any]) -> None:
    assert repeated["scores"] == result["scores"]
    assert places_of_training(folder)
    for place in places_of_training(folder):
        twin = again / place.relative_to(folder)
        assert (twin / "metrics.jsonl").read_bytes() == (place / "metrics.jsonl").read_bytes()


def test_labs_reach_what_they_promise_of_small_problems(tmp_path: Path) -> None:
    xor = run("xor", tmp_path / "xor")
    assert xor["test_accuracy"] == 1.0
    assert xor["scores"]["logistic regression (scikit-learn)"] <= 0.75
    neuron = run("perceptron", tmp_path / "perceptron")
    assert neuron["facts"]["plane_learned"]
    assert neuron["facts"]["digits_learned"]
    assert not neuron["facts"]["xor_learned"]
    assert neuron["facts"]["mistakes"] <= neuron["facts"]["mistake_bound"]
    assert neuron["scores"]["perceptron, XOR"] <= 0.75
    tumours = run("binary-classification", tmp_path / "tumours", seeds=3)
    assert tumours["test_accuracy"] > 0.94
    assert tumours["scores"]["majority class"] < 0.7


def test_several_seeds_give_mean_and_spread_and_differ(tmp_path: Path) -> None:
    result = run("binary-classification", tmp_path / "seeds", seeds=3, epochs=3, seed=4)
    assert result["seeds"] == [4, 5, 6]
    values = [
        json.loads((tmp_path / "seeds" / f"seed-{s}" / "result.json").read_text())["test_accuracy"] for s in (4, 5, 6)
    ]
    assert result["test_accuracies"] == values
    assert result["test_accuracy"] == pytest.approx(np.mean(values))
    assert result["test_accuracy_std"] == pytest.approx(np.std(values, ddof=1))
    hashes = {json.loads(file.read_text())["sha256"] for file in (tmp_path / "seeds").glob("seed-*/data.json")}
    assert len(hashes) == 3, "seeds share a split"
    text = (tmp_path / "seeds" / "report.md").read_text()
    assert "[seed-5](seed-5/report.md)" in text
    assert "±" in text


def test_seeds_go_on_where_they_stopped(tmp_path: Path) -> None:
    whole = run("xor", tmp_path / "whole", seeds=3, quick=True)
    folder = tmp_path / "part"
    run("xor", folder, seeds=3, quick=True)
    (folder / "result.json").unlink()
    (folder / "seed-1" / "result.json").unlink()
    assert again("xor", folder)["test_accuracies"] == whole["test_accuracies"]
    assert (folder / "seed-1" / "result.json").is_file()


def test_resume_refuses_other_settings_and_shows_them(tmp_path: Path) -> None:
    run("xor", tmp_path, quick=True)
    with pytest.raises(RunError, match=r"got settings\.lr 0\.7 \(the run has 0\.1\)"):
        again("xor", tmp_path, lr=0.7)
    with pytest.raises(RunError, match="expected a run of the lab perceptron, got one of xor"):
        again("perceptron", tmp_path)


def test_resume_refuses_other_data(tmp_path: Path) -> None:
    run("xor", tmp_path, quick=True)
    (tmp_path / "result.json").unlink()
    facts = json.loads((tmp_path / "data.json").read_text())
    (tmp_path / "data.json").write_text(json.dumps({**facts, "source": "elsewhere"}))
    with pytest.raises(RunError, match="was GROUNDUP_DATA changed"):
        again("xor", tmp_path)


def test_a_setting_that_a_lab_has_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lab perceptron: expected settings among seed, epochs, got --lr"):
        run("perceptron", tmp_path / "run", lr=0.1)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"epochs": 0}, "at least 1 epoch, got 0"),
        ({"lr": -1.0}, "lr at least 0"),
        ({"lr": float("nan")}, "lr at least 0"),
        ({"batch_size": 0}, "batch_size of at least 1"),
        ({"seed": -1}, "seed of at least 0"),
        ({"seeds": 0}, "--seeds of at least 1"),
        ({"hidden": 0}, "hidden of at least 1"),
    ],
)
def test_settings_out_of_range_are_refused_before_anything_is_written(
    tmp_path: Path, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        run("xor", tmp_path / "run", **asked)
    assert not (tmp_path / "run").exists()


def test_an_unknown_lab_names_the_nearest() -> None:
    with pytest.raises(LookupError, match="unknown lab 'mnist-mpl'; did you mean 'mnist-mlp'"):
        find_lab("mnist-mpl")


def test_checkpoint_out_is_the_weights_file(tmp_path: Path) -> None:
    run("xor", tmp_path / "run", quick=True, checkpoint_out=tmp_path / "out" / "xor.safetensors")
    assert load_state(tmp_path / "out" / "xor.safetensors").keys() == {"0.weight", "0.bias", "2.weight", "2.bias"}
    with pytest.raises(ValueError, match="expected a file for --checkpoint-out"):
        run("xor", tmp_path / "two", quick=True, checkpoint_out=tmp_path)


def test_a_diverging_run_keeps_what_it_had(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Try a learning rate of"):
        run("binary-classification", tmp_path, lr=1e30, epochs=3)
    assert (tmp_path / "metrics.jsonl").stat().st_size > 0
    assert not (tmp_path / "result.json").exists()

"""A sweep from end to end: what it looks for, what it writes, that it can be repeated."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.pruners import BasePruner
from optuna.study import Study
from optuna.trial import FrozenTrial

from groundup.labs.binary_classification import LAB
from groundup.labs.registry import LABS
from groundup.ops.sweep import study as studies
from groundup.ops.sweep.plan import read_plan
from groundup.ops.sweep.report import conclude, importance_of
from groundup.ops.sweep.study import open_study, trials_of
from groundup.train import RunFolder
from support.sweeps import FEW, plan_in, sweep, tried

Swept = tuple[Path, dict[str, Any], str]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    folder = tmp_path_factory.mktemp("sweeps") / "a? {first} one"
    result, said = sweep(folder, trials=5, pruner="none")
    return folder, result, said


def test_the_objective_is_the_validation_accuracy_of_the_best_epoch(swept: Swept) -> None:
    folder, result, _ = swept
    best = 0.0
    for number in range(5):
        run = RunFolder(folder / "trials" / f"{number:04d}")
        assert run.result is not None
        lines = [m for m in run.metrics() if m.split == "val"]
        kept = min(reversed(lines), key=lambda m: m.loss)
        assert run.result["state"] == "complete"
        assert (run.result["best_epoch"], run.result["value"]) == (kept.epoch, kept.accuracy)
        best = max(best, kept.accuracy or 0.0)
    assert result["best"]["value"] == best
    assert (result["complete"], result["pruned"], result["failed"], result["running"]) == (5, 0, 0, 0)


def test_the_test_part_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def task(settings: Any) -> Any:
        assert LAB.task
        whole = LAB.task(settings)
        return replace(whole, x={part: whole.x[part] for part in ("train", "val")})

    monkeypatch.setitem(LABS, LAB.name, replace(LAB, task=task))
    result, _ = sweep(tmp_path / "s", trials=1)
    assert (result["complete"], result["failed"]) == (1, 0)


def test_the_command_has_every_setting(swept: Swept) -> None:
    _, result, _ = swept
    settings = " ".join(f"--set {name}={value}" for name, value in (FEW | result["best"]["settings"]).items())
    assert result["command"] == f"groundup lab run binary-classification {settings} --seeds 3"


def test_report_pictures_and_words(swept: Swept) -> None:
    folder, result, said = swept
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert result["command"] in report
    assert {f.stem for f in (folder / "figures").glob("*.svg")} == {"history", "parallel"}
    assert "5 trials came to their end.\n" in report
    assert "| epochs | 3 (fixed) |" in report
    assert report.count("](figures/") == 2
    assert "it takes 10 finished trials" in report
    assert "<figure" in (folder / "report.html").read_text(encoding="utf-8")
    assert result["importance"] == {}
    assert [line[:9] for line in said.splitlines()[2:7]] == [f"trial   {number}" for number in range(5)]
    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == result


def test_what_decides_is_what_mattered(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, trials=12, fixed={"batch_size": "64"})
    rng, study = np.random.default_rng(0), optuna.create_study(direction="maximize")
    spans = {axis.name: FloatDistribution(axis.low, axis.high, log=True) for axis in plan.space}
    for _ in range(12):
        params = {name: float(np.exp(rng.uniform(np.log(s.low), np.log(s.high)))) for name, s in spans.items()}
        shown = {"best_epoch": 1}
        score = -abs(np.log(params["lr"] / 0.05))
        study.add_trial(optuna.create_trial(params=params, distributions=spans, value=score, user_attrs=shown))
    shares = importance_of(study, plan)
    assert shares["lr"] > 0.8
    assert sum(shares.values()) == pytest.approx(1.0)
    result = conclude(study, plan, 0.0)
    assert result["importance"] == shares
    assert (tmp_path / "figures" / "importance.svg").is_file()
    assert "single settings explain, lr explains" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_one_worker_tries_the_same_settings_twice_and_more_go_on_from_there(swept: Swept, tmp_path: Path) -> None:
    sweep(tmp_path / "a", trials=2, pruner="none")
    assert tried(tmp_path / "a") == tried(swept[0])[:2]
    began = (tmp_path / "a" / "trials" / "0000" / "result.json").stat().st_mtime_ns
    result, said = sweep(tmp_path, resume=tmp_path / "a", trials=3)
    assert tried(tmp_path / "a") == tried(swept[0])[:3]
    assert (result["complete"], said.count("\ntrial   ")) == (3, 1)
    assert (tmp_path / "a" / "trials" / "0000" / "result.json").stat().st_mtime_ns == began
    assert read_plan(tmp_path / "a").trials == 3


def test_another_seed_searches_elsewhere(swept: Swept, tmp_path: Path) -> None:
    plan_in(tmp_path, trials=1, fixed=FEW | {"seed": "1"})
    sweep(tmp_path, resume=tmp_path)
    assert tried(tmp_path) != tried(swept[0])[:1]
    settings = json.loads((tmp_path / "trials" / "0000" / "settings.json").read_text(encoding="utf-8"))
    assert settings["seed"] == 1


def test_a_grid_ends_where_all_of_it_is_tried(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, trials=99, sampler="grid", fixed={"epochs": "1", "lr": "0.05", "batch_size": "64"})
    (decay,) = plan.space
    result, _ = sweep(tmp_path, resume=tmp_path, trials=3)
    assert result["complete"] == 3
    result, _ = sweep(tmp_path, resume=tmp_path, trials=99)
    assert result["complete"] == 4
    grid = sorted(decay.value(value) for value in decay.grid())
    assert sorted(settings["weight_decay"] for settings in tried(tmp_path)) == grid
    assert [*map(str, grid)] == ["1e-06", "4.64e-05", "0.00215", "0.1"]


class Strict(BasePruner):
    """Nothing is worth finishing but the first."""

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        return trial.number > 0 and (trial.last_step or 0) >= 2


def test_a_pruned_trial_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies, "pruner_of", lambda name: Strict())
    result, said = sweep(tmp_path / "s", trials=2)
    kept = RunFolder(tmp_path / "s" / "trials" / "0001")
    assert kept.result is not None
    assert (kept.result["state"], result["pruned"]) == ("pruned", 1)
    assert kept.result["stopped"] == "pruned after epoch 2: others had done better by then"
    assert max(m.epoch for m in kept.metrics()) == 2
    assert "pruned after epoch 2  lr" in said
    assert "pruned, for others had done better by then: 1." in (tmp_path / "s" / "report.md").read_text("utf-8")


def test_pruners_by_name() -> None:
    kinds = [type(studies.pruner_of(name)).__name__ for name in ("median", "halving", "none")]
    assert kinds == ["MedianPruner", "SuccessiveHalvingPruner", "NopPruner"]


def test_a_trial_that_diverges_fails_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"got none of 1; trial 0: Trainer: expected a finite loss"):
        sweep(tmp_path / "s", trials=1, fixed=FEW | {"lr": "1e30", "optimiser": "sgd"})
    kept = RunFolder(tmp_path / "s" / "trials" / "0000").result
    assert kept is not None
    assert kept["state"] == "failed"
    assert "expected a finite loss" in kept["reason"]


def test_without_an_accuracy_the_loss_is_the_objective(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def task(settings: Any) -> Any:
        assert LAB.task
        return replace(LAB.task(settings), measure=None)

    monkeypatch.setitem(LABS, LAB.name, replace(LAB, task=task))
    result, _ = sweep(tmp_path / "s", trials=4, pruner="none")
    values = [t.value for t in trials_of(open_study(read_plan(tmp_path / "s")))]
    assert result["objective"] == "validation loss"
    assert result["best"]["value"] == min(value for value in values if value is not None)

"""The labs of unit 03 on few digits: what they compute themselves."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from groundup.labs import dropout, few, network, optimisers, optimisers_report, regularisation, study, trials
from groundup.labs.dropout import DropoutSettings
from groundup.labs.optimisers import OptimiserSettings
from groundup.labs.regularisation import RegularisationSettings
from groundup.labs.regularisation_report import COMBINED, LAST, PLAIN
from groundup.train import DivergedError, RunFolder, Trainer

QUIET = Console(file=StringIO())


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded digits, whatever is on this machine."""
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)


def small(kind: Any, **more: Any) -> Any:
    return kind(**{"epochs": 2, "rows": 100, "hidden": 16, **more})


def test_every_arm_has_the_same_rows_and_a_validation_part_of_bounded_size() -> None:
    task = dropout.task(small(DropoutSettings))
    assert task.sizes["train"] == 100
    assert 0 < task.sizes["val"] <= few.VAL_ROWS
    assert task.x["train"].shape == (100, 784)
    other = few.for_arm(task, small(RegularisationSettings, label_smoothing=0.1), regularisation.net)
    assert other.x is task.x
    assert [vars(t.loss)["label_smoothing"] for t in (task, other)] == [0.0, 0.1]


def test_the_arms_of_dropout_begin_with_the_same_weights() -> None:
    task = dropout.task(small(DropoutSettings))
    begun = []
    for rate, pixels in dropout.ARMS.values():
        settings = small(DropoutSettings, dropout=rate, dropout_input=pixels)
        begun.append(network.learner_of(settings, few.for_arm(task, settings, dropout.net)).weights())
    for weights in begun[1:]:
        assert weights.keys() == begun[0].keys()
        assert all(np.array_equal(weights[key], begun[0][key]) for key in weights)


def test_a_layer_of_batch_norm_leaves_the_weights_as_they_begin() -> None:
    task = regularisation.task(small(RegularisationSettings))
    settings = small(RegularisationSettings, batch_norm=True)
    plain = network.learner_of(small(RegularisationSettings), task).weights()
    normed = network.learner_of(settings, few.for_arm(task, settings, regularisation.net)).weights()
    matrices = [[w for w in weights.values() if w.ndim == 2] for weights in (plain, normed)]
    assert len(matrices[0]) == 3
    assert all(np.array_equal(a, b) for a, b in zip(*matrices, strict=True))


def test_the_training_rows_are_measured_on_the_whole_network(tmp_path: Path) -> None:
    settings = small(DropoutSettings, dropout=0.5)
    task = dropout.task(settings)
    with RunFolder.create(tmp_path / "arm", {"arm": "a"}) as folder:
        trained = network.train(folder, settings, task, QUIET, [dropout.Whole(folder, task)])
        losses = dropout.whole(folder.path, "loss")
        assert len(losses) == settings.epochs + 1
        trainer = Trainer(trained.learner, network.loader_of(settings, task), measure=task.measure)
        loss, accuracy, _ = trainer.evaluate(task.x["train"], task.target["train"])
    assert losses[trained.best_epoch] == pytest.approx(loss)
    assert dropout.whole(folder.path, "accuracy")[trained.best_epoch] == pytest.approx(accuracy)


def test_reached_is_the_first_epoch_at_or_below_the_goal() -> None:
    assert few.reached([3.0, 2.0, 1.0, 2.5], 2.0) == 1
    assert few.reached([3.0, 2.0], 1.9) is None


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_lasso_shrinks_weights_alone_after_each_step(backend: str) -> None:
    if backend == "torch":
        pytest.importorskip("torch")
    settings = small(RegularisationSettings, epochs=1, batch_size=100, backend=backend)  # one step
    task = regularisation.task(settings)
    found = []
    for callbacks in ([], [regularisation.Lasso(0.05, backend)]):
        learner = network.learner_of(settings, task)
        Trainer(learner, network.loader_of(settings, task), callbacks=callbacks).fit(1)
        found.append(learner.weights())
    for key, plain in found[0].items():
        shrunk = np.sign(plain) * np.maximum(np.abs(plain) - 0.05 * settings.lr, 0)
        np.testing.assert_allclose(found[1][key], shrunk if plain.ndim == 2 else plain, atol=1e-6)


def test_adam_gets_what_the_settings_say_and_other_rules_no_means() -> None:
    name, options = OptimiserSettings(optimiser="adam", lr=0.01, beta1=0.8, beta2=0.95, eps=1e-6).optimiser_options()
    assert (name, options["betas"], options["eps"], options["lr"]) == ("Adam", (0.8, 0.95), 1e-6, 0.01)
    assert "betas" not in OptimiserSettings(optimiser="momentum").optimiser_options()[1]


def test_every_rule_has_the_same_rates_and_adamw_alone_decays() -> None:
    settings = OptimiserSettings()
    tried = {rule: optimisers.tried(settings, rule) for rule in optimisers.RULES}
    assert all([s.lr for s in arms] == settings.grid() for arms in tried.values())
    assert settings.grid() == [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0]
    assert {rule for rule, arms in tried.items() if arms[0].weight_decay} == {"AdamW"}


def test_the_search_is_drawn_from_the_seed_within_its_space() -> None:
    found = optimisers.drawn(OptimiserSettings(seed=3))
    assert found == optimisers.drawn(OptimiserSettings(seed=3))
    assert found != optimisers.drawn(OptimiserSettings(seed=4))
    assert len(found) == OptimiserSettings().trials
    for s in found:
        at = (s.lr, 1 - s.beta1, 1 - s.beta2, s.eps, s.weight_decay)
        for value, (low, high) in zip(at, optimisers.SPACE.values(), strict=True):
            assert 10**low * 0.9 <= value <= 10**high * 1.1


def test_a_schedule_is_refused_by_the_comparison_of_rates() -> None:
    with pytest.raises(ValueError, match="expected a constant rate"):
        OptimiserSettings(schedule="cosine")


def test_a_trial_is_run_once_and_read_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = small(OptimiserSettings, optimiser="sgd", lr=0.05)
    wild = small(OptimiserSettings, optimiser="sgd", lr=1e6)
    task = optimisers.task(settings)
    with RunFolder.create(tmp_path / "run", {"lab": "x"}) as folder:
        first, failed = trials.run_trials(folder, "SGD", [settings, wild], task, QUIET)
        monkeypatch.setattr(trials, "_try", lambda *_: pytest.fail("was tried again"))
        assert trials.run_trials(folder, "SGD", [settings, wild], task, QUIET) == [first, failed]
    assert first.score == min(first.losses[1:])
    assert failed.diverged
    assert failed.score == float("inf")
    assert trials.read_trials(folder.path, "SGD") == [first, failed]
    with pytest.raises(DivergedError, match="expected a rate at which SGD learns"):
        optimisers.best_of([failed], "SGD")


def test_a_trial_that_ends_worse_than_it_began_has_diverged() -> None:
    assert trials.Trial("g", {}, [2.3, 1.0, 2.4], [0.1, 0.5, 0.2]).diverged
    good = trials.Trial("g", {}, [2.3, 1.0, 1.1], [0.1, 0.5, 0.6])
    assert (good.diverged, good.score, good.accuracy) == (False, 1.0, 0.5)


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab on optimisers, very small, into a folder."""
    folder = tmp_path_factory.mktemp("optimisers") / "run"
    settings = OptimiserSettings(
        epochs=2, rows=100, hidden=8, batch_size=20, rates=3, lowest=1e-3, highest=10, trials=2
    )
    with RunFolder.create(folder, {"lab": "optimisers"}) as run, pytest.MonkeyPatch.context() as patch:
        patch.delenv("GROUNDUP_DATA", raising=False)
        outcome = optimisers.run(run, settings, QUIET)
        run.write_json("result.json", {"facts": outcome.facts})
    return folder


def test_each_rule_runs_at_the_rate_that_validation_liked_best(benchmark: Path) -> None:
    chosen = RunFolder(benchmark).read_json("result.json")["facts"]["chosen"]
    for rule in optimisers.RULES:
        tried = trials.read_trials(benchmark, rule)
        assert len(tried) == 3
        assert chosen[rule]["lr"] == min(tried, key=lambda trial: trial.score).settings["lr"]
    arms = study.read_arms(benchmark)
    scores = {name: min(arm.curve("val", "loss")[1:]) for name, arm in arms.items()}
    assert scores["tuned Adam"] <= scores["Adam"]
    for rule in optimisers.RULES:  # the last run repeats the trial
        assert scores[rule] == min(trial.score for trial in trials.read_trials(benchmark, rule))


def test_steps_to_a_goal_are_those_of_the_first_validation_there(benchmark: Path) -> None:
    arm = study.read_arms(benchmark)["Adam"]
    losses = arm.curve("val", "loss")
    assert optimisers_report.steps_to(arm, losses[0]) == 0
    assert optimisers_report.steps_to(arm, min(losses)) == 5 * losses.index(min(losses))


def test_the_benchmark_is_drawn_over_seeds(benchmark: Path, tmp_path: Path) -> None:
    drawn = optimisers.together([benchmark, benchmark], tmp_path)
    assert [figure.stem for figure in drawn] == ["rates", "losses", "accuracies"]
    assert all((tmp_path / f"{figure.stem}.png").is_file() for figure in drawn)


def test_candidates_are_what_helped_alone_the_best_first() -> None:
    val = {PLAIN: 0.9, "L2": 0.91, "dropout": 0.92, "batch norm": 0.93, "augmentation": 0.9, "early stopping": 0.91}
    assert regularisation.candidates(val) == ["dropout", "L2"]


@pytest.mark.parametrize(("accuracy", "chosen"), [(0.95, ["batch norm", "dropout"]), (0.93, ["batch norm"])])
def test_a_part_stays_where_it_raises_validation_accuracy(
    accuracy: float, chosen: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small(RegularisationSettings)
    tried = trials.Trial("with dropout", {}, [2.3, 1.0], [0.1, accuracy])
    monkeypatch.setattr(regularisation, "run_trials", lambda *_: [tried])
    val = {PLAIN: 0.9, "dropout": 0.92, "batch norm": 0.94}
    folder = RunFolder.create(tmp_path / "run", {"lab": "x"})
    best, names = regularisation.combined(folder, settings, val, regularisation.task(settings), QUIET)
    assert names == chosen
    assert best.batch_norm
    assert best.dropout == (0.3 if "dropout" in chosen else 0.0)
    changed = regularisation.ablations(best)
    assert not changed["without batch norm"].batch_norm
    assert changed["rate x 10"].lr == pytest.approx(10 * settings.lr)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab on regularisation, very small, into a folder."""
    folder = tmp_path_factory.mktemp("regularisation") / "run"
    settings = RegularisationSettings(epochs=2, rows=100, hidden=8, lr=0.02)
    with RunFolder.create(folder, {"lab": "regularisation"}) as run, pytest.MonkeyPatch.context() as patch:
        patch.delenv("GROUNDUP_DATA", raising=False)
        outcome = regularisation.run(run, settings, QUIET)
        run.write_json("result.json", {"facts": outcome.facts, "scores": outcome.scores})
    return folder


def test_verdicts_are_of_the_weights_that_gave_the_test_accuracy(compared: Path) -> None:
    result = RunFolder(compared).read_json("result.json")
    verdicts = result["facts"]["verdicts"]
    rows = regularisation.task(small(RegularisationSettings)).sizes["test"]
    for name, accuracy in result["scores"].items():
        assert verdicts[name]["test"] == pytest.approx(accuracy)
        assert verdicts[name]["low"] < accuracy < verdicts[name]["high"]
    for name in (LAST, "dropout"):
        ahead = verdicts[name]["won"] - verdicts[name]["lost"]
        assert ahead / rows == pytest.approx(verdicts[name]["test"] - verdicts[PLAIN]["test"])
    bare = verdicts["without batch norm"]
    assert (bare["won"] - bare["lost"]) / rows == pytest.approx(bare["test"] - verdicts[COMBINED]["test"])


def test_the_figures_of_several_seeds_are_drawn_from_their_folders(compared: Path, tmp_path: Path) -> None:
    drawn = regularisation.together([compared, compared], tmp_path)
    assert [figure.stem for figure in drawn] == ["alone", "ablated", "gaps"]
    assert all((tmp_path / f"{figure.stem}.svg").is_file() for figure in drawn)

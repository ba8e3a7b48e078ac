"""MLflow's own client finds in the store what metrics.jsonl has, one run for all its parts."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundup.train import Interrupted, RunFolder
from groundup.train.trackers import conclude, failures
from groundup.train.trackers.mlflow import calm
from groundup.train.trackers.testing_run import (
    CONFIG,
    STEPS,
    Stop,
    assert_curves,
    finish,
    train_in,
    train_in_three_parts,
)  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def client(store: Path) -> Any:
    with calm():
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=f"sqlite:///{store}")


def only_run(store: Path) -> Any:
    found = client(store)
    experiment = found.get_experiment_by_name("clouds")
    (run,) = found.search_runs([experiment.experiment_id])
    return run


def metrics(store: Path) -> Callable[[str], list[tuple[int, float]]]:
    found, run_id = client(store), only_run(store).info.run_id
    return lambda key: [(metric.step, metric.value) for metric in found.get_metric_history(run_id, key)]


def test_curves_parameters_result_and_artifacts_are_read_back(tmp_path: Path) -> None:
    run = train_in(tmp_path / "runs" / "one", "mlflow")
    store = tmp_path / "runs" / "mlflow.db"
    assert only_run(store).info.status == "FINISHED"
    figure = finish(run)
    conclude("mlflow", run, CONFIG)
    conclude("mlflow", run, CONFIG)  # a second time changes nothing
    assert_curves(run, metrics(store))
    assert metrics(store)("result/test_accuracy") == [(STEPS, 0.9)]
    assert metrics(store)("result/scores.Groundup _NumPy_") == [(STEPS, 0.9)]
    assert {value for _, value in metrics(store)("train/learning_rate")} == {0.1}
    found = only_run(store)
    assert found.info.run_name == "one"
    assert found.info.status == "FINISHED"
    assert found.data.params == {
        "lab": "clouds", "seeds": "[0]", "settings.lr": "0.1", "settings.epochs": "10",
    }  # fmt: skip
    assert found.data.tags["source"] == "three clouds"
    assert found.data.tags["stand_in"] == "True"
    assert failures(run) == []
    assert_artifacts(store, found.info.run_id, run, figure)


def assert_artifacts(store: Path, run_id: str, run: RunFolder, figure: Path) -> None:
    names = [file.path for file in client(store).list_artifacts(run_id)]
    assert names == ["environment.json", "figures", "report.md", "result.json"]
    kept = store.parent / "mlartifacts" / run_id / "artifacts"
    assert (kept / "figures" / "loss.png").read_bytes() == figure.read_bytes()
    assert (kept / "result.json").read_bytes() == (run.path / "result.json").read_bytes()


def test_a_resumed_run_is_one_run_and_has_each_step_once(tmp_path: Path) -> None:
    run = train_in_three_parts(tmp_path / "runs" / "one", "mlflow")
    store = tmp_path / "runs" / "mlflow.db"
    assert_curves(run, metrics(store))
    assert only_run(store).info.status == "FINISHED"


def test_runs_that_begin_at_the_same_time_share_a_new_store(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from groundup.train.trackers.testing_run import train_in\n"
        "train_in(Path(sys.argv[1]), 'mlflow')"
    )
    folders = [tmp_path / "runs" / name for name in ("a", "b", "c")]
    begun = [subprocess.Popen([sys.executable, "-c", code, str(folder)]) for folder in folders]
    assert [process.wait(timeout=200) for process in begun] == [0, 0, 0]
    assert [failures(RunFolder(folder)) for folder in folders] == [[], [], []]
    found = client(tmp_path / "runs" / "mlflow.db")
    (experiment,) = (one for one in found.search_experiments() if one.name == "clouds")
    runs = found.search_runs([experiment.experiment_id])
    assert sorted((run.info.run_name, run.info.status) for run in runs) == [(n, "FINISHED") for n in ("a", "b", "c")]


def test_it_is_silent_where_nothing_is_wrong(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from groundup.train.trackers.testing_run import train_in\n"
        "train_in(Path(sys.argv[1]), 'mlflow')"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "runs" / "one")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout + done.stderr == ""
    assert_curves(RunFolder(tmp_path / "runs" / "one"), metrics(tmp_path / "runs" / "mlflow.db"))


def test_an_interrupted_run_is_killed_there_too(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train_in(tmp_path / "runs" / "one", "mlflow", Stop(20, signal.SIGINT))
    assert only_run(tmp_path / "runs" / "mlflow.db").info.status == "KILLED"


def test_the_parts_of_a_run_of_several_seeds_share_the_store_of_all_runs(tmp_path: Path) -> None:
    RunFolder.create(tmp_path / "runs" / "many", {"lab": "clouds"})
    train_in(tmp_path / "runs" / "many" / "seed-3", "mlflow")
    assert only_run(tmp_path / "runs" / "mlflow.db").info.run_name == "many/seed-3"


def test_the_store_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'other.db'}")
    run = train_in(tmp_path / "runs" / "one", "mlflow")
    assert_curves(run, metrics(tmp_path / "other.db"))
    assert not (tmp_path / "runs" / "mlflow.db").exists()


def test_a_server_that_is_gone_is_said_once_noted_and_the_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # nobody listens there
    run = train_in(tmp_path / "runs" / "one", "mlflow")
    assert len([metric for metric in run.metrics() if metric.split == "train"]) == STEPS
    (sentence,) = failures(run)
    assert capsys.readouterr().err == sentence + "\n"
    assert sentence.startswith(f"mlflow: expected to record the run {run.path}, got MlflowException: ")

    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # another store: the whole run is sent there
    train_in(run.path, "mlflow")
    assert_curves(run, metrics(tmp_path / "runs" / "mlflow.db"))
    assert failures(run) == []

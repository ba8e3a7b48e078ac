"""What is in the offline files: read record by record, without the server that they are made for."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from groundup.train import RunFolder
from groundup.train.trackers import conclude, failures
from groundup.train.trackers.testing_run import CONFIG, assert_curves, finish, train_in, train_in_three_parts
from groundup.train.trackers.wandb import records

pytestmark = pytest.mark.slow


def parts(run: RunFolder) -> list[list[Any]]:
    """The records of each part of a run, in order."""
    from wandb.proto.wandb_internal_pb2 import Record

    files = sorted((run.path / "wandb").glob("offline-run-*/*.wandb"))
    return [[Record.FromString(data) for data in records(file.read_bytes())] for file in files]


def history(run: RunFolder) -> Callable[[str], list[tuple[int, float]]]:
    rows = [record.history for part in parts(run) for record in part if record.WhichOneof("record_type") == "history"]
    points = [(name(item), row.step.num, json.loads(item.value_json)) for row in rows for item in row.item]
    return lambda key: [(step, value) for found, step, value in points if found == key]


def name(item: Any) -> str:
    return item.key or "/".join(item.nested_key)


def begun(run: RunFolder) -> list[Any]:
    return [record.run for part in parts(run) for record in part if record.WhichOneof("record_type") == "run"]


def test_curves_settings_and_machine_are_on_file(tmp_path: Path) -> None:
    run = train_in(tmp_path / "run", "wandb")
    assert_curves(run, history(run))
    assert {value for _, value in history(run)("train/learning_rate")} == {0.1}
    (it,) = begun(run)
    assert (it.project, it.display_name) == ("clouds", "run")
    config = {name(item): json.loads(item.value_json) for item in it.config.update}
    assert {key: config[key] for key in CONFIG} == CONFIG
    assert config["environment"] == run.read_json("environment.json")
    assert failures(run) == []


def test_a_resumed_run_has_one_id_and_each_step_once(tmp_path: Path) -> None:
    run = train_in_three_parts(tmp_path / "run", "wandb")
    assert len(parts(run)) == 3
    assert {it.run_id for it in begun(run)} == {run.read_json("trackers.json")["wandb"]["id"]}
    assert_curves(run, history(run))


def test_result_and_figures_come_at_the_end(tmp_path: Path) -> None:
    run = train_in(tmp_path / "run", "wandb")
    figure = finish(run)
    conclude("wandb", run, CONFIG)
    assert_curves(run, history(run))
    summary = {name(item): json.loads(item.value_json) for record in parts(run)[-1] for item in record.summary.update}
    assert summary["result/test_accuracy"] == 0.9
    assert summary["result/source"] == "three clouds"
    assert summary["result/stand_in"] is True
    assert (summary["figures/loss/width"], summary["figures/loss/height"]) == (30, 20)
    (copy,) = (run.path / "wandb").glob("offline-run-*/files/media/images/figures/loss_*.png")
    assert copy.read_bytes() == figure.read_bytes()


def test_it_stays_offline_and_asks_nothing_whatever_the_environment_says(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from groundup.train.trackers.testing_run import train_in\n"
        "train_in(Path(sys.argv[1]), 'wandb')"
    )
    surroundings = {**os.environ, "WANDB_MODE": "online", "WANDB_API_KEY": "", "WANDB_BASE_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "run")]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, env=surroundings
    )
    assert done.stdout + done.stderr == ""
    assert_curves(RunFolder(tmp_path / "run"), history(RunFolder(tmp_path / "run")))

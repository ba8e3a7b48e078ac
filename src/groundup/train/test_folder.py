"""The run folder: what is on disk after a kill, a full disk, a second process, another configuration."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from groundup.core import load_state
from groundup.train import Metric, RunError, RunFolder, RunLockedError
from groundup.train.folder import differences

CONFIG = {"lab": "demo", "settings": {"lr": 0.1, "epochs": 3}}


def test_a_new_run_says_what_it_was_asked_and_where_it_ran(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", CONFIG)
    assert RunFolder.config_of(run.path) == CONFIG
    environment = run.read_json("environment.json")
    assert environment["packages"]["numpy"] == np.__version__
    assert environment["blas_threads"] >= 1


def test_create_refuses_a_folder_with_a_run(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, CONFIG)
    with pytest.raises(RunError, match=r"expected a new folder, got one with a run in it; --resume .* continues it"):
        RunFolder.create(tmp_path, CONFIG)


def test_resume_refuses_another_configuration_and_shows_the_difference(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, CONFIG)
    asked = {"lab": "demo", "settings": {"lr": 0.2, "epochs": 3}}
    with pytest.raises(RunError, match=r"got settings\.lr 0\.2 \(the run has 0\.1\)"):
        RunFolder.resume(tmp_path, asked)
    RunFolder.resume(tmp_path, CONFIG)


def test_resume_refuses_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"expected a run with its config\.json, found none"):
        RunFolder.resume(tmp_path / "nowhere", CONFIG)


def test_differences_name_what_is_missing_on_either_side() -> None:
    assert differences({"a": 1, "b": {"c": 2}}, {"b": {"c": 2, "d": 3}}) == [
        "a None (the run has 1)",
        "b.d 3 (the run has None)",
    ]
    assert differences(CONFIG, CONFIG) == []


def test_pinned_facts_must_stay(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    run.pin("data.json", {"sha256": "a"})
    run.pin("data.json", {"sha256": "a"})
    with pytest.raises(RunError, match=r"expected what data.json says, got sha256 'b' \(the run has 'a'\)"):
        run.pin("data.json", {"sha256": "b"})


def test_metrics_are_on_file_at_once_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, CONFIG) as run:
        run.add_metric(Metric(1, 1, "train", 0.5, 0.75))
        line = (tmp_path / "metrics.jsonl").read_text()
        assert json.loads(line) == {"step": 1, "epoch": 1, "split": "train", "loss": 0.5, "accuracy": 0.75}
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2, "epo')
    assert RunFolder(tmp_path).metrics() == [Metric(1, 1, "train", 0.5, 0.75)]


def test_metrics_are_cut_back_to_the_saved_state(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, CONFIG) as run:
        run.add_metric(Metric(1, 1, "train", 0.5))
        run.save_resume({"w": np.ones(2)}, {"step": 1})
        run.add_metric(Metric(2, 1, "train", 0.25))
    with RunFolder.resume(tmp_path, CONFIG) as run:
        state, facts = run.load_resume() or ({}, {})
        assert state["w"].tolist() == [1, 1]
        assert facts["step"] == 1
        assert [m.step for m in run.metrics()] == [1]
        run.add_metric(Metric(2, 1, "train", 0.125))
        assert [m.loss for m in run.metrics()] == [0.5, 0.125]


def test_without_a_saved_state_a_run_begins_anew(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, CONFIG) as run:
        run.add_metric(Metric(1, 1, "train", 0.5))
    with RunFolder.resume(tmp_path, CONFIG) as run:
        assert run.load_resume() is None
        assert run.metrics() == []


def test_metrics_shorter_than_the_state_counts_are_refused(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, CONFIG) as run:
        run.add_metric(Metric(1, 1, "train", 0.5))
        run.save_resume({"w": np.ones(2)}, {})
    (tmp_path / "metrics.jsonl").write_text("")
    with RunFolder.resume(tmp_path, CONFIG) as run, pytest.raises(RunError, match="was it edited"):
        run.load_resume()


def test_a_checkpoint_holds_the_weights_alone(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    run.save_checkpoint({"0.weight": np.ones((2, 3), np.float32)})
    assert load_state(tmp_path / "checkpoint.safetensors").keys() == {"0.weight"}


HOLD = """
import sys, time
from pathlib import Path
from groundup.train import RunFolder
with RunFolder(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_and_a_dead_one_is_not_waited_for(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, CONFIG)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunLockedError, match=rf"got process {holder.pid} at work in it"), RunFolder(tmp_path):
            pass
        holder.kill()
        holder.wait()
    assert (tmp_path / "run.lock").read_text() == str(holder.pid), "the dead process's name is still there"
    with RunFolder(tmp_path):
        assert (tmp_path / "run.lock").read_text() == str(os.getpid())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, CONFIG)
    (tmp_path / "metrics.jsonl").symlink_to("/dev/full")
    full = "expected to write metrics.jsonl, got: No space left on device; what was saved before is whole"

    def write() -> None:
        with run:
            run.add_metric(Metric(1, 1, "train", 0.5))

    with pytest.raises(OSError, match=full):
        write()


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"expected to write config\.json, got: (Not a directory|File exists)"):
        RunFolder.create(tmp_path / "file" / "run", CONFIG)

"""Labs as a user runs them: the command line, Ctrl-C, kill -9, another program reading the JSON, PyTorch reading the weights."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from groundup.course.manifest import load_course
from groundup.labs import LABS
from groundup.labs.mnist_mlp import MnistSettings, task

GROUNDUP = [sys.executable, "-m", "groundup"]


def lab(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GROUNDUP_") or k == "GROUNDUP_DATA"}
    command = [*GROUNDUP, "lab", *words]
    env = clean | {"COLUMNS": "200"} | environment
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=env)


def test_list_is_for_people_and_for_programs(tmp_path: Path) -> None:
    assert "mnist-mlp" in lab("list", cwd=tmp_path).stdout
    rows = json.loads(lab("list", "--json", cwd=tmp_path).stdout)
    assert [row["name"] for row in rows] == list(LABS)
    assert all(row["covers"] and row["about"] for row in rows)


def test_json_is_one_line_last_and_the_only_one(tmp_path: Path) -> None:
    done = lab("run", "xor", "--quick", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert result["lab"] == "xor"
    assert Path(tmp_path, result["run"]).parent == tmp_path / "runs"
    assert "run folder" in done.stderr


def test_the_report_of_the_latest_run_is_shown(tmp_path: Path) -> None:
    assert "found none; `groundup lab run xor` makes one" in lab("report", cwd=tmp_path).stderr
    lab("run", "xor", "--quick", cwd=tmp_path)
    shown = lab("report", cwd=tmp_path)
    assert "What happened" in shown.stdout
    assert "boundary.svg" in shown.stdout
    assert shown.stdout.splitlines()[-1].endswith("report.md")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "mnist-mpl"], "did you mean 'mnist-mlp'"),
        (["run", "perceptron", "--hidden", "3"], "got --hidden; this lab has none"),
        (["run", "xor", "--resume", "nowhere"], "expected a run with its config.json, found none"),
        (["report", "nowhere"], "found no run"),
        (["compare", "perceptron"], "expected a lab with one network in NumPy, got perceptron"),
        (["run", "xor", "--epochs", "0"], "at least 1 epoch"),
        (["run", "xor", "--set", "lr"], "expected --set NAME=VALUE, got 'lr'"),
        (["run", "xor", "--set", "lr=fast"], "expected lr to be float, got 'fast'"),
        (["run", "mnist-mlp", "--recipe", "best"], "expected a recipe among plain, augmented, got 'best'"),
        (["run", "mnist-mlp", "--backend", "jax"], "expected backend to be one of numpy, torch, got 'jax'"),
        (["run", "mnist-mlp", "--track", "tensorbord"], "did you mean 'tensorboard'"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(tmp_path: Path, words: list[str], message: str) -> None:
    done = lab(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "runs").exists()


def test_data_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    done = lab("run", "mnist-cnn", "--set", "data=nowhere/at/all", cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere/at/all" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def start(*words: str, cwd: Path) -> "subprocess.Popen[bytes]":
    command = [*GROUNDUP, "lab", "run", *words]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def wait_for(file: Path, lines: int) -> None:
    """Until a process has written so many lines of metrics."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if file.is_file() and file.read_bytes().count(b"\n") >= lines:
            return
        time.sleep(0.01)
    raise TimeoutError(f"{file} has not got {lines} lines in a minute")


DIGITS = ["mnist-mlp", "--epochs", "4", "--run-dir"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert lab("run", *DIGITS, str(folder), cwd=folder.parent).returncode == 0
    return folder


def assert_same_end(folder: Path, whole: Path) -> None:
    for name in ("metrics.jsonl", "checkpoint.safetensors"):
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), f"{name} differs"
    ours, theirs = (json.loads((run / "result.json").read_text()) for run in (folder, whole))
    assert ours["scores"] == theirs["scores"]


def test_ctrl_c_ends_cleanly_and_the_run_goes_on(tmp_path: Path, whole: Path) -> None:
    folder = tmp_path / "run"
    with start(*DIGITS, str(folder), cwd=tmp_path) as process:
        wait_for(folder / "metrics.jsonl", 40)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[0].decode()
    assert process.returncode == 130, said
    assert f"Go on with: groundup lab run mnist-mlp --resume {folder}" in said
    assert "Traceback" not in said
    saved = (folder / "metrics.jsonl").read_bytes()
    assert (whole / "metrics.jsonl").read_bytes().startswith(saved)
    done = lab("run", "mnist-mlp", "--resume", str(folder), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert_same_end(folder, whole)


HARD = ["--set=dropout=0.2", "--set=augment=affine", "--set=schedule=plateau", "--set=optimiser=adam", "--lr=0.002"]


@pytest.mark.parametrize("backend", ["numpy", pytest.param("torch", marks=pytest.mark.slow)])
def test_kill_9_at_random_costs_nothing_but_time(tmp_path: Path, backend: str) -> None:
    """With everything that remembers something: dropout, augmentation, a plateau, Adam."""
    options = [*DIGITS[:-1], "--backend", backend, *HARD, "--run-dir"]
    undisturbed, folder = tmp_path / "whole", tmp_path / "run"
    assert lab("run", *options, str(undisturbed), cwd=tmp_path).returncode == 0
    at = np.sort(np.random.default_rng().integers(1, 480, 2))
    words = [*options, str(folder)]
    for lines in at:
        with start(*words, cwd=tmp_path) as process:
            wait_for(folder / "metrics.jsonl", int(lines))
            process.kill()
        words = ["mnist-mlp", "--resume", str(folder)]
    done = lab("run", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert_same_end(folder, undisturbed)


def test_a_second_process_in_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with start("mnist-mlp", "--epochs", "60", "--run-dir", str(folder), cwd=tmp_path) as process:
        wait_for(folder / "metrics.jsonl", 1)
        second = lab("run", "mnist-mlp", "--resume", str(folder), cwd=tmp_path)
        process.kill()
    assert second.returncode == 2
    assert f"got process {process.pid} at work in it" in second.stderr


def test_the_checkpoint_loads_in_pytorch_and_gives_the_same_accuracy(tmp_path: Path, whole: Path) -> None:
    state = load_file(whole / "checkpoint.safetensors")
    net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
    net.load_state_dict(state, strict=True)
    digits = task(MnistSettings())
    with torch.no_grad():
        said = net(torch.from_numpy(digits.x["test"])).argmax(dim=1).numpy()
    result = json.loads((whole / "result.json").read_text())
    assert (said == digits.labels["test"]).mean() == result["test_accuracy"]


def test_the_digits_are_learned_to_what_was_promised(tmp_path: Path) -> None:
    done = lab("run", "mnist-mlp", "--seeds", "3", "--json", cwd=tmp_path, GROUNDUP_DATA="")
    result = json.loads(done.stdout)
    assert result["test_accuracy"] >= 0.92
    assert min(result["test_accuracies"]) > result["scores"]["logistic regression (scikit-learn)"]
    assert result["sizes"]["test"] == 500


def test_mine_trains_with_the_learners_file_beside_ours(tmp_path: Path) -> None:
    concept = load_course().concepts["perceptron"]
    home = tmp_path / "work"
    none = lab("run", "perceptron", "--mine", cwd=tmp_path)
    assert none.returncode == 2
    subprocess.run([*GROUNDUP, "start", "work"], cwd=tmp_path, check=True, capture_output=True)
    none = lab("run", "perceptron", "--mine", cwd=home)
    assert "expected a concept with every exercise passed, found none yet" in none.stderr
    (home / f"{concept.path}.py").write_bytes(concept.file.read_bytes())
    subprocess.run([*GROUNDUP, "check", "perceptron"], cwd=home, check=True, capture_output=True)
    done = lab("run", "perceptron", "--mine", "--json", cwd=home)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["mine"] == [concept.module]
    assert result["ledger"]["yours"]["accuracy"] == result["ledger"]["ours"]["accuracy"] == result["test_accuracy"]
    assert "## Yours beside ours" in (Path(result["run"]) / "report.md").read_text()
    ours = json.loads((Path(result["run"]) / "ours" / "result.json").read_text())
    assert ours["mine"] == []


def test_compare_finds_numpy_and_pytorch_alike(tmp_path: Path) -> None:
    done = lab("compare", "mnist-mlp", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["steps"] == 100
    assert 0 < max(result["difference"].values()) <= 1e-9, "no difference at all: is one compared with itself?"
    assert result["milliseconds"]["ratio"] > 0
    assert result["megabytes"]["torch"]["imports"] > result["megabytes"]["numpy"]["imports"]
    folder = tmp_path / result["run"]
    assert (folder / "figures" / "compare.svg").is_file()
    assert "They agree" in (folder / "report.md").read_text()

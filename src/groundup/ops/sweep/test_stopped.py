"""Sweeps that were stopped, killed, joined; workers in other processes."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from optuna.trial import TrialState
from rich.console import Console

from groundup.ops.sweep import Plan, run_sweep, status, trial
from groundup.ops.sweep.engine import leading
from groundup.ops.sweep.locks import alone, held
from groundup.ops.sweep.study import open_study, quiet, trials_of
from groundup.train import RunFolder
from support.sweeps import plan_in, sweep, tried


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of two trials, run through."""
    folder = tmp_path_factory.mktemp("sweeps") / "first"
    sweep(folder, trials=2, pruner="none")
    return folder


def abandon(plan: Plan) -> int:
    """A trial that was begun by a process that is no more; its number."""
    with quiet(), ExitStack() as stack:
        claimed = trial._claim(open_study(plan), plan, stack)
        assert claimed
        assert held(plan.trial_folder(claimed[0].number) / "run.lock")
        return claimed[0].number


def test_a_killed_trial_fails_and_its_settings_are_tried_again(first: Path, tmp_path: Path) -> None:
    plan = plan_in(tmp_path, trials=2)
    assert abandon(plan) == 0
    assert status(tmp_path)["to_repeat"] == 1
    result, said = sweep(tmp_path, resume=tmp_path)
    settings = tried(tmp_path)
    assert settings == [settings[0], settings[0], tried(first)[1]]
    assert (result["complete"], result["failed"]) == (2, 0)
    again = "| 0 | failed: killed, its settings tried again as trial 1 |"
    assert again in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert RunFolder(plan.trial_folder(0)).result == {
        "state": "failed", "reason": "killed; its settings are tried again",
    }  # fmt: skip
    assert said.count("\ntrial   ") == 2


def test_settings_that_kill_thrice_are_left(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, trials=1)
    assert [abandon(plan) for _ in range(trial.KILLS)] == [0, 1, 2]
    with pytest.raises(RuntimeError, match=r"trial 2: killed, again and again"):
        sweep(tmp_path, resume=tmp_path)
    assert status(tmp_path)["failed"] == 1


def test_what_a_stopped_trial_saved_is_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_in(tmp_path, trials=1, fixed={"epochs": "30", "batch_size": "8"})
    monkeypatch.setattr(trial, "LOOK_SECONDS", 0.0)
    looks = iter([True] * 60)
    with quiet(), ExitStack() as stack:
        claimed = trial._claim(open_study(plan), plan, stack)
        assert claimed
        claimed[2].save_checkpoint({})
        with pytest.raises(KeyboardInterrupt):
            trial._run(plan, open_study(plan), *claimed, lambda: next(looks, False))
        claimed[0].set_user_attr("stopped", True)
    before = len(RunFolder(plan.trial_folder(0)).metrics())
    assert before > 50
    sweep(tmp_path, resume=tmp_path)
    again = RunFolder(plan.trial_folder(1))
    assert [m.epoch for m in again.metrics() if m.split == "val"] == list(range(31))
    reported = trials_of(open_study(plan))[1].intermediate_values
    assert sorted(reported) == list(range(1, 31))


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    folder, said = tmp_path / "s", io.StringIO()

    def press() -> None:
        for _ in range(1000):
            if (folder / "trials" / "0001" / "log.txt").is_file():
                os.kill(os.getpid(), signal.SIGINT)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=press)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_sweep("binary-classification", trials=500, jobs=1, run_dir=folder, console=Console(file=said, width=200))
    thread.join()
    assert f"Go on with: groundup sweep --resume {folder}" in said.getvalue()
    assert not list((folder / "leaders").iterdir())
    stood = status(folder)
    assert stood["running"] == []
    assert 1 <= stood["complete"] + stood["pruned"] < 100


def test_two_on_one_folder_share_the_trials(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, trials=5)
    with leading(plan) as one, leading(plan) as other, ThreadPoolExecutor(2) as pool:
        for working in [pool.submit(trial.work, plan, leader.path) for leader in (one, other)]:
            working.result()
    states = [t.state for t in trials_of(open_study(plan))]
    assert states == [TrialState.COMPLETE] * 5
    assert len(list((tmp_path / "trials").iterdir())) == 5


def test_a_lock_is_for_one_at_a_time(tmp_path: Path) -> None:
    inside, most = [0], [0]

    def enter() -> None:
        with alone(tmp_path / "x.lock"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            inside[0] -= 1

    with ThreadPoolExecutor(4) as pool:
        for entered in [pool.submit(enter) for _ in range(8)]:
            entered.result()
    assert most == [1]
    assert not held(tmp_path / "x.lock")


def test_workers_without_a_leader_do_nothing(tmp_path: Path) -> None:
    plan = plan_in(tmp_path)
    trial.work(plan, tmp_path / "leaders" / "gone.lock")
    assert trials_of(open_study(plan)) == []


def test_worker_processes(first: Path, tmp_path: Path) -> None:
    result, _ = sweep(tmp_path / "s", trials=3, jobs=2, pruner="none")
    assert result["complete"] == 3
    assert tried(tmp_path / "s")[:1] == tried(first)[:1]


COMMAND = """
from pathlib import Path
from groundup.ops.sweep import run_sweep
run_sweep({lab!r}, trials=6, jobs=2, run_dir=Path({folder!r}), fixed={{"epochs": "60", "batch_size": "16"}})
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The folder of a sweep of which every process was killed while trials ran."""
    folder = tmp_path / "s"
    code = COMMAND.format(lab="binary-classification", folder=str(folder))
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.DEVNULL)
    for _ in range(1000):
        if (folder / "trials" / "0001" / "resume.safetensors").is_file() or process.poll() is not None:
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return folder


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed another way there")
def test_after_kill_9_of_everything_no_trial_is_lost(killed: Path) -> None:
    stood = status(killed)
    assert stood["running"] == []
    assert stood["to_repeat"] >= 1
    result, _ = sweep(killed, resume=killed, jobs=2)
    assert result["complete"] + result["pruned"] == 6
    assert status(killed)["to_repeat"] == 0


@pytest.mark.slow
def test_ray_runs_the_same_calls(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray", reason="needs Ray: pip install 'groundup[scale]'")
    try:
        result, _ = sweep(tmp_path / "s", trials=3, jobs=2, engine="ray", pruner="none")
    finally:
        ray.shutdown()
    assert result["complete"] == 3

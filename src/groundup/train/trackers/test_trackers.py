"""What all trackers share, without any of their packages: names, thinning, catching up, and failing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from groundup.train import Checkpoint, Interrupted, MetricsWriter, RunFolder
from groundup.train.trackers import TRACKERS, conclude, failures, tracker_names
from groundup.train.trackers.base import Point, Tracker, flat, home, numbers
from groundup.train.trackers.testing_run import (
    CONFIG,
    EPOCHS,
    INTERRUPTED_AT,
    RESULT,
    STEPS,
    Stop,
    assert_curves,
    finish,
    trainer,
)


class Ledger(Tracker):
    """Keeps what it is given in a class attribute, which outlives a tracker as a store does."""

    name = "ledger"
    rows: ClassVar[dict[str, list[tuple[int, float]]]] = {}
    events: ClassVar[list[Any]] = []

    def open(self, step: int) -> dict[str, int]:
        self.events.append(("open", step))
        return {split: self.rows[f"{split}/loss"][-1][0] for split in ("train", "val") if f"{split}/loss" in self.rows}

    def send(self, points: Sequence[Point]) -> None:
        for point in points:
            for key, value in point.values.items():
                self.rows.setdefault(key, []).append((point.step, value))

    def report(self, step: int, result: Mapping[str, Any], figures: Sequence[Path]) -> None:
        self.events.append(("report", step, result, figures))

    def close(self, status: str) -> None:
        self.events.append(("close", status))


class Full(Ledger):
    """A ledger on a disk that has room for the first delivery alone."""

    name = "full"

    def send(self, points: Sequence[Point]) -> None:
        if self.rows:
            raise OSError(28, "No space left on device")
        super().send(points)


@pytest.fixture(autouse=True)
def _empty_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger.rows.clear()
    Ledger.events.clear()
    monkeypatch.setattr("groundup.train.trackers.base.SECONDS", 0.0)


def train(folder: Path, kind: type[Tracker], *more: Any) -> RunFolder:
    begun = (folder / "config.json").is_file()
    with (RunFolder.resume if begun else RunFolder.create)(folder, CONFIG) as run:
        trainer(MetricsWriter(run), Checkpoint(run, every_seconds=1000), kind(run, CONFIG), *more).fit(EPOCHS)
    return run


def read(key: str) -> list[tuple[int, float]]:
    return Ledger.rows[key]


def test_names_are_read_in_order_and_each_once() -> None:
    assert tracker_names("") == tracker_names(" , ") == []
    assert sorted(TRACKERS) == ["mlflow", "tensorboard", "wandb"]


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(LookupError, match="unknown tracker 'tensorbord'; did you mean 'tensorboard'"):
        tracker_names("tensorbord")


@pytest.mark.parametrize("folder", [False, True])
def test_a_missing_package_is_one_sentence_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: bool
) -> None:
    """A folder of the package's name on the path, as a run's wandb/ may be, is no package."""
    monkeypatch.setitem(TRACKERS, "not_installed", Ledger)
    monkeypatch.syspath_prepend(tmp_path)
    if folder:
        (tmp_path / "not_installed").mkdir()
    with pytest.raises(ImportError, match=r"package not_installed, found none; .* pip install 'groundup\[track\]'$"):
        tracker_names("not_installed")


def test_it_has_every_tenth_step_every_validation_and_the_learning_rate(tmp_path: Path) -> None:
    run = train(tmp_path, Ledger)
    assert_curves(run, read)
    assert read("train/learning_rate") == [(step, 0.1) for step, _ in read("train/loss")]
    assert Ledger.events == [("open", 0), ("close", "FINISHED")]


def test_a_resumed_run_sends_nothing_twice_and_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train(tmp_path, Ledger, Stop(INTERRUPTED_AT, 2))
    assert Ledger.events == [("open", 0), ("close", "KILLED")]
    lost = Ledger.rows["train/loss"].pop(), Ledger.rows["val/loss"].pop()
    Ledger.rows["train/accuracy"].pop(), Ledger.rows["val/accuracy"].pop()
    assert [step for step, _ in lost] == [11, 8]
    assert_curves(train(tmp_path, Ledger), read)
    assert Ledger.events[2:] == [("open", INTERRUPTED_AT), ("close", "FINISHED")]


def test_an_error_in_training_is_told_as_such(tmp_path: Path) -> None:
    class Broken(Stop):
        def on_step(self, *_: Any) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(tmp_path, Ledger, Broken(1, 2))
    assert Ledger.events[-1] == ("close", "FAILED")


def test_the_result_is_recorded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRACKERS, "json", Ledger)  # a name for which there is a package
    run = train(tmp_path, Ledger)
    figure = finish(run)
    conclude("json", run, CONFIG)
    conclude("json", run, CONFIG)
    assert Ledger.events[2:] == [("open", STEPS), ("report", STEPS, RESULT, [figure]), ("close", "FINISHED")]
    assert_curves(run, read)


def test_a_run_that_was_not_tracked_is_recorded_whole_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TRACKERS, "json", Ledger)
    with RunFolder.create(tmp_path, CONFIG) as run:
        trainer(MetricsWriter(run), Checkpoint(run)).fit(EPOCHS)
    conclude("json", run, CONFIG)
    assert_curves(run, read)


def test_a_failing_tracker_is_said_once_and_noted_and_the_training_is_as_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunFolder.create(tmp_path / "alone", CONFIG) as alone:
        trainer(MetricsWriter(alone)).fit(EPOCHS)
    run = train(tmp_path / "run", Full)
    assert run.metrics() == alone.metrics()
    (sentence,) = failures(run)
    assert sentence == (
        f"full: expected to record the run {tmp_path / 'run'}, got OSError: [Errno 28] No space left on device; "
        "the training goes on without it, and metrics.jsonl has every step"
    )
    assert capsys.readouterr().err == sentence + "\n"
    monkeypatch.setitem(TRACKERS, "json", Full)
    conclude("json", run, CONFIG)
    assert Ledger.events == [("open", 0)]


def test_it_tries_again_when_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = train(tmp_path, Full)
    monkeypatch.setattr(Full, "send", Ledger.send)
    train(tmp_path, Full)
    assert failures(run) == []
    assert_curves(run, read)


def test_a_note_that_cannot_be_written_either_is_said_and_does_not_stop_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "trackers.json").mkdir()
    run = train(tmp_path, Ledger)
    assert len(run.metrics()) == STEPS + EPOCHS + 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "(this could not be noted in trackers.json: " in said
    assert failures(run) == []


def test_settings_are_made_flat() -> None:
    nested = {"lab": "xor", "seeds": [0, 1], "settings": {"lr": 0.1, "deep": {"on": True, "none": None}}}
    assert flat(nested) == {
        "lab": "xor", "seeds": "[0, 1]", "settings.lr": 0.1, "settings.deep.on": True, "settings.deep.none": "null",
    }  # fmt: skip
    assert numbers(nested) == {"settings.lr": 0.1}


def test_the_store_is_above_the_run_and_above_the_run_it_is_a_part_of(tmp_path: Path) -> None:
    assert home(tmp_path / "runs" / "one") == tmp_path / "runs"
    RunFolder.create(tmp_path / "runs" / "many", CONFIG)
    assert home(tmp_path / "runs" / "many" / "seed-0") == tmp_path / "runs"

"""live-loop: the loop against the Trainer bit for bit, going on after a stop, and what the terminal shows."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from groundup.labs import live_loop
from groundup.labs.live_loop import LiveSettings, apart, by_trainer, start, train
from groundup.labs.screen import Screen
from groundup.labs.task import Task
from groundup.train import DivergedError, Metric, RunFolder

SETTINGS = LiveSettings(epochs=3, hidden=8, batch_size=64)


@pytest.fixture(scope="module")
def digits() -> Task:
    """600 of the digits: enough to see a difference in a bit."""
    whole = live_loop.task(SETTINGS)
    rows = {"train": 400, "val": 100, "test": 100}
    x = {part: whole.x[part][:n] for part, n in rows.items()}
    labels = {part: whole.labels[part][:n] for part, n in rows.items()}
    return Task(**{**vars(whole), "x": x, "labels": labels, "target": labels})


class StopError(Exception):
    """Whoever runs it has had enough."""


class Stopping(Screen):
    """Ends the run in the middle of an epoch, as a kill would."""

    def show(self, run: RunFolder, *, epoch_ended: bool = False) -> None:
        if not epoch_ended and run.metrics()[-1].step == 10:
            raise StopError


def loop(
    run: RunFolder, digits: Task, settings: LiveSettings = SETTINGS, screen: type[Screen] = Screen
) -> dict[str, np.ndarray]:
    model, optimiser, loader = start(settings, digits)
    val = (digits.x["val"], digits.labels["val"])
    watched = screen(Console(file=StringIO()), settings.epochs, len(loader))
    train(model, digits.loss, optimiser, loader, val, settings.epochs, run, watched)
    return model.state_dict()


def test_the_loop_and_the_trainer_agree_to_the_last_bit(digits: Task, tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "run", {}) as run:
        last = loop(run, digits)
        metrics, weights = by_trainer(SETTINGS, digits)
        assert run.metrics() == metrics
    assert len(metrics) == 1 + 3 * (7 + 1)
    facts = apart(metrics, metrics, last, weights)
    assert facts["weights_differ"] == facts["metrics_differ"] == 0
    assert facts["weights"] == 784 * 8 + 8 + 8 * 10 + 10


def test_a_difference_is_counted() -> None:
    ours, theirs = [Metric(1, 1, "train", 1.0, 0.5)], [Metric(1, 1, "train", 1.5, 0.5)]
    facts = apart(ours, theirs, {"w": np.array([1.0, 2.0])}, {"w": np.array([1.0, 2.25])})
    assert (facts["metrics_differ"], facts["metrics_apart"]) == (1, 0.5)
    assert (facts["weights_differ"], facts["weights_apart"]) == (1, 0.25)


def test_a_loop_that_was_stopped_goes_on_bit_for_bit(digits: Task, tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "whole", {}) as run:
        whole = loop(run, digits)
    with RunFolder.create(tmp_path / "run", {}) as run, pytest.raises(StopError):
        loop(run, digits, screen=Stopping)
    with RunFolder.resume(tmp_path / "run", {}) as run:
        again = loop(run, digits)
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == (tmp_path / "whole" / "metrics.jsonl").read_bytes()
    assert all(np.array_equal(whole[name], again[name]) for name in whole)
    kept = [(tmp_path / name / "checkpoint.safetensors").read_bytes() for name in ("whole", "run")]
    assert kept[0] == kept[1]


def test_steps_that_are_too_long_are_said_to_be(digits: Task, tmp_path: Path) -> None:
    settings = LiveSettings(epochs=3, hidden=8, lr=1e30)
    with RunFolder.create(tmp_path / "run", {}) as run, np.errstate(all="ignore"):
        with pytest.raises(DivergedError, match="expected a finite loss"):
            loop(run, digits, settings)
        assert all(np.isfinite(metric.loss) for metric in run.metrics())


def test_a_terminal_shows_both_charts_and_a_log_a_line_an_epoch(tmp_path: Path) -> None:
    metrics = [Metric(0, 0, "val", 2.3, 0.1), Metric(5, 1, "train", 1.5, 0.4), Metric(10, 1, "val", 0.5, 0.875)]
    shown, log = StringIO(), StringIO()
    with RunFolder.create(tmp_path / "run", {}) as run:
        for metric in metrics:
            run.add_metric(metric)
        with Screen(Console(file=shown, force_terminal=True, width=100, height=30), 2, 10) as screen:
            screen.show(run)
        with Screen(Console(file=log), 2, 10) as plain:
            plain.show(run)
            plain.show(run, epoch_ended=True)
    assert "loss" in shown.getvalue()
    assert "accuracy" in shown.getvalue()
    assert log.getvalue() == "epoch 1/2  validation loss 0.5000 accuracy 87.5%\n"


def test_the_report_has_the_loop_itself_the_chart_and_the_figure(
    digits: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_loop, "task", lambda settings: digits)
    with RunFolder.create(tmp_path / "run", {}) as run:
        outcome = live_loop.run(run, SETTINGS, Console(file=StringIO()))
    text = "\n\n".join(outcome.happened)
    assert "model.backward(loss.backward())" in text
    assert "to the last bit" in text
    assert "\x1b" not in text
    assert outcome.facts["weights_differ"] == 0
    assert json.dumps(outcome.facts)
    assert [figure.stem for figure in outcome.figures] == ["learning"]
    assert max(map(len, live_loop.inspect.getsource(train).splitlines())) <= 72, "the page is no wider"

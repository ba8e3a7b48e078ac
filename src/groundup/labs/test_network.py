"""The way from a task to a trained network: both backends, every optimiser and schedule, stopped and gone on with."""

import signal
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from groundup.labs.augmentation import AUGMENTATIONS, augmentation
from groundup.labs.blueprint import STARTS, concept, stack
from groundup.labs.network import OPTIMISERS, NetworkSettings, Trained, fit, learner_of, train
from groundup.labs.task import Task
from groundup.labs.torch_learner import device_of, need_torch
from groundup.nn.loss import CrossEntropyLoss
from groundup.train import SCHEDULES, Callback, Interrupted, Metric, RunFolder, Trainer, class_accuracy

SETTINGS = NetworkSettings(epochs=4, batch_size=16, lr=0.02)
PICTURES = concept("models.cnn", "CNN", num_classes=3, channels=(4,), hidden=8, dropout=0.3, batch_norm=True, size=12)


def task(network: Any = PICTURES, *, flat: bool = False) -> Task:
    """Three kinds of picture, a bright square in one of three places, in noise."""
    rng = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = rng.normal(0, 0.5, (120, 1, 12, 12)).astype(np.float32)
    for i, k in enumerate(y):
        x[i, 0, 4 * k : 4 * k + 3, 2:6] += 1.0
    rows = {"train": slice(0, 80), "val": slice(80, 100), "test": slice(100, 120)}
    x = x.reshape(120, -1) if flat else x
    labels = {part: y[r].astype(np.int64) for part, r in rows.items()}
    parts = {part: x[r] for part, r in rows.items()}
    return Task(
        parts, dict(labels), labels, list("abc"), network, CrossEntropyLoss(), class_accuracy, "squares", "drawn"
    )


def run(folder: Path, settings: NetworkSettings, *callbacks: Callback, subject: Task | None = None) -> Trained:
    begun = (folder / "config.json").is_file()
    with (RunFolder.resume if begun else RunFolder.create)(folder, {}) as opened:
        return train(opened, settings, subject or task(), Console(file=StringIO()), callbacks)


class PressCtrlC(Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        if metric.step == self.step:
            signal.raise_signal(signal.SIGINT)


def same_when_interrupted(tmp_path: Path, settings: NetworkSettings, step: int = 7) -> None:
    """A run that is stopped in the middle of an epoch and taken up again ends as one that was not, bit for bit."""
    whole = run(tmp_path / "whole", settings)
    with pytest.raises(Interrupted):
        run(tmp_path / "part", settings, PressCtrlC(step))
    rest = run(tmp_path / "part", settings)
    for name in ("metrics.jsonl", "checkpoint.safetensors"):
        assert (tmp_path / "part" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert (rest.accuracy, rest.loss, rest.stopped) == (whole.accuracy, whole.loss, whole.stopped)
    np.testing.assert_array_equal(rest.logits, whole.logits)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_it_goes_on_to_the_bit_with_every_optimiser(tmp_path: Path, backend: str, optimiser: str) -> None:
    settings = replace(SETTINGS, backend=backend, optimiser=optimiser, schedule="cosine", augment="shift")
    same_when_interrupted(tmp_path, settings)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_it_goes_on_to_the_bit_with_every_schedule(tmp_path: Path, schedule: str) -> None:
    same_when_interrupted(tmp_path, replace(SETTINGS, schedule=schedule, clip_norm=0.5, patience=2, augment="affine"))


def test_it_goes_on_to_the_bit_on_two_threads(tmp_path: Path) -> None:
    same_when_interrupted(tmp_path, replace(SETTINGS, threads=2, optimiser="adam"))


@pytest.mark.parametrize("step", [5, 10, 20])
def test_it_goes_on_to_the_bit_from_the_end_of_an_epoch_and_of_the_run(tmp_path: Path, step: int) -> None:
    same_when_interrupted(tmp_path, replace(SETTINGS, backend="torch", schedule="plateau"), step)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_both_backends_take_the_same_steps(tmp_path: Path, optimiser: str) -> None:
    """Without dropout nothing is drawn inside the network, so the curves agree to float32's rounding."""
    plain = task(concept("models.cnn", "CNN", num_classes=3, channels=(4,), hidden=8, dropout=0.0, size=12))
    settings = replace(SETTINGS, optimiser=optimiser, lr=0.005, clip_norm=1.0, augment="flip-crop", epochs=2)
    both = [
        run(tmp_path / backend, replace(settings, backend=backend), subject=plain).metrics
        for backend in ("numpy", "torch")
    ]
    losses = [[m.loss for m in metrics] for metrics in both]
    np.testing.assert_allclose(losses[0], losses[1], rtol=2e-3, atol=2e-5)
    assert losses[0] != losses[1], "no difference at all: is one compared with itself?"


@pytest.mark.parametrize("start", STARTS)
def test_a_stack_starts_alike_in_both(start: str) -> None:
    net = stack(("Linear", 144, 20), ("BatchNorm1d", 20), ("Tanh",), ("Dropout", 0.2), ("Linear", 20, 3), start=start)
    subject = task(net, flat=True)
    ours, theirs = (learner_of(replace(SETTINGS, backend=b), subject) for b in ("numpy", "torch"))
    assert ours.weights().keys() == theirs.weights().keys()
    for key, value in ours.weights().items():
        np.testing.assert_array_equal(value, theirs.weights()[key])
    np.testing.assert_allclose(ours.predict(subject.x["val"]), theirs.predict(subject.x["val"]), rtol=1e-4, atol=1e-5)
    assert ours.weights()["0.bias"].max() == 0


def test_an_unknown_start_is_refused() -> None:
    with pytest.raises(ValueError, match="expected start to be one of he"):
        stack(("Linear", 2, 2), start="warm")


def test_the_test_part_is_not_touched_by_fit(tmp_path: Path) -> None:
    subject = task()
    subject.x["test"][:] = np.nan
    with RunFolder.create(tmp_path, {}) as opened:
        trained = fit(opened, SETTINGS, subject, Console(file=StringIO()))
    assert trained.logits.size == 0
    assert np.isnan(trained.accuracy)
    assert trained.best().accuracy is not None


def test_a_run_that_no_longer_improves_ends_and_says_so(tmp_path: Path) -> None:
    trained = run(tmp_path, replace(SETTINGS, epochs=60, patience=2, lr=0.05))
    last = max(m.epoch for m in trained.metrics)
    assert last < 60
    assert trained.best_epoch == last - 2
    assert "no better validation loss" in trained.stopped
    again = run(tmp_path, replace(SETTINGS, epochs=60, patience=2, lr=0.05))
    assert max(m.epoch for m in again.metrics) == last


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_a_rate_beyond_reason_is_said_and_the_best_weights_stay(tmp_path: Path, backend: str) -> None:
    with pytest.raises(RuntimeError, match=r"expected a finite loss, got (nan|inf) in step \d+ .*or a bound on the"):
        run(tmp_path, replace(SETTINGS, lr=1e20, backend=backend))


def test_augmentations_keep_the_form_of_rows_and_of_pictures() -> None:
    pictures, rows = task().x["train"], task(flat=True).x["train"]
    for name in AUGMENTATIONS[1:]:
        for x in (pictures, rows):
            transform = augmentation(name, x)
            assert transform is not None
            changed = transform(x, np.random.default_rng(0))
            assert changed.shape == x.shape
            assert changed.dtype == x.dtype
            assert not np.array_equal(changed, x)
    assert augmentation("none", rows) is None
    with pytest.raises(ValueError, match="expected augment to be one of none"):
        augmentation("mirror", pictures)
    with pytest.raises(ValueError, match="expected pictures to augment, got rows of shape"):
        augmentation("shift", np.zeros((4, 30), np.float32))


def test_a_device_that_is_not_there_is_refused() -> None:
    torch = need_torch("test")
    assert device_of(torch, "cpu").type == "cpu"
    assert device_of(torch, "auto").type in ("cpu", "cuda", "mps")
    with pytest.raises(ValueError, match="expected --device auto or one of"):
        device_of(torch, "tpu")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"optimiser": "adamm"}, "optimiser to be one of sgd"),
        ({"schedule": "slow"}, "schedule to be one of constant"),
        ({"backend": "jax"}, "backend to be one of numpy, torch"),
        ({"patience": -1}, "patience at least 0"),
        ({"threads": 0}, "threads of at least 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NetworkSettings(**asked)

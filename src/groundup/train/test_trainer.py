"""The loop: it learns, it says when it diverges, and it goes on bit for bit after kill -9 at any moment."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from groundup.core import Array, Layer, load_state
from groundup.data import Loader
from groundup.models.mlp import MLP
from groundup.nn.loss import CrossEntropyLoss
from groundup.optim.sgd import SGD
from groundup.train import (
    Callback,
    Checkpoint,
    DivergedError,
    Interrupted,
    Metric,
    MetricsWriter,
    NumpyLearner,
    RunFolder,
    Trainer,
)
from groundup.train.metrics import class_accuracy


class Noise(Layer):
    """Draws from its own generator in training: what dropout will do."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def forward(self, x: Array) -> Array:
        return x + self.rng.normal(0, 0.01, x.shape) if self.training else x

    def backward(self, dy: Array) -> Array:
        return dy


class Noisy(Layer):
    """Noise, then an MLP."""

    def __init__(self) -> None:
        self.noise, self.mlp = Noise(7), MLP([2, 16, 3], rng=1)

    def forward(self, x: Array) -> Array:
        return self.mlp(self.noise(x))

    def backward(self, dy: Array) -> Array:
        return self.noise.backward(self.mlp.backward(dy))


def rows(n: int = 150) -> tuple[Array, np.ndarray]:
    """Three clouds."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 3
    return rng.normal(0, 0.4, (n, 2)) + np.array([[0, 1], [1, -1], [-1, -1]])[y], y


def trainer(*callbacks: Callback, lr: float = 0.1) -> Trainer:
    x, y = rows()
    model = Noisy().to(np.float64)
    optimiser = SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-3)
    learner = NumpyLearner(model, CrossEntropyLoss(), optimiser)
    loader = Loader(x[:120], y[:120], 16, rng=2)
    val = (x[120:], y[120:])
    return Trainer(learner, loader, val=val, measure=class_accuracy, callbacks=callbacks)


class Recorder(Callback):
    def __init__(self) -> None:
        self.steps: list[Metric] = []
        self.epochs: list[Metric | None] = []
        self.events: list[str] = []

    def on_start(self, trainer: Trainer) -> None:
        self.events.append("start")

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        self.steps.append(metric)

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        self.epochs.append(metric)

    def on_interrupt(self, trainer: Trainer) -> None:
        self.events.append("interrupt")

    def on_end(self, trainer: Trainer) -> None:
        self.events.append("end")


def test_it_learns_and_tells_each_moment() -> None:
    seen = Recorder()
    trainer(seen).fit(10)
    assert [m.step for m in seen.steps] == list(range(1, 81))
    assert [(m.epoch, m.step) for m in seen.epochs if m] == [(i, 8 * i) for i in range(11)]
    assert seen.events == ["start", "end"]
    first, last = seen.epochs[0], seen.epochs[-1]
    assert first is not None
    assert last is not None
    assert (last.accuracy or 0) > 0.9
    assert last.loss < 0.4 * first.loss


def test_noise_is_off_in_evaluation_and_on_again_after() -> None:
    subject = trainer()
    x, y = rows()
    once, again = subject.evaluate(x, y), subject.evaluate(x, y)
    np.testing.assert_array_equal(once[2], again[2])
    assert subject.learner.model.training


def test_evaluation_in_parts_equals_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = trainer()
    whole = subject.evaluate(*rows())
    monkeypatch.setattr("groundup.train.trainer.EVALUATION_ROWS", 7)
    parts = subject.evaluate(*rows())
    np.testing.assert_allclose(parts[2], whole[2], rtol=1e-12)


def test_a_loss_that_is_no_number_stops_the_run_and_says_what_to_try() -> None:
    seen = Recorder()
    with pytest.raises(DivergedError, match=r"got (nan|inf) in step \d+ .*Try a learning rate of 1e\+49"):
        trainer(seen, lr=1e50).fit(10)
    assert seen.events == ["start", "end"]
    assert all(np.isfinite(m.loss) for m in seen.steps)


class PressCtrlC(Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        if metric.step == self.step:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("step", [1, 5, 8, 12, 80])
def test_ctrl_c_finishes_the_step_and_saves_and_the_rest_is_as_if_uninterrupted(tmp_path: Path, step: int) -> None:
    whole = run_in(tmp_path / "whole")
    with RunFolder.create(tmp_path / "parts", {}) as run:
        subject = trainer(MetricsWriter(run), Checkpoint(run), PressCtrlC(step))
        before = signal.getsignal(signal.SIGINT)
        with pytest.raises(Interrupted):
            subject.fit(10)
        assert subject.step == step
        assert signal.getsignal(signal.SIGINT) is before
    assert run_in(tmp_path / "parts") == whole


def run_in(folder: Path, epochs: int = 10) -> tuple[bytes, bytes, float]:
    """Train in a folder, from where it stands: the metrics, the best weights, the last accuracy."""
    begun = (folder / "config.json").is_file()
    with (RunFolder.resume if begun else RunFolder.create)(folder, {}) as run:
        subject = trainer(MetricsWriter(run), Checkpoint(run))
        subject.fit(epochs)
        weights = b"".join(value.tobytes() for value in subject.learner.weights().values())
        return (folder / "metrics.jsonl").read_bytes(), weights, subject.evaluate(*rows())[0]


def test_the_best_weights_are_those_of_the_lowest_validation_loss(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, {}) as run:
        checkpoint, seen = Checkpoint(run), Recorder()
        subject = trainer(MetricsWriter(run), checkpoint, seen, lr=0.5)
        subject.fit(12)
        losses = [m.loss for m in seen.epochs if m]
        assert checkpoint.best_epoch == int(np.argmin(losses)) < 12, "the last epoch is the best: nothing is shown"
        subject.learner.load_weights(load_state(tmp_path / "checkpoint.safetensors"))
        assert subject.val is not None
        assert subject.evaluate(*subject.val)[0] == min(losses)


def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    assert run_in(tmp_path) == run_in(tmp_path)


KILLED = """
import sys
from pathlib import Path
from groundup.train import Checkpoint, MetricsWriter, RunFolder
sys.path.insert(0, sys.argv[2])
from test_trainer import Callback, trainer
class Slow(Callback):
    def on_step(self, trainer, metric):
        import time
        time.sleep(0.002)
path = Path(sys.argv[1])
begun = (path / "config.json").is_file()
with (RunFolder.resume if begun else RunFolder.create)(path, {}) as run:
    print("begins", flush=True)
    trainer(MetricsWriter(run), Checkpoint(run, every_seconds=0.01), Slow()).fit(60)
"""


def test_kill_9_at_any_moment_costs_nothing_but_time(tmp_path: Path) -> None:
    """Killed four times at random and resumed each time, it ends as a run that was never touched, byte for byte."""
    whole = run_in(tmp_path / "whole", epochs=60)
    delays = np.random.default_rng().uniform(0.0, 0.7, 4)
    folder, killed = tmp_path / "killed", 0
    for delay in delays:
        command = [sys.executable, "-c", KILLED, str(folder), str(Path(__file__).parent)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begins\n"
            time.sleep(delay)
            killed += process.poll() is None
            process.kill()
    assert killed, f"every process had ended before its kill, after {delays} s"
    assert run_in(folder, epochs=60) == whole, f"killed after {delays} s"
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert set(names) <= {path.name for path in folder.iterdir()}

"""A small real run for the tests of the trackers: three clouds, ten epochs of eight steps, interrupted or killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import Array
from groundup.data import Loader
from groundup.models.mlp import MLP
from groundup.nn.loss import CrossEntropyLoss
from groundup.optim.sgd import SGD
from groundup.train import Callback, Checkpoint, Interrupted, Metric, MetricsWriter, RunFolder, Trainer, class_accuracy
from groundup.train.learner import NumpyLearner
from groundup.train.trackers import base, tracker

CONFIG: dict[str, Any] = {"lab": "clouds", "seeds": [0], "settings": {"lr": 0.1, "epochs": 10}, "mine": {}}
RESULT = {"test_accuracy": 0.9, "scores": {"Groundup (NumPy)": 0.9}, "source": "three clouds", "stand_in": True}
EPOCHS, STEPS = 10, 80
TRAIN = list(range(1, STEPS, base.EVERY))
VAL = list(range(0, STEPS + 1, 8))
INTERRUPTED_AT, KILLED_AT = 13, 50


class Stop(Callback):
    """Send this process a signal after a step."""

    def __init__(self, step: int, kind: signal.Signals) -> None:
        self.step, self.kind = step, kind

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        if metric.step == self.step:
            time.sleep(2.0 if self.kind == signal.SIGKILL else 0.0)  # so that more is on file than was saved
            os.kill(os.getpid(), self.kind)


def clouds(n: int = 150) -> tuple[Array, Any]:
    """Points (n, 2) of three classes, and the classes (n,)."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 3
    return rng.normal(0, 0.4, (n, 2)) + np.array([[0, 1], [1, -1], [-1, -1]])[y], y


def trainer(*callbacks: Callback) -> Trainer:
    """A network of one hidden layer before its first step."""
    x, y = clouds()
    model = MLP([2, 16, 3], rng=1).to(np.float64)
    learner = NumpyLearner(model, CrossEntropyLoss(), SGD(model.parameters(), lr=0.1, momentum=0.9))
    loader = Loader(x[:120], y[:120], 16, rng=2)
    return Trainer(learner, loader, val=(x[120:], y[120:]), measure=class_accuracy, callbacks=callbacks)


def train_in(folder: Path, names: str, *more: Callback) -> RunFolder:
    """Train in a folder from where it stands. Saves at the end and when interrupted, and at no other time."""
    begun = (folder / "config.json").is_file()
    with (RunFolder.resume if begun else RunFolder.create)(folder, CONFIG) as run:
        saves = Checkpoint(run, every_seconds=1000)
        trainer(MetricsWriter(run), saves, *tracker(names, run, CONFIG), *more).fit(EPOCHS)
    return run


def train_in_three_parts(folder: Path, names: str) -> RunFolder:
    """Interrupted at a step, resumed and killed many steps later, resumed from the first stop to the end."""
    code = (
        "import sys; from pathlib import Path; from groundup.train.trackers import testing_run; "
        "testing_run.stopped(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])"
    )
    for step, kind, status in ((INTERRUPTED_AT, "SIGINT", 0), (KILLED_AT, "SIGKILL", -signal.SIGKILL)):
        command = [sys.executable, "-W", "error", "-c", code, str(folder), names, str(step), kind]
        done = subprocess.run(command, check=False, timeout=120, stdin=subprocess.DEVNULL)
        assert done.returncode == status, done
    return train_in(folder, names)


def stopped(folder: Path, names: str, step: int, kind: str) -> None:
    """Train until a signal; deliver every point at once, so that more is recorded than saved."""
    base.SECONDS = 0.0
    try:
        train_in(folder, names, Stop(step, signal.Signals[kind]))
    except Interrupted:
        return


def finish(run: RunFolder) -> Path:
    """Write a result and a figure, as a lab does; return the figure."""
    from PIL import Image

    run.write_json("result.json", RESULT)
    run.write_text("report.md", "# Clouds\n")
    figure = run.path / "figures" / "loss.png"
    figure.parent.mkdir()
    Image.new("RGBA", (30, 20), "white").save(figure)
    return figure


def assert_curves(run: RunFolder, read: Callable[[str], Sequence[tuple[int, float]]]) -> None:
    """Hold what a tracker recorded against metrics.jsonl: ``read("train/loss")`` gives steps and values in order."""
    for split, wanted in (("train", TRAIN), ("val", VAL)):
        for what in ("loss", "accuracy"):
            owed = [(m.step, getattr(m, what)) for m in run.metrics() if m.split == split and m.step in wanted]
            found = read(f"{split}/{what}")
            assert [step for step, _ in found] == wanted == [step for step, _ in owed], f"{split}/{what}"
            np.testing.assert_allclose([v for _, v in found], [v for _, v in owed], rtol=1e-6, err_msg=what)

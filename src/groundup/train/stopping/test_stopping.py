"""Early stopping: the rule by hand and against PyTorch's plateau; a run that it ends is the same after any crash."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import load_state
from groundup.data import Loader
from groundup.models.mlp import MLP
from groundup.nn.loss import CrossEntropyLoss
from groundup.optim.schedule import ReduceLROnPlateau
from groundup.optim.sgd import SGD
from groundup.train import Callback, Checkpoint, Metric, MetricsWriter, NumpyLearner, RunFolder, Trainer
from groundup.train.metrics import class_accuracy
from groundup.train.rates import _dial
from groundup.train.stopping import EarlyStopping, Patience, generalisation_loss, rates_on_plateau, replay
from support.parity import twin

torch = pytest.importorskip("torch")
THEIRS = twin("train/stopping")
curves = st.lists(st.floats(0.1, 10), min_size=1, max_size=40)


def test_a_run_waits_from_its_best_epoch_on() -> None:
    rule = Patience(2)
    steps = [(rule.step(m), rule.best, rule.waited) for m in (3.0, 2.0, 2.5, 1.5, 1.5, 1.6)]
    assert steps == [(False, 3, 0), (False, 2, 0), (False, 2, 1), (False, 1.5, 0), (False, 1.5, 1), (True, 1.5, 2)]


@pytest.mark.parametrize(
    ("mode", "measure", "better"),
    [
        ("min", 0.9, True), ("min", 0.95, False), ("min", 1.0, False), ("min", 0.96, False), ("min", np.nan, False),
        ("max", 1.1, True), ("max", 1.05, False), ("max", 1.0, False), ("max", 0.5, False), ("max", np.nan, False),
    ],
)  # fmt: skip
def test_better_by_more_than_min_delta(mode: str, measure: float, better: bool) -> None:
    rule = Patience(3, min_delta=0.0625, mode=mode)
    assert rule.improved(measure) == (measure == measure)  # whatever comes first is better than nothing, but for nan
    rule.step(1.0)
    assert rule.improved(measure) == better


@given(measures=curves, patience=st.integers(1, 6))
def test_it_ends_at_the_first_epoch_that_is_so_many_behind_the_best(measures: list[float], patience: int) -> None:
    last, best = replay(measures, Patience(patience))
    lowest = [int(np.argmin(measures[: t + 1])) for t in range(len(measures))]  # the earlier of equals
    late = [t for t in range(len(measures)) if t - lowest[t] >= patience]
    assert (last, best) == (late[0] if late else len(measures) - 1, lowest[late[0] if late else -1])
    assert replay([-m for m in measures], Patience(patience, mode="max")) == (last, best)


@settings(deadline=None)  # the first call imports an optimiser
@given(losses=curves, patience=st.integers(0, 5))
def test_the_plateau_is_that_of_pytorch_and_of_our_scheduler(losses: list[float], patience: int) -> None:
    ours = rates_on_plateau(losses, 1.0, 0.5, patience)
    assert ours == THEIRS.rates_on_plateau(losses, 1.0, 0.5, patience)
    scheduler = ReduceLROnPlateau(_dial(1.0), factor=0.5, patience=patience, threshold=0.0, eps=0.0)
    for loss, rate in zip(losses, ours, strict=True):
        scheduler.step(loss)
        assert scheduler.optimizer.lr == rate


def test_generalisation_loss_counts_from_the_lowest_so_far() -> None:
    losses = np.array([4.0, 2.0, 3.0, 1.0, 1.25])
    np.testing.assert_allclose(generalisation_loss(losses), [0, 0, 0.5, 0, 0.25])
    assert generalisation_loss(losses.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Patience(0), "Patience: expected patience of at least 1"),
        (lambda: Patience(mode="least"), "Patience: expected mode to be min or max, got 'least'"),
        (lambda: Patience(min_delta=-1), "Patience: expected min_delta"),
        (lambda: replay([], Patience()), "replay: expected the measure of at least one epoch"),
    ],
)
def test_bad_input_is_refused(call, says) -> None:
    with pytest.raises(ValueError, match=says):
        call()


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping clouds: after a few epochs there is nothing left to learn but noise."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 6))
    return x, (x[:, :3] + rng.normal(size=(90, 3))).argmax(axis=1)


def trainer(*callbacks: Callback, val: bool = True, measure: bool = True) -> Trainer:
    x, y = rows()
    model = MLP([6, 16, 3], rng=1).to(np.float64)
    learner = NumpyLearner(model, CrossEntropyLoss(), SGD(model.parameters(), lr=0.05, momentum=0.9))
    held = (x[60:], y[60:]) if val else None
    loader = Loader(x[:60], y[:60], 10, rng=2)
    return Trainer(learner, loader, val=held, measure=class_accuracy if measure else None, callbacks=callbacks)


class Recorder(Callback):
    def __init__(self) -> None:
        self.measures: list[Metric] = []

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        if metric is not None:
            self.measures.append(metric)


@pytest.mark.parametrize("mode", ["min", "max"])
def test_the_callback_ends_the_run_where_the_rule_says(mode: str) -> None:
    seen, whole = Recorder(), Recorder()
    subject = trainer(seen, EarlyStopping(3, mode=mode))
    subject.fit(60)
    trainer(whole).fit(60)
    measures = [m.loss if mode == "min" else m.accuracy or 0.0 for m in whole.measures]
    last, best = replay(measures, Patience(3, mode=mode))
    assert subject.epoch == last == len(seen.measures) - 1 < 60
    assert best == last - 3
    what = "loss" if mode == "min" else "accuracy"
    assert subject.stopped == f"no better validation {what} than {measures[best]:.4g} for 3 epochs"


@pytest.mark.parametrize("without", ["val", "measure"])
def test_without_the_measure_it_never_ends_a_run(without: str) -> None:
    subject = trainer(EarlyStopping(1, mode="max"), **{without: False})
    subject.fit(3)
    assert (subject.epoch, subject.stopped) == (3, "")


class Crash(Callback):
    """The process dies after this step, whatever was saved before."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        if metric.step == self.step:
            raise MemoryError


def run_in(folder: Path, *callbacks: Callback) -> tuple[bytes, int, str, bytes]:
    begun = (folder / "config.json").is_file()
    with (RunFolder.resume if begun else RunFolder.create)(folder, {}) as run:
        checkpoint = Checkpoint(run, every_seconds=0.0)
        subject = trainer(MetricsWriter(run), EarlyStopping(4), checkpoint, *callbacks)
        subject.fit(60)
        weights = b"".join(value.tobytes() for value in subject.learner.weights().values())
        return (folder / "metrics.jsonl").read_bytes(), checkpoint.best_epoch, subject.stopped, weights


@pytest.mark.parametrize("step", [1, 6, 13, 25, 30])
def test_a_run_that_crashed_waits_on_from_where_it_was(tmp_path: Path, step: int) -> None:
    """After the first step, at the end of an epoch, in the middle: it stops in the same epoch, with the same weights."""
    whole = run_in(tmp_path / "whole")
    assert whole[2].endswith("for 4 epochs")
    with pytest.raises(MemoryError):
        run_in(tmp_path / "parts", Crash(step))
    assert run_in(tmp_path / "parts") == whole


def test_best_and_last_are_two_things(tmp_path: Path) -> None:
    """checkpoint.safetensors has the lowest loss of the run; the model in memory is some epochs on, and worse."""
    with RunFolder.create(tmp_path, {}) as run:
        seen = Recorder()
        subject = trainer(MetricsWriter(run), EarlyStopping(4), Checkpoint(run), seen)
        subject.fit(60)
        losses = [m.loss for m in seen.measures]
        assert subject.val is not None
        assert subject.evaluate(*subject.val)[0] == losses[-1] > min(losses)
        subject.learner.load_weights(load_state(tmp_path / "checkpoint.safetensors"))
        assert subject.evaluate(*subject.val)[0] == min(losses)


def test_a_pytorch_user_stops_in_the_same_epoch() -> None:
    measures = [3.0, 2.0, 2.2, 1.9, 1.9, 1.95, 2.0, 1.0]
    theirs, model, told = THEIRS, torch.nn.Linear(1, 1), iter(measures)

    def train_epoch() -> None:
        with torch.no_grad():
            model.weight += 1

    start = float(model.weight.detach())
    last = theirs.fit(train_epoch, lambda: next(told), model, theirs.Patience(3), 100)
    ours = replay(measures, Patience(3))
    assert (last - 1, round(float(model.weight.detach()) - start) - 1) == ours == (6, 3)
    falling = iter([3.0, 2.0, 1.0])
    assert theirs.fit(train_epoch, lambda: next(falling), model, theirs.Patience(3), 2) == 2


def test_the_twin_resumes_to_the_bit() -> None:
    theirs = THEIRS
    x, y = (torch.from_numpy(a) for a in rows())

    def make() -> tuple:
        torch.manual_seed(0)
        model = torch.nn.Linear(6, 3).double()
        return model, torch.optim.SGD(model.parameters(), 0.1, momentum=0.9), theirs.Patience(3), torch.Generator()

    def steps(parts: tuple, n: int) -> None:
        model, optimiser, rule, rng = parts
        for _ in range(n):
            picked = torch.randint(len(x), (10,), generator=rng)
            loss = torch.nn.functional.cross_entropy(model(x[picked]), y[picked])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rule.step(float(loss.detach()), model)

    whole, stopped, again = make(), make(), make()
    steps(whole, 7)
    steps(stopped, 3)
    saved = theirs.checkpoint(*stopped)
    steps(stopped, 2)  # what is saved does not move
    theirs.resume(saved, *again)
    steps(again, 4)
    assert torch.equal(whole[0].weight, again[0].weight)
    assert (whole[2].best, whole[2].waited) == (again[2].best, again[2].waited)
    assert all(torch.equal(value, again[2].weights[name]) for name, value in whole[2].weights.items())

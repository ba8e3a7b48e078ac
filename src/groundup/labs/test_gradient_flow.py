"""What flows through a network: the same in NumPy and PyTorch, and as large as the rule says."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from groundup.core import Array, IntArray
from groundup.labs import gradient_flow
from groundup.labs.flows import KINDS, Course, Flows, course_of, probe
from groundup.labs.gradient_flow import GradientFlowSettings, net, probe_steps, ratio
from groundup.labs.gradient_flow_report import forecast, weights_too
from groundup.labs.network import learner_of
from groundup.labs.task import Task
from groundup.nn.loss import CrossEntropyLoss
from groundup.train import Learner, Metric, RunFolder, Trainer, class_accuracy

SETTINGS = GradientFlowSettings(width=32, depth=5, activation="tanh", start="he")


def task(settings: GradientFlowSettings, dtype: str = "float64") -> Task:
    """Noise in ten classes."""
    rng = np.random.default_rng(0)
    x = {"train": rng.normal(size=(64, 20)).astype(dtype)}
    y: dict[str, IntArray] = {"train": rng.integers(10, size=64)}
    names = [str(k) for k in range(10)]
    return Task(x, dict(y), y, names, net(settings, 20, 10), CrossEntropyLoss(), class_accuracy, "noise", "drawn")


def flow(settings: GradientFlowSettings, dtype: str = "float64") -> dict[str, list[Array]]:
    noise = task(settings, dtype)
    return probe(learner_of(settings, noise), noise.x["train"], noise.target["train"]).by_kind()


@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-12), ("float32", 1e-4)])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_both_backends_see_the_same(activation: str, dtype: str, close: float) -> None:
    pytest.importorskip("torch")
    settings = replace(SETTINGS, activation=activation)
    ours, theirs = flow(settings, dtype), flow(replace(settings, backend="torch"), dtype)
    for kind in KINDS:
        assert len(ours[kind]) == (6 if kind == "weight gradient" else 5)
        for a, b in zip(ours[kind], theirs[kind], strict=True):
            assert a.dtype == b.dtype == np.dtype(dtype)
            assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(b), rel=close)
            np.testing.assert_allclose(a, b, rtol=0, atol=close * np.abs(a).max())


def test_what_is_seen_is_by_the_equations() -> None:
    """Eq. 3 from Eqs. 1 and 2: the gradient of a weight is that of its outputs times its inputs."""
    noise = task(SETTINGS)
    learner = learner_of(SETTINGS, noise)
    seen = probe(learner, noise.x["train"], noise.target["train"]).by_kind()
    for layer in range(1, 5):
        product = seen["gradient"][layer].T @ seen["activation"][layer - 1]
        np.testing.assert_allclose(seen["weight gradient"][layer], product, atol=1e-15)
    np.testing.assert_allclose(seen["weight gradient"][0], seen["gradient"][0].T @ noise.x["train"], atol=1e-15)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_probing_changes_no_weight_and_leaves_no_hook(backend: str) -> None:
    settings = replace(SETTINGS, backend=backend)
    noise = task(settings)
    learner = learner_of(settings, noise)
    before = learner.weights()
    first = probe(learner, noise.x["train"], noise.target["train"]).by_kind()
    again = probe(learner, noise.x["train"], noise.target["train"]).by_kind()
    for kind in KINDS:
        assert all(np.array_equal(a, b) for a, b in zip(first[kind], again[kind], strict=True))  # nothing added up
    assert all(np.array_equal(value, before[key]) for key, value in learner.weights().items())
    if backend == "torch":
        assert not any(module._forward_hooks or module._backward_hooks for module in learner.model)
    else:
        assert not any("forward" in vars(layer) for _, layer in learner.model.named_modules())


@pytest.mark.parametrize("start", ["small", "glorot", "he", "large", "orthogonal"])
def test_relu_multiplies_the_gradient_as_forecast(start: str) -> None:
    settings = replace(SETTINGS, activation="relu", start=start, width=256, depth=6)
    seen = flow(settings)["gradient"]
    norms = np.array([np.linalg.norm(gradient) for gradient in seen])
    assert ratio(norms) ** (1 / 5) == pytest.approx(forecast("relu", start, 256), rel=0.1)


def test_weights_may_hide_that_it_vanishes() -> None:
    """Level among the hidden layers, whatever the output layer has; and one whose gradient does not vanish is left out."""
    sizes = {"hidden": [1e-9, 2e-9, 1e-9, 1.0], "plain": [1e-9, 1e-5, 1e-1, 1.0], "healthy": [1.0, 1.0, 1.0, 1.0]}
    courses = {name: Course([0], {"weight gradient": np.array(norms)[:, None]}, {}) for name, norms in sizes.items()}
    said = weights_too(courses, {"hidden": 1e-9, "plain": 1e-9, "healthy": 1.0})
    assert said.startswith("In 1 of the 2 networks")
    assert said.endswith("in hidden it is at most 2.0e-09.")
    assert weights_too(courses, {"hidden": 1.0, "plain": 1e-9, "healthy": 1.0}).startswith("In none of the 1 networks")


def test_a_ratio_is_held_to_what_float32_has() -> None:
    assert ratio(np.array([3.0, 1.0, 1.5])) == 2.0
    assert ratio(np.array([0.0, 1.0])) == 1e-45
    assert ratio(np.array([1.0, 0.0])) == 1e-45
    assert ratio(np.array([np.inf, 1.0])) == 1e38


def test_probes_come_closer_together_at_the_beginning() -> None:
    steps = probe_steps(400)
    assert steps[0] == 1
    assert steps[-1] == 400
    assert list(steps) == sorted(set(steps))
    assert np.diff(steps)[-1] > 10 * np.diff(steps)[0]


def test_a_course_is_read_as_it_was_written(tmp_path: Path) -> None:
    noise = task(SETTINGS)
    learner: Learner = learner_of(SETTINGS, noise)
    watcher = Flows(tmp_path / "flow", noise.x["train"], noise.target["train"], (2,))
    trainer = Trainer(learner, None)  # type: ignore[arg-type]  # never asked for a batch here
    watcher.on_epoch(trainer, None)
    for step in (1, 2, 3):
        trainer.step = step
        watcher.on_step(trainer, Metric(step, 1, "train", 0.0))
    course = course_of(tmp_path / "flow")
    assert course.steps == [0, 2]
    now = probe(learner, noise.x["train"], noise.target["train"]).by_kind()
    for kind in KINDS:
        expected = [np.linalg.norm(array) for array in now[kind]]
        np.testing.assert_allclose(course.norms[kind][:, 0], expected)
        assert course.samples[kind].shape[:2] == (len(now[kind]), 2)
    assert set(course.samples["gradient"][0, 0]) <= set(now["gradient"][0].astype(np.float32).ravel())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"activations": "relu,gelu"}, "gelu"), ({"starts": "zero"}, "zero"), ({"depths": (1,)}, "at least 2 hidden")],
)
def test_settings_that_are_none(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        replace(SETTINGS, **wrong)  # type: ignore[arg-type]


def test_the_study_says_where_the_gradient_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)
    settings = GradientFlowSettings(
        epochs=1, rows=100, width=16, depths=(2, 6), activations="relu", starts="small,he,large"
    )
    with RunFolder.create(tmp_path / "run", {}) as run:
        outcome = gradient_flow.run(run, settings, Console(file=StringIO()))
    sizes = {name.split(", ", 1)[1]: value for name, value in outcome.measures.items()}
    assert sizes["relu, small, 6 layers"] < -4 < -1 < sizes["relu, he, 6 layers"] < 1 < sizes["relu, large, 6 layers"]
    assert len(outcome.tables[0].split("\n")) == 2 + 3
    assert "relu, small" in outcome.happened[0]
    assert all((tmp_path / "run" / "figures" / f"{figure.stem}.svg").is_file() for figure in outcome.figures)
    figures = gradient_flow.together([tmp_path / "run", tmp_path / "run"], tmp_path / "both")
    assert [figure.stem for figure in figures] == ["seeds"]

"""Maps of what counts in both backends, and the two checks of them."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from groundup.core import IntArray, Sequential, StateError
from groundup.labs import feature_maps
from groundup.labs.compare import difference
from groundup.labs.explain import (
    METHODS,
    RANDOM,
    SHARES,
    UNLIKE,
    Looker,
    area,
    blanked,
    convolutions,
    correlation,
    deletion,
    in_parts,
    seen_by,
)
from groundup.labs.feature_maps import FeatureSettings, as_trained
from groundup.labs.network import NetworkSettings, learner_of
from groundup.labs.task import Task
from groundup.labs.test_network import task as squares
from groundup.labs.torch_learner import TorchLearner
from groundup.models.cnn import CNN
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.train import NumpyLearner, RunFolder

QUICK = FeatureSettings(epochs=1, rows=200, channels=(3, 4), hidden=8, looked=4, shown=2)
RNG = np.random.default_rng(0)


def net(batch_norm: bool) -> CNN:
    return CNN(3, 1, (4, 5), 6, batch_norm=batch_norm, size=12, rng=np.random.default_rng(0))


def test_where_the_maps_of_a_convolution_are() -> None:
    assert convolutions(net(False)) == {"conv 1": "1", "conv 2": "4"}
    assert convolutions(net(True)) == {"conv 1": "2", "conv 2": "6"}
    seen = seen_by(net(True).eval(), np.ones((2, 1, 12, 12), np.float32), {"conv 1": "2", "conv 2": "6"})
    assert {name: maps.shape for name, maps in seen.items()} == {"conv 1": (2, 4, 10, 10), "conv 2": (2, 5, 3, 3)}
    assert all((maps >= 0).all() for maps in seen.values())


def test_both_backends_draw_the_same_maps() -> None:
    pytest.importorskip("torch")
    pictures: Task = squares().doubled()
    learner = learner_of(NetworkSettings(backend="torch"), pictures)
    assert isinstance(learner, TorchLearner)
    assert pictures.network.numpy is not None
    model = pictures.network.numpy(np.random.default_rng(5)).to(np.float64).eval()
    model.load_state_dict(learner.weights())
    x, classes = pictures.x["test"][:6], pictures.labels["test"][:6]
    looker = Looker(convolutions(model)["conv 1"], 0.0, seed=0)
    ours, theirs = looker.numpy(model, x, classes), looker.torch(learner, x, classes)
    assert list(ours) == list(theirs) == list(METHODS)
    for name in METHODS:
        assert ours[name].shape == theirs[name].shape == (6, 12, 12)
        assert np.abs(ours[name]).max() > 0
        if name != "SmoothGrad":  # each draws its own noise
            assert difference(ours[name], theirs[name]) < 1e-10


def test_blanking_takes_the_largest_first() -> None:
    x = np.arange(2 * 3 * 4, dtype=float).reshape(1, 2, 3, 4)
    order = np.array([[[0, 5, 1, 0], [9, 0, 0, 0], [0, 0, 7, 0]]], dtype=float)
    hidden = blanked(x, order, 0.25, -1.0)  # 3 of 12 pixels, in both channels
    gone = np.argwhere((hidden != x).any(axis=(0, 1)))
    assert gone.tolist() == [[0, 1], [1, 0], [2, 2]]
    assert (hidden[:, :, [0, 1, 2], [1, 0, 2]] == -1).all()
    assert np.array_equal(blanked(x, order, 0.0, -1.0), x)


def weighing(weight: np.ndarray) -> NumpyLearner:
    """Two classes; the logit of the second is what the pixels weigh."""
    model = Sequential(Flatten(), Linear(weight.size, 2, rng=RNG)).to(np.float64)
    model[1].load_state_dict({"weight": np.stack([0 * weight.ravel(), weight.ravel()]), "bias": np.zeros(2)})
    return NumpyLearner(model, None, None)  # type: ignore[arg-type]  # it never trains here


def test_the_true_map_falls_fastest_and_its_opposite_slowest() -> None:
    weight = RNG.random((8, 8)) ** 3
    x, classes = np.ones((5, 1, 8, 8)), np.ones(5, dtype=np.int64)
    maps = {"true": np.broadcast_to(weight, (5, 8, 8)), "opposite": np.broadcast_to(-weight, (5, 8, 8))}
    curves = deletion(weighing(weight), x, classes, maps, 0.0, np.random.default_rng(1))
    assert list(curves) == ["true", "opposite", UNLIKE, RANDOM]
    assert area(curves["true"]) < area(curves[RANDOM]) < area(curves["opposite"])
    assert len({curve[0] for curve in curves.values()}) == 1  # nothing is blanked yet
    assert curves["true"][0] == pytest.approx(1 / (1 + np.exp(-weight.sum())))
    left = np.sort(weight.ravel())[: 64 - round(64 * SHARES[-1])].sum()
    assert curves["true"][-1] == pytest.approx(1 / (1 + np.exp(-left)))


def test_area_and_correlation() -> None:
    assert area([0.7] * len(SHARES)) == pytest.approx(0.7)
    assert area([1 - 2 * s for s in SHARES]) == pytest.approx(0.5)
    maps = RNG.random((3, 5, 5))
    assert correlation(maps, 2 * maps + 3) == pytest.approx(1)
    assert correlation(maps, -maps) == pytest.approx(-1)
    assert correlation(maps, np.zeros((3, 5, 5))) == 0
    expected = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(maps, maps[::-1], strict=True)]
    assert correlation(maps, maps[::-1]) == pytest.approx(np.mean(expected))


def test_parts_make_a_whole() -> None:
    def doubled(x: np.ndarray, classes: IntArray) -> dict[str, np.ndarray]:
        assert len(x) == len(classes) <= 3
        return {"twice": 2 * x}

    x = np.arange(8.0)
    assert np.array_equal(in_parts(doubled, x, np.arange(8), rows=3)["twice"], 2 * x)


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run on the embedded digits."""
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)
    folder = tmp_path / "run"
    with RunFolder.create(folder, {"lab": "feature-maps", "seeds": [7], "settings": {"channels": [3, 4], "hidden": 8,
                                                                                     "rows": 200}}) as run:  # fmt: skip
        outcome = feature_maps.run(run, replace(QUICK, seed=7), Console(file=StringIO()))
    stems = [figure.stem for figure in outcome.figures]
    assert stems[:3] == ["filters", "maps-1-conv-1", "maps-1-conv-2"]
    assert {"right", "wrong", "deletion"} <= set(stems)
    assert all((folder / "figures" / f"{stem}.svg").is_file() for stem in stems)
    assert set(outcome.facts["layers"]) == {"conv 1", "conv 2"}
    assert set(outcome.measures) == {f"area under deletion, {name}" for name in (*METHODS, UNLIKE, RANDOM)} | {
        f"correlation with untrained, {name}" for name in METHODS
    }
    return folder


def test_a_checkpoint_is_looked_into_as_it_was_trained(finished: Path, tmp_path: Path) -> None:
    asked = FeatureSettings(checkpoint=str(finished / "checkpoint.safetensors"), looked=4, shown=2)
    assert as_trained(asked).channels == (3, 4)
    assert (as_trained(asked).seed, as_trained(asked).rows, as_trained(asked).looked) == (7, 200, 4)
    with RunFolder.create(tmp_path / "again", {}) as run:
        outcome = feature_maps.run(run, asked, Console(file=StringIO()))
        assert not run.metrics()
    with RunFolder.create(tmp_path / "trained", {}) as run:
        first = feature_maps.run(run, replace(QUICK, seed=7), Console(file=StringIO()))
    assert outcome.scores == first.scores
    assert outcome.measures == first.measures
    assert "Nothing was trained" in outcome.notes[-1]
    (finished / "config.json").unlink()
    with RunFolder.create(tmp_path / "other", {}) as run, pytest.raises(StateError, match="another model"):
        feature_maps.run(run, replace(asked, channels=(5, 6), hidden=8, rows=200), Console(file=StringIO()))
    with pytest.raises(FileNotFoundError, match="found no file"):
        as_trained(replace(asked, checkpoint=str(tmp_path / "none.safetensors")))

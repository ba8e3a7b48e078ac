"""The square by arithmetic and by gradient."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from groundup.core.receptive_field import Field
from groundup.labs import receptive_field
from groundup.labs.fields import effective, found, inside, net_of, networks, share, square
from groundup.labs.receptive_field import FieldSettings, look
from groundup.nn.activation import ReLU
from groundup.nn.conv import Conv2d
from groundup.nn.flatten import Flatten
from groundup.nn.linear import Linear
from groundup.nn.pool import MaxPool2d
from groundup.train import RunFolder

RNG = np.random.default_rng(0)


def test_the_fields_are_those_of_the_literature() -> None:
    """The last pooling of VGG-11, and the last block of ResNet-20: 1 + 2 (1 + 6 + 1) + 4 · 6 + ..., by hand."""
    nets = networks(np.random.default_rng(0), 0.05)
    assert list(nets["CNN"].ends) == ["conv 1", "pool 1", "conv 2", "pool 2"]
    assert nets["CNN"].field("pool 2") == Field(10, 4, 0)
    assert nets["LeNet"].field("pool 2") == Field(16, 4, 2)
    assert nets["VGG-11"].field("pool 5") == Field(150, 32, 59)
    last = nets["ResNet-20"].field("block 9")  # 7 layers at a step of 1, 6 at 2, 5 at 4: the first of a stage halves
    assert (last.size, last.stride) == (1 + 2 * (7 + 1) + 2 * 2 * (5 + 1) + 2 * 4 * 5, 4)


def test_every_layer_of_three_networks_sees_its_square() -> None:
    nets = networks(np.random.default_rng(0), 0.1)
    rows = [row for name in ("CNN", "LeNet", "ResNet-20") for row in look(name, nets[name], RNG)]
    assert len(rows) == 4 + 4 + 10
    assert all(row.same for row in rows)
    assert all(0 < row.share <= 1 for row in rows)


def test_a_wrong_square_is_found_out() -> None:
    """Were the arithmetic to forget the padding, or a layer, the gradient would say so."""
    net = net_of([Conv2d(1, 4, 3, padding=1, rng=RNG), ReLU(), MaxPool2d(2), Conv2d(4, 4, 3, padding=1, rng=RNG)])
    field = net.field("conv 2")
    place, size = inside(field)
    box = found(net.gradient("conv 2", RNG.standard_normal((8, 1, size, size)), (place, place)))
    assert box == square(field, place)
    assert box != square(Field(field.size, field.stride, 0), place)
    assert box != square(net.field("pool 1"), place)


def test_layers_that_give_up_places_are_left_out() -> None:
    net = net_of([Conv2d(2, 3, 3, rng=RNG), Flatten(), Linear(3, 2, rng=RNG)])
    assert len(net.layers) == 1
    assert net.channels == 2
    assert net.maps("conv 1", RNG.standard_normal((2, 2, 4, 4))).shape == (2, 3, 2, 2)


def test_the_gradient_is_that_of_the_sum_over_the_maps() -> None:
    """By finite differences."""
    net = net_of([Conv2d(1, 3, 3, rng=RNG), ReLU(), MaxPool2d(2)])
    for layer in net.layers:
        layer.to(np.float64)
    x = RNG.standard_normal((1, 1, 6, 6))
    gradient = net.gradient("pool 1", x, (1, 0))
    for i, j in ((2, 0), (3, 2), (5, 3), (0, 0)):
        up, down = x.copy(), x.copy()
        up[0, 0, i, j] += 1e-6
        down[0, 0, i, j] -= 1e-6
        slope = (net.maps("pool 1", up) - net.maps("pool 1", down))[0, :, 1, 0].sum() / 2e-6
        assert gradient[0, 0, i, j] == pytest.approx(slope, abs=1e-6)


def test_nothing_is_found_where_nothing_flows() -> None:
    assert found(np.zeros((2, 1, 4, 4))) is None
    one = np.zeros((1, 2, 4, 4))
    one[0, 1, 2, 3] = -1e-12
    assert found(one) == ((2, 2), (3, 3))


def test_the_share_that_holds_nine_tenths() -> None:
    level = np.ones((10, 10))
    assert share(level, 100) == pytest.approx(0.9)
    assert share(level, 200) == pytest.approx(0.45)
    peak = np.zeros((10, 10))
    peak[3, 3] = 1
    assert share(peak, 100) == 0.01
    assert np.array_equal(effective(np.array([[[[1.0]], [[-3.0]]], [[[2.0]], [[2.0]]]])), [[2.0]])


def test_the_report_has_every_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)
    settings = FieldSettings(epochs=1, rows=100, channels=(2, 4), width=0.05, looked=4)
    with RunFolder.create(tmp_path / "run", {}) as run:
        outcome = receptive_field.run(run, settings, Console(file=StringIO()))
    assert outcome.measures["layers whose gradient has the computed square"] == outcome.measures["layers"] == 31
    assert outcome.measures["side of the square, ResNet-20"] == 81
    assert outcome.tables[0].count("the same") == 31
    assert set(outcome.facts["before"]) == {"conv 1", "conv 2", "pool 1", "conv 3", "conv 4", "pool 2"}
    assert [figure.stem for figure in outcome.figures] == [
        "squares", "growth", "effective-before", "effective-after", "effective-narrowest",
    ]  # fmt: skip

"""Hooks see what flows and change nothing."""

import numpy as np
import pytest

from groundup.core import Flow, Layer, Sequential, Watch, hooked
from groundup.models import MLP
from groundup.nn import ReLU


def model() -> MLP:
    return MLP([4, 6, 3], rng=0)


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


def test_every_layer_is_seen_in_its_order() -> None:
    net, seen = model(), list[str]()
    with hooked(net, forward=lambda name, *_: seen.append(name), backward=lambda name, *_: seen.append(f"d{name}")):
        net.backward(net(draw(5, 4)))
    assert seen == ["0", "1", "2", "", "d2", "d1", "d0", "d"]


def test_results_stay_as_they_are_and_the_hooks_come_off() -> None:
    net, plain, x = model(), model(), draw(5, 4)
    with hooked(net, forward=lambda *_: None):
        watched = net(x)
    assert np.array_equal(watched, plain(x))
    assert all("forward" not in vars(layer) for _, layer in net.named_modules())


def test_hooks_come_off_when_the_block_raises() -> None:
    net = model()
    with pytest.raises(ValueError, match="mine"), Watch(net):
        raise ValueError("mine")
    assert all("forward" not in vars(layer) for _, layer in net.named_modules())


def test_a_layer_that_is_used_twice_is_seen_twice() -> None:
    relu, seen = ReLU(), list[str]()
    net = Sequential(relu, relu)
    with hooked(net, forward=lambda name, *_: seen.append(name)):
        net(draw(2, 3))
    assert seen.count("") == 1
    assert len(seen) >= 3
    assert "forward" not in vars(relu)


def test_a_watch_measures_activations_and_gradients() -> None:
    net, x = model(), draw(5, 4)
    with Watch(net, bins=7) as flow:
        y = net(x)
        net.backward(np.ones_like(y))
    hidden = np.maximum(net.stack[0](x), 0)
    assert flow.activations["1"].norm == pytest.approx(np.linalg.norm(hidden))
    assert flow.activations["1"].zeros == pytest.approx((hidden == 0).mean())
    assert flow.activations["1"].histogram.sum() == hidden.size
    assert flow.activations["1"].histogram.shape == (7,)
    assert flow.gradients["2"].norm == pytest.approx(np.sqrt(y.size))  # of ones
    assert flow.weight_gradients()["2.bias"].mean == pytest.approx(5.0)  # five rows of ones
    assert flow.gradients.keys() == flow.activations.keys()


def test_a_flow_of_nothing_and_of_what_is_no_number() -> None:
    assert Flow.of(np.ones((0, 3)), 5).norm == 0
    broken = Flow.of(np.array([1.0, np.inf]), 5)
    assert broken.norm == np.inf
    assert broken.histogram.sum() == 1


def test_several_outputs_are_measured_by_the_first() -> None:
    class Pair(Layer):
        def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return 2 * x, x

    with Watch(Pair()) as flow:
        pair = flow.model(np.ones((1, 4)))
    assert len(pair) == 2
    assert flow.activations[""].mean == 2


def test_bins_are_a_whole_number() -> None:
    with pytest.raises(ValueError, match="bins of at least 1"):
        Watch(model(), bins=0)


def test_backward_alone_may_be_watched() -> None:
    net, seen = model(), list[str]()
    with hooked(net, backward=lambda name, *_: seen.append(name)):
        net.backward(net(draw(5, 4)))
    assert seen == ["2", "1", "0", ""]

"""What the comparison with the twin (tests/conformance/test_models.py) leaves open."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from groundup.core import OrderError, ShapeError, gradcheck
from groundup.models import VGG
from groundup.models.vgg.vgg import CHANNELS, DEPTHS, block, plan
from groundup.nn import BatchNorm2d, Conv2d, Linear
from support.parity import carry, check_layer, twin

TWIN = twin("models/vgg")
SMALL = {"num_classes": 5, "dropout": 0.0, "width": 0.02}


@pytest.mark.parametrize("depth", [11, 16])
def test_a_depth_is_the_number_of_layers_with_weights(depth: int) -> None:
    layers = [layer for _, layer in VGG(depth, 5, width=0.02, rng=0).named_modules()]
    assert sum(isinstance(layer, Conv2d | Linear) for layer in layers) == depth
    assert len(plan(DEPTHS[depth], CHANNELS)) == depth - 3


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("shape", [(2, 3, 32, 32), (3, 3, 33, 50), (0, 3, 32, 32)], ids=str)
def test_pictures_of_any_size_equal_torch(batch_norm: bool, shape: tuple[int, ...]) -> None:
    ours, theirs = VGG(11, batch_norm=batch_norm, **SMALL, rng=0), TWIN.VGG(11, batch_norm=batch_norm, **SMALL)
    x = np.random.default_rng(0).standard_normal(shape)
    for training in (True, False):
        check_layer(ours.train(training), theirs.train(training), x, rtol=1e-8)


def test_float32_equals_torch() -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 32, 32), "float32")
    check_layer(VGG(11, **SMALL, rng=0), TWIN.VGG(11, **SMALL), x, rtol=1e-4)


def test_a_block_keeps_the_size_and_then_halves_it() -> None:
    for batch_norm in (False, True):
        net = block(np.array([[2, 3], [3, 3]]), batch_norm, 0)
        assert net(np.ones((2, 2, 8, 6))).shape == (2, 3, 4, 3)
        assert sum(isinstance(layer, BatchNorm2d) for layer in net) == 2 * batch_norm


def test_a_block_is_the_gradient_of_itself() -> None:
    x = np.random.default_rng(0).standard_normal((2, 2, 4, 4))
    assert gradcheck(block(np.array([[2, 3], [3, 3]]), True, 0), x, rng=1)[0].error < 1e-6


def test_without_a_need_for_dx_the_weights_get_theirs_all_the_same() -> None:
    x = np.random.default_rng(0).standard_normal((2, 3, 32, 32))
    told, asked = (VGG(11, **SMALL, rng=0).to("float64") for _ in range(2))
    told.needs_input_grad(False)
    dy = np.random.default_rng(1).standard_normal(told(x).shape)
    asked(x)
    assert told.backward(dy) is None
    assert asked.backward(dy).shape == x.shape
    for a, b in zip(told.parameters(), asked.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12)


def test_dropout_draws_in_training_alone_and_by_its_seed() -> None:
    net, again = (VGG(11, 5, width=0.02, rng=0) for _ in range(2))
    x = np.random.default_rng(0).standard_normal((2, 3, 32, 32), "float32")
    first = net(x)
    assert np.array_equal(first, again(x))
    assert not np.array_equal(first, net(x))
    assert np.array_equal(net.eval()(x), net(x))


def test_a_state_of_another_depth_is_refused() -> None:
    with pytest.raises(ValueError, match=r"VGG.load_state_dict: .*features"):
        VGG(11, **SMALL, rng=0).load_state_dict(VGG(16, **SMALL, rng=0).state_dict())
    carry(VGG(16, batch_norm=True, **SMALL, rng=0), TWIN.VGG(16, batch_norm=True, **SMALL))


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: VGG(13, rng=0), ValueError, "VGG: expected depth to be one of 11, 16, got 13"),
        (lambda: VGG(11, 0, rng=0), ValueError, "VGG: expected num_classes of at least 1, got 0"),
        (lambda: VGG(11, width=0, rng=0), ValueError, "VGG: expected width at least 0.001, got 0"),
        (lambda: VGG(11, dropout=2.0, width=0.02, rng=0), ValueError, "expected p between 0.0 and 1.0, got 2.0"),
        (lambda: VGG(11), TypeError, "VGG: expected rng to be a seed"),
        (lambda: VGG(11, **SMALL, rng=0)(np.ones((1, 1, 32, 32))), ShapeError, "expected 3 channels"),
        (lambda: VGG(11, **SMALL, rng=0)(np.ones((1, 3, 16, 16))), ShapeError, "MaxPool2d.forward: expected"),
        (lambda: VGG(11, **SMALL, rng=0).backward(np.ones((1, 5))), OrderError, "one forward before each backward"),
    ],
)
def test_what_does_not_fit_is_refused(make: Callable[[], Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        make()
    assert says in str(raised.value)

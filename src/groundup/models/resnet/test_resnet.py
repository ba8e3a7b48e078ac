"""What the comparison with the twin (tests/conformance/test_models.py) leaves open."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from groundup.core import ShapeError, gradcheck
from groundup.models import ResNet, resnet18, resnet_cifar
from groundup.models.resnet import BasicBlock


@pytest.mark.parametrize(("inputs", "outputs", "stride"), [(2, 2, 1), (2, 3, 2)])
def test_a_block_is_the_gradient_of_itself(inputs: int, outputs: int, stride: int) -> None:
    x = np.random.default_rng(0).standard_normal((2, inputs, 4, 4))
    assert gradcheck(BasicBlock(inputs, outputs, stride, 0), x, rng=1)[0].error < 1e-6


def test_a_projection_stands_only_where_the_shape_changes() -> None:
    keys = resnet18(width=2, rng=0).state_dict()
    assert {key.split(".downsample")[0] for key in keys if "downsample" in key} == {"layer2.0", "layer3.0", "layer4.0"}


def test_depth_is_counted_as_the_paper_counts_it() -> None:
    for n in (1, 3):
        weights = [key for key in resnet_cifar(n, width=2, rng=0).state_dict() if key.endswith("weight")]
        layers = [key for key in weights if "conv" in key or key == "fc.weight"]
        assert len(layers) == 6 * n + 2


def test_no_dx_is_made_where_nobody_reads_it() -> None:
    model, x = resnet_cifar(1, width=2, rng=0).needs_input_grad(False), np.ones((2, 3, 8, 8), np.float32)
    assert model.backward(np.ones_like(model(x))) is None
    assert model.conv1.weight.grad.any()


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: resnet18(0, rng=0), ValueError, "num_classes of at least 1"),
        (lambda: ResNet((1, 0), (2, 4), rng=0), ValueError, r"blocks\[1\] of at least 1"),
        (lambda: ResNet((1, 1), (2, 0), rng=0), ValueError, r"channels\[1\] of at least 1"),
        (lambda: resnet_cifar(1), TypeError, "expected rng"),
        (lambda: resnet_cifar(1, width=2, rng=0)(np.ones((1, 1, 8, 8))), ShapeError, "expected 3 channels"),
    ],
    ids=["classes", "blocks", "channels", "rng", "grey"],
)
def test_what_does_not_fit_is_refused(make: Callable[[], Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        make()

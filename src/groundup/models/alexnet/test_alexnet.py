import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, load_state, save_state
from groundup.models import AlexNet
from support.parity import check_layer, tensor, twin


def pictures(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def narrow(**options) -> AlexNet:
    return AlexNet(5, width=0.03, rng=0, **options)


def narrow_twin(**options) -> torch.nn.Module:
    return twin("models/alexnet").AlexNet(5, width=0.03, **options)


@pytest.mark.parametrize("shape", [(2, 3, 63, 63), (1, 3, 99, 70), (0, 3, 63, 63), (1, 3, 224, 224)], ids=str)
def test_equals_torch(shape: tuple[int, ...]) -> None:
    check_layer(narrow(dropout=0.0), narrow_twin(dropout=0.0), pictures(*shape), rtol=1e-11)


def test_equals_torch_in_evaluation_and_in_float32() -> None:
    x = pictures(2, 3, 63, 63).astype("float32")
    check_layer(narrow().eval(), narrow_twin().eval(), x, rtol=2e-5)


def test_a_state_of_torchs_loads_here() -> None:
    ours, theirs = narrow().to("float64").eval(), narrow_twin().double().eval()
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict({key: value.numpy() for key, value in state.items()})
    x = pictures(2, 3, 63, 63)
    with torch.no_grad():
        np.testing.assert_allclose(ours(x), theirs(tensor(x)).numpy(), rtol=1e-11, atol=1e-12)


def test_keys_and_shapes_are_those_that_torchvision_publishes() -> None:
    """At full width, on the twin alone, without numbers; that the keys are ours is tested above."""
    with torch.device("meta"):
        state = twin("models/alexnet").AlexNet().state_dict()
    shapes = {key: tuple(value.shape) for key, value in state.items() if key.endswith("weight")}
    assert shapes == {
        "features.0.weight": (64, 3, 11, 11),
        "features.3.weight": (192, 64, 5, 5),
        "features.6.weight": (384, 192, 3, 3),
        "features.8.weight": (256, 384, 3, 3),
        "features.10.weight": (256, 256, 3, 3),
        "classifier.1.weight": (4096, 9216),
        "classifier.4.weight": (4096, 4096),
        "classifier.6.weight": (1000, 4096),
    }
    assert sum(value.numel() for value in state.values()) == 61_100_840


def test_dropout_works_in_training_only() -> None:
    net, x = narrow(), pictures(2, 3, 63, 63)
    assert not np.array_equal(net(x), net(x))
    net.eval()
    assert np.array_equal(net(x), net(x))


def test_no_gradient_for_the_picture_where_none_is_wanted() -> None:
    wanted, unwanted = narrow(dropout=0.0), narrow(dropout=0.0).needs_input_grad(False)
    x = pictures(1, 3, 63, 63)
    dy = np.ones_like(wanted(x))
    unwanted(x)
    assert wanted.backward(dy).shape == x.shape
    assert unwanted.backward(dy) is None
    for a, b in zip(wanted.parameters(), unwanted.parameters(), strict=True):
        assert np.array_equal(a.grad, b.grad)


def test_state_travels_through_a_file(tmp_path) -> None:
    net, other = narrow().eval(), AlexNet(5, width=0.03, rng=1).eval()
    save_state(tmp_path / "alexnet.safetensors", net.state_dict())
    other.load_state_dict(load_state(tmp_path / "alexnet.safetensors"))
    x = pictures(1, 3, 63, 63)
    assert np.array_equal(net(x), other(x))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: AlexNet(0, rng=0), ValueError, "AlexNet: expected num_classes of at least 1, got 0"),
        (lambda: AlexNet(5, width=0, rng=0), ValueError, "AlexNet: expected width at least 0.001, got 0"),
        (lambda: AlexNet(5, dropout=1.5, rng=0), ValueError, "AlexNet: expected dropout between 0.0 and 1.0, got 1.5"),
        (lambda: AlexNet(5, width=0.02), TypeError, "AlexNet: expected rng to be a seed"),
        (lambda: narrow()(pictures(1, 3, 62, 80)), ShapeError, "of at least 63 pixels a side, got (3, 62, 80)"),
        (lambda: narrow()(pictures(1, 1, 64, 64)), ShapeError, "expected pictures (3, H, W)"),
        (lambda: narrow()(pictures(3, 64, 64)), ShapeError, "AlexNet.forward: expected shape (N, C, H, W)"),
        (lambda: narrow()(np.ones((1, 3, 64, 64), np.uint8)), DtypeError, "AlexNet.forward: expected floating-point"),
        (lambda: narrow().backward(pictures(1, 5)), OrderError, "one forward before each backward"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)

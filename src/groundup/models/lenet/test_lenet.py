import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, gradcheck, load_state, save_state
from groundup.models import LeNet
from groundup.models.lenet.lenet import side
from groundup.nn import CrossEntropyLoss
from groundup.optim import SGD
from support.parity import carry, check_layer, tensor, twin

FORMS = [
    {},
    {"activation": "relu", "pool": "max"},
    {"in_channels": 3, "num_classes": 4, "padding": 0, "size": 32},
    {"activation": "relu", "padding": 1, "size": 19},
]


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def pictures(form: dict, n: int) -> np.ndarray:
    size = form.get("size", 28)
    return draw(n, form.get("in_channels", 1), size, size)


@pytest.mark.parametrize("batch", [0, 3])
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_equals_torch(form: dict, batch: int) -> None:
    check_layer(LeNet(**form, rng=0), twin("models/lenet").LeNet(**form), pictures(form, batch), rtol=1e-11)


def test_float32_equals_torch_and_stays_float32() -> None:
    check_layer(LeNet(rng=0), twin("models/lenet").LeNet(), draw(3, 1, 28, 28).astype("float32"), rtol=2e-5)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_state_of_torchs_loads_here(form: dict) -> None:
    ours, theirs = LeNet(**form, rng=0).to("float64"), twin("models/lenet").LeNet(**form).double()
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict({key: value.numpy() for key, value in state.items()})
    x = pictures(form, 2)
    with torch.no_grad():
        np.testing.assert_allclose(ours(x), theirs(tensor(x)).numpy(), rtol=1e-11, atol=1e-12)


def test_backward_is_the_gradient_of_forward() -> None:
    net = LeNet(num_classes=3, padding=0, size=16, rng=0)
    assert gradcheck(net, draw(1, 1, 16, 16), rng=1)[0].error < 1e-7


def test_sides_are_what_the_layers_leave() -> None:
    for size, padding in ((28, 2), (32, 0), (19, 1), (35, 0)):
        net = LeNet(padding=padding, size=size, rng=0)
        x = draw(1, 1, size, size)
        for layer in list(net)[:6]:
            x = layer(x)
        assert x.shape == (1, 16, *[side(size, padding)] * 2)
        assert side(size, padding) == twin("models/lenet").side(size, padding)


def test_the_papers_number_of_weights() -> None:
    """C1 156, F5 48,120, F6 10,164 as in the paper; C3 2,416 (1,516 there: it left out maps), 850 for ten logits."""
    sizes = [sum(p.value.size for p in layer.parameters()) for layer in LeNet(rng=0)]
    assert [n for n in sizes if n] == [156, 2416, 48120, 10164, 850]


def test_ten_steps_of_training_equal_torchs() -> None:
    rng = np.random.default_rng(0)
    ours = LeNet(rng=0).to("float64")
    theirs = carry(ours, twin("models/lenet").LeNet())
    mine, their = (
        SGD(ours.parameters(), lr=0.1, momentum=0.9),
        torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9),
    )
    loss = CrossEntropyLoss()
    ours.needs_input_grad(False)
    for _ in range(10):
        x, y = rng.standard_normal((8, 1, 28, 28)), rng.integers(0, 10, 8)
        mine.zero_grad()
        value = float(loss(ours(x), y))
        assert ours.backward(loss.backward()) is None
        mine.step()
        their.zero_grad()
        their_value = torch.nn.functional.cross_entropy(theirs(tensor(x)), tensor(y))
        their_value.backward()
        their.step()
        assert value == pytest.approx(their_value.item(), rel=1e-9)


def test_state_travels_through_a_file(tmp_path) -> None:
    net, other = LeNet(rng=0), LeNet(rng=1)
    save_state(tmp_path / "lenet.safetensors", net.state_dict())
    other.load_state_dict(load_state(tmp_path / "lenet.safetensors"))
    x = draw(1, 1, 28, 28)
    assert np.array_equal(net(x), other(x))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: LeNet(0, rng=0), ValueError, "LeNet: expected num_classes of at least 1, got 0"),
        (lambda: LeNet(activation="sigmoid", rng=0), ValueError, "activation to be one of tanh, relu, got 'sigmoid'"),
        (lambda: LeNet(pool="mean", rng=0), ValueError, "pool to be one of average, max, got 'mean'"),
        (lambda: LeNet(padding=-1, rng=0), ValueError, "LeNet: expected padding at least 0, got -1"),
        (lambda: LeNet(size=12, padding=0, rng=0), ValueError, "leave a pixel after S4, got size=12 with padding=0"),
        (lambda: LeNet(), TypeError, "LeNet: expected rng to be a seed"),
        (lambda: LeNet(rng=0)(draw(2, 1, 32, 32)), ShapeError, "images of shape (1, 28, 28), got (1, 32, 32)"),
        (lambda: LeNet(rng=0)(draw(2, 3, 28, 28)), ShapeError, "images of shape (1, 28, 28), got (3, 28, 28)"),
        (lambda: LeNet(rng=0)(draw(2, 784)), ShapeError, "LeNet.forward: expected shape (N, C, H, W)"),
        (lambda: LeNet(rng=0)(np.ones((2, 1, 28, 28), np.uint8)), DtypeError, "LeNet.forward: expected floating-point"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_one_backward_a_forward() -> None:
    net = LeNet(rng=0)
    dy = np.ones_like(net(draw(2, 1, 28, 28)))
    net.backward(dy)
    with pytest.raises(OrderError):
        net.backward(dy)

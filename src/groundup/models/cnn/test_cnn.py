import numpy as np
import pytest
import torch

from groundup.core import DtypeError, ShapeError, gradcheck
from groundup.models.cnn import CNN
from groundup.models.cnn.cnn import features
from groundup.nn import Conv2d, CrossEntropyLoss, Dropout, Linear
from groundup.optim import SGD
from support.parity import carry, check_layer, tensor, twin

FORMS = [
    {},
    {"in_channels": 3, "num_classes": 4, "channels": (4, 5, 6), "padding": 1, "size": 17, "hidden": 7},
    {"channels": (4, 6), "batch_norm": True, "blocks": 2, "size": 18, "hidden": 5},
    {"channels": (3,), "kernel_size": 5, "hidden": 0, "size": 11},
    {"channels": (4, 6), "blocks": 2, "padding": 1, "hidden": 0, "batch_norm": True, "size": 9},
]


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def pictures(form: dict, n: int) -> np.ndarray:
    size = form.get("size", 28)
    return draw(n, form.get("in_channels", 1), size, size)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_equals_torch(form: dict) -> None:
    check_layer(CNN(**form, dropout=0, rng=0), twin("models/cnn").CNN(**form, dropout=0), pictures(form, 3), rtol=1e-10)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_equals_torch_in_evaluation(form: dict) -> None:
    ours, theirs = CNN(**form, rng=0).eval(), twin("models/cnn").CNN(**form).eval()
    check_layer(ours, theirs, pictures(form, 2), rtol=1e-10)


def test_float32_equals_torch_and_stays_float32() -> None:
    ours, theirs = CNN(rng=0).eval(), twin("models/cnn").CNN().eval()
    check_layer(ours, theirs, draw(3, 1, 28, 28).astype("float32"), rtol=3e-5)


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_a_state_of_torchs_loads_here(form: dict) -> None:
    ours, theirs = CNN(**form, rng=0).to("float64").eval(), twin("models/cnn").CNN(**form).double().eval()
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict({key: value.numpy() for key, value in state.items()})
    x = pictures(form, 2)
    with torch.no_grad():
        np.testing.assert_allclose(ours(x), theirs(tensor(x)).numpy(), rtol=1e-11, atol=1e-12)


def test_backward_is_the_gradient_of_forward() -> None:
    net = CNN(3, channels=(2, 3), hidden=4, dropout=0, size=10, rng=0)
    assert gradcheck(net, draw(1, 1, 10, 10), rng=1)[0].error < 1e-7


@pytest.mark.parametrize("form", [form for form in FORMS if form.get("hidden") != 0], ids=str)
def test_features_are_what_the_stages_leave(form: dict) -> None:
    net = CNN(**form, rng=0)
    fits = next(layer.in_features for layer in net if isinstance(layer, Linear))
    known = {"channels": (32, 64), **form}
    given = [known.get(name, default) for name, default in (("kernel_size", 3), ("padding", 0), ("blocks", 1))]
    assert features(form.get("size", 28), known["channels"], *given) == fits
    assert twin("models/cnn").features(form.get("size", 28), known["channels"], *given) == fits


def test_features_of_a_picture_too_small_are_none() -> None:
    assert features(9, (32, 64)) == 0
    assert features(3, (32, 64, 5)) == 0
    assert features(10, (32, 64)) == 64
    assert features(2, (7,), kernel_size=7) == 0


def test_the_drawn_networks_weights() -> None:
    sizes = [sum(p.value.size for p in layer.parameters()) for layer in CNN(rng=0)]
    assert [n for n in sizes if n] == [320, 18_496, 204_928, 1_290]
    assert [key for key in CNN(rng=0).state_dict() if key.endswith("weight")] == [
        "0.weight", "3.weight", "7.weight", "10.weight",
    ]  # fmt: skip


def test_weights_begin_by_hes_rule() -> None:
    for layer in CNN(rng=0):
        if isinstance(layer, Conv2d | Linear):
            weight, bias = layer.parameters()
            wanted = (2 / (weight.value.size / len(weight.value))) ** 0.5
            assert weight.value.std() == pytest.approx(wanted, rel=0.1)
            assert abs(weight.value.max()) > 2 * wanted  # a normal has tails, a uniform ends at 1.73
            assert not bias.value.any()


def test_dropout_draws_from_a_generator_of_its_own() -> None:
    trained, fresh = np.random.default_rng(0), np.random.default_rng(0)
    net = CNN(rng=trained)
    other = CNN(dropout=0.1, rng=fresh)
    net(draw(2, 1, 28, 28))
    assert trained.random() == fresh.random()  # forward left the caller's generator alone
    assert all(np.array_equal(a.value, b.value) for a, b in zip(net.parameters(), other.parameters(), strict=True))


def test_in_training_half_of_the_hidden_units_are_left_out_and_none_in_evaluation() -> None:
    net, x = CNN(rng=0), draw(4, 1, 28, 28)
    (dropout,) = (layer for layer in net if isinstance(layer, Dropout))
    assert dropout.p == 0.5
    assert not np.array_equal(net(x), net(x))
    net.eval()
    assert np.array_equal(net(x), net(x))


def test_without_hidden_units_pictures_may_have_any_size() -> None:
    net, x = CNN(channels=(3, 4), hidden=0, rng=0).eval(), draw(2, 1, 30, 21)
    assert net(x).shape == (2, 10)
    assert net.backward(np.ones((2, 10))).shape == x.shape


def test_ten_steps_of_training_equal_torchs() -> None:
    rng = np.random.default_rng(0)
    form = {"channels": (4, 6), "hidden": 8, "dropout": 0.0, "size": 14}
    ours = CNN(**form, rng=0).to("float64")
    theirs = carry(ours, twin("models/cnn").CNN(**form))
    mine = SGD(ours.needs_input_grad(False).parameters(), lr=0.1, momentum=0.9)
    their = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9)
    loss = CrossEntropyLoss()
    for _ in range(10):
        x, y = rng.standard_normal((8, 1, 14, 14)), rng.integers(0, 10, 8)
        mine.zero_grad()
        value = float(loss(ours(x), y))
        assert ours.backward(loss.backward()) is None
        mine.step()
        their.zero_grad()
        their_value = torch.nn.functional.cross_entropy(theirs(tensor(x)), tensor(y))
        their_value.backward()
        their.step()
        assert value == pytest.approx(their_value.item(), rel=1e-9)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: CNN(0, rng=0), ValueError, "CNN: expected num_classes of at least 1, got 0"),
        (lambda: CNN(channels=(), rng=0), ValueError, "CNN: expected stages of at least 1, got 0"),
        (lambda: CNN(channels=(4, 0), rng=0), ValueError, "CNN: expected channels[1] of at least 1, got 0"),
        (lambda: CNN(blocks=0, rng=0), ValueError, "CNN: expected blocks of at least 1, got 0"),
        (lambda: CNN(hidden=-1, rng=0), ValueError, "CNN: expected hidden at least 0, got -1"),
        (lambda: CNN(padding=-1, rng=0), ValueError, "CNN: expected padding at least 0, got -1"),
        (lambda: CNN(dropout=1.5, rng=0), ValueError, "Dropout: expected p between 0.0 and 1.0, got 1.5"),
        (lambda: CNN(size=9, rng=0), ValueError, "pictures that leave a pixel after 2 stages, got size=9"),
        (lambda: CNN(), TypeError, "CNN: expected rng to be a seed"),
        (lambda: CNN(rng=0)(draw(2, 1, 32, 32)), ShapeError, "pictures of shape (1, 28, 28), got (1, 32, 32)"),
        (lambda: CNN(rng=0)(draw(2, 3, 28, 28)), ShapeError, "pictures of shape (1, 28, 28), got (3, 28, 28)"),
        (lambda: CNN(hidden=0, rng=0)(draw(2, 3, 28, 28)), ShapeError, "Conv2d.forward: expected"),
        (lambda: CNN(rng=0)(draw(2, 784)), ShapeError, "CNN.forward: expected shape (N, C, H, W)"),
        (lambda: CNN(rng=0)(np.ones((2, 1, 28, 28), np.uint8)), DtypeError, "CNN.forward: expected floating-point"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)

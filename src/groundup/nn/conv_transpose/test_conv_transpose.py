import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, gradcheck, load_state, save_state
from groundup.nn import Conv2d
from groundup.nn.conv_transpose import ConvTranspose2d
from groundup.nn.conv_transpose.conv_transpose import output_size
from support.parity import carry, check_layer, tensor, twin

SETTINGS = [
    {"in_channels": 2, "out_channels": 3, "kernel_size": 3},
    {"in_channels": 2, "out_channels": 3, "kernel_size": 2, "stride": 2, "bias": False},
    {"in_channels": 3, "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
    {"in_channels": 3, "out_channels": 2, "kernel_size": 4, "stride": (2, 3), "padding": (1, 0)},
    {"in_channels": 4, "out_channels": 6, "kernel_size": (3, 2), "stride": 2, "groups": 2},
    {"in_channels": 2, "out_channels": 2, "kernel_size": 3, "dilation": 2, "output_padding": 1, "padding": 2},
    {"in_channels": 2, "out_channels": 2, "kernel_size": 1, "stride": 3, "output_padding": 2},
]


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("batch", [0, 3])
@pytest.mark.parametrize("args", SETTINGS, ids=str)
def test_equals_torch(args: dict, batch: int) -> None:
    theirs = twin("nn/conv_transpose").ConvTranspose2d(**args)
    check_layer(ConvTranspose2d(**args, rng=0), theirs, draw(batch, args["in_channels"], 4, 5), rtol=1e-11)


@pytest.mark.parametrize("args", SETTINGS, ids=str)
def test_float32_equals_torch_and_stays_float32(args: dict) -> None:
    theirs = twin("nn/conv_transpose").ConvTranspose2d(**args)
    x = draw(3, args["in_channels"], 4, 5).astype("float32")
    check_layer(ConvTranspose2d(**args, rng=0), theirs, x, rtol=2e-5)


@pytest.mark.parametrize("args", SETTINGS, ids=str)
def test_backward_is_the_gradient_of_forward(args: dict) -> None:
    worst = gradcheck(ConvTranspose2d(**args, rng=0), draw(2, args["in_channels"], 3, 4), rng=1)[0]
    assert worst.error < 1e-8, worst


def test_it_is_a_convolutions_way_back() -> None:
    """Forward gives the dx of a convolution with the same weight, backward its y."""
    geometry = {"kernel_size": 3, "stride": 2, "padding": 1, "bias": False}
    up, down = (kind(5, 5, **geometry, rng=0).to("float64") for kind in (ConvTranspose2d, Conv2d))
    down.load_state_dict(up.state_dict())
    large, small = draw(2, 5, 7, 9), draw(2, 5, 4, 5, seed=1)
    y = down(large)
    np.testing.assert_allclose(up(small), down.backward(small), rtol=1e-12)
    np.testing.assert_allclose(up.backward(large), y, rtol=1e-12)


def test_the_twins_gradient_gives_what_its_layer_gives() -> None:
    kinds = twin("nn/conv_transpose")
    for args in SETTINGS:
        ours = ConvTranspose2d(**args, rng=0).to("float64")
        theirs = carry(ours, kinds.ConvTranspose2d(**args))
        x = tensor(draw(2, args["in_channels"], 4, 5))
        torch.testing.assert_close(kinds.by_autograd(theirs, x), theirs(x))


def test_pixels_along_an_axis() -> None:
    settings = [(4, 3), (4, 2, 2), (7, 3, 2, 1, 1), (5, 3, 1, 2, 0, 2), (1, 4, 4)]
    assert [output_size(*s) for s in settings] == [twin("nn/conv_transpose").output_size(*s) for s in settings]


def test_starts_as_torch_does() -> None:
    layer = ConvTranspose2d(32, 16, 5, rng=0)
    bound = (16 * 25) ** -0.5  # torch counts the outputs here: they stand on the second axis
    assert np.abs(layer.weight.value).max() <= bound
    assert layer.weight.value.std() == pytest.approx(bound / 3**0.5, rel=0.02)
    torch.manual_seed(0)
    theirs = torch.nn.ConvTranspose2d(32, 16, 5).weight.std().item()
    assert layer.weight.value.std() == pytest.approx(theirs, rel=0.03)


def test_state_travels_through_a_file(tmp_path) -> None:
    layer, other = ConvTranspose2d(2, 3, 3, rng=0), ConvTranspose2d(2, 3, 3, rng=1)
    save_state(tmp_path / "up.safetensors", layer.state_dict())
    other.load_state_dict(load_state(tmp_path / "up.safetensors"))
    x = draw(1, 2, 5, 5)
    assert np.array_equal(layer(x), other(x))


@pytest.mark.parametrize("bias", [True, False])
def test_a_later_batch_leaves_earlier_results_alone(bias: bool) -> None:
    layer, x = ConvTranspose2d(2, 2, 1, bias=bias, rng=0).to("float64"), draw(2, 2, 4, 4)
    y = layer(x)
    dx = layer.backward(np.ones_like(y))
    kept = y.copy(), dx.copy()
    layer.backward(layer(-x))
    assert np.array_equal(y, kept[0])
    assert np.array_equal(dx, kept[1])
    assert not any(np.shares_memory(a, x) for a in (y, dx))


@pytest.mark.parametrize("args", [{}, {"groups": 2}, {"stride": 2, "padding": 1}], ids=str)
def test_operations_are_torchs_count(args: dict) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    x = draw(3, 4, 5, 6).astype("float32")
    layer, theirs = ConvTranspose2d(4, 6, 3, **args, rng=0), torch.nn.ConvTranspose2d(4, 6, 3, **args)
    with FlopCounterMode(display=False) as counter:
        theirs(tensor(x))
    assert layer.flops(x.shape, layer(x).shape) == counter.get_total_flops()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: ConvTranspose2d(2, 3, 0, rng=0), ValueError, "expected kernel_size of at least 1, got 0"),
        (lambda: ConvTranspose2d(2, 3, 3), TypeError, "ConvTranspose2d: expected rng to be a seed"),
        (lambda: ConvTranspose2d(3, 4, 3, groups=2, rng=0), ValueError, "in_channels to be divisible by groups=2"),
        (lambda: ConvTranspose2d(2, 3, 3, padding="same", rng=0), TypeError, "expected padding to be a whole number"),
        (lambda: ConvTranspose2d(2, 3, 3, output_padding=1, rng=0), ValueError, "smaller than the stride or the dila"),
        (lambda: ConvTranspose2d(2, 3, 3, padding_mode="circular", rng=0), ValueError, "expected padding_mode 'zeros'"),
        (lambda: ConvTranspose2d(3, 2, 3, rng=0)(draw(2, 1, 4, 4)), ShapeError, "expected 3 channels in (N, C, H, W)"),
        (lambda: ConvTranspose2d(3, 2, 3, rng=0)(draw(3, 4, 4)), ShapeError, "expected shape (N, C, H, W)"),
        (lambda: ConvTranspose2d(1, 1, 3, padding=2, rng=0)(draw(1, 1, 2, 4)), ShapeError, "which gives (0, 2)"),
        (lambda: ConvTranspose2d(1, 1, 3, rng=0)(draw(1, 1, 0, 4)), ShapeError, "gives at least one pixel"),
        (lambda: ConvTranspose2d(1, 2, 3, rng=0)(np.ones((1, 1, 8, 8), int)), DtypeError, "got int64; convert with"),
        (lambda: ConvTranspose2d(1, 2, 3, rng=0).backward(draw(1, 2, 6, 6)), OrderError, "one forward before each"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^ConvTranspose2d") as raised:
        call()
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    layer = ConvTranspose2d(1, 2, 3, rng=0)
    layer(draw(1, 1, 5, 5))
    with pytest.raises(ShapeError, match=r"backward: expected shape \(1, 2, 7, 7\) \(that of y\), got"):
        layer.backward(draw(1, 2, 7, 8))

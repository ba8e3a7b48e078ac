import numpy as np
import pytest
import torch

from groundup.core import DtypeError, OrderError, ShapeError, gradcheck, load_state, save_state
from groundup.nn import Conv1d, Conv2d
from groundup.nn.conv import conv, output_size, patches, scatter
from support.parity import check_layer, close, tensor, twin

IMAGES = [
    {"in_channels": 2, "out_channels": 3, "kernel_size": 3},
    {"in_channels": 2, "out_channels": 3, "kernel_size": 1, "bias": False},
    {"in_channels": 6, "out_channels": 4, "kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 0)},
    {"in_channels": 6, "out_channels": 4, "kernel_size": 3, "groups": 2, "padding": 1},
    {"in_channels": 3, "out_channels": 6, "kernel_size": 3, "groups": 3, "stride": 2},
    {"in_channels": 2, "out_channels": 3, "kernel_size": 3, "dilation": (2, 1), "padding": 2},
    {"in_channels": 2, "out_channels": 3, "kernel_size": (4, 3), "padding": "same", "dilation": (1, 2)},
    {"in_channels": 2, "out_channels": 3, "kernel_size": 2, "padding": "valid", "stride": 2},
]
SIGNALS = [
    {"in_channels": 2, "out_channels": 3, "kernel_size": 3},
    {"in_channels": 4, "out_channels": 4, "kernel_size": 2, "stride": 2, "padding": 1, "groups": 2},
    {"in_channels": 2, "out_channels": 3, "kernel_size": 4, "padding": "same", "dilation": 2, "bias": False},
]

torch_copies = pytest.mark.filterwarnings(
    "ignore:Using padding='same' with even kernel"
)  # torch's word on its own speed


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@torch_copies
@pytest.mark.parametrize("form", [conv, None], ids=["plain", "as exported"])
@pytest.mark.parametrize("batch", [0, 3])
@pytest.mark.parametrize("args", IMAGES, ids=str)
def test_images_equal_torch(args: dict, batch: int, form) -> None:
    kind = Conv2d if form is None else form.Conv2d
    check_layer(kind(**args, rng=0), twin("nn/conv").Conv2d(**args), draw(batch, args["in_channels"], 8, 9), rtol=1e-11)


@torch_copies
@pytest.mark.parametrize("batch", [0, 3])
@pytest.mark.parametrize("args", SIGNALS, ids=str)
def test_signals_equal_torch(args: dict, batch: int) -> None:
    check_layer(Conv1d(**args, rng=0), twin("nn/conv").Conv1d(**args), draw(batch, args["in_channels"], 9), rtol=1e-11)


@torch_copies
@pytest.mark.parametrize("args", IMAGES, ids=str)
def test_float32_equals_torch_and_stays_float32(args: dict) -> None:
    x = draw(3, args["in_channels"], 8, 9).astype("float32")
    check_layer(Conv2d(**args, rng=0), twin("nn/conv").Conv2d(**args), x, rtol=2e-5)


@pytest.mark.parametrize("args", IMAGES, ids=str)
def test_backward_is_the_gradient_of_forward(args: dict) -> None:
    assert gradcheck(conv.Conv2d(**args, rng=0), draw(2, args["in_channels"], 5, 6), rng=1)[0].error < 1e-8


def test_one_output_is_the_sum_of_equation_2() -> None:
    layer, x = Conv2d(2, 3, (2, 3), stride=2, padding=1, dilation=(2, 1), rng=0).to("float64"), draw(1, 2, 6, 7)
    assert layer.bias is not None
    padded, o, i, j = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), 1, 2, 3
    total = layer.bias.value[o]
    for c, a, e in np.ndindex(2, 2, 3):
        total += layer.weight.value[o, c, a, e] * padded[0, c, i * 2 + a * 2, j * 2 + e]
    assert layer(x)[0, o, i, j] == pytest.approx(total, rel=1e-13)


def test_the_twins_columns_give_what_its_layer_gives() -> None:
    layer, x = twin("nn/conv").Conv2d(2, 3, 3, stride=2, padding=1), tensor(draw(2, 2, 7, 8)).float()
    by_columns = twin("nn/conv").by_columns
    torch.testing.assert_close(by_columns(layer, x), layer(x))
    layer = torch.nn.Conv2d(2, 3, 3, bias=False)
    torch.testing.assert_close(by_columns(layer, x), layer(x))


def test_places_along_an_axis() -> None:
    settings = [(28, 3, 1, 0, 1), (7, 3, 2, 1, 1), (8, 3, 2, 0, 1), (11, 3, 2, 1, 2), (5, 5, 3, 0, 1)]
    assert [output_size(*s) for s in settings] == [twin("nn/conv").output_size(*s) for s in settings]


def test_scatter_is_the_transpose_of_patches() -> None:
    """⟨patches(x), c⟩ = ⟨x, scatter(c)⟩ for all x and c: that is what a gradient of a copy has to be."""
    geometry = (2, 3), (2, 1), (1, 2)
    x = draw(2, 3, 7, 8)
    seen = patches(x, *geometry)
    assert np.shares_memory(seen, x)
    columns = draw(*seen.shape, seed=1)
    assert (seen * columns).sum() == pytest.approx((x * scatter(columns, (7, 8), *geometry[1:])).sum(), rel=1e-12)


def test_rows_and_back() -> None:
    windows = patches(draw(2, 6, 5, 6), (2, 3), (1, 2), (1, 1))
    rows = conv.to_rows(windows, 3)
    assert rows.shape == (3, 2 * 4 * 2, 2 * 6)
    assert np.array_equal(conv.from_rows(rows, 2, (4, 2), (2, 3)), windows)


def test_depthwise_gives_each_channel_its_own_filter() -> None:
    layer, x = Conv2d(3, 3, 3, groups=3, bias=False, rng=0).to("float64"), draw(2, 3, 6, 6)
    for c in range(3):
        alone = Conv2d(1, 1, 3, bias=False, rng=0).to("float64")
        alone.weight.value[...] = layer.weight.value[c : c + 1]
        np.testing.assert_allclose(layer(x)[:, c : c + 1], alone(x[:, c : c + 1]), rtol=1e-12)


def test_starts_as_torch_does() -> None:
    layer = Conv2d(16, 64, 5, groups=2, rng=0)
    bound = (8 * 25) ** -0.5
    assert np.abs(layer.weight.value).max() <= bound
    assert layer.weight.value.std() == pytest.approx(bound / 3**0.5, rel=0.02)
    assert layer.bias is not None
    assert np.abs(layer.bias.value).max() <= bound
    assert not np.array_equal(layer.weight.value, Conv2d(16, 64, 5, groups=2, rng=1).weight.value)


def test_state_travels_through_a_file(tmp_path) -> None:
    layer, other = Conv2d(2, 3, 3, rng=0), Conv2d(2, 3, 3, rng=1)
    save_state(tmp_path / "conv.safetensors", layer.state_dict())
    other.load_state_dict(load_state(tmp_path / "conv.safetensors"))
    x = draw(1, 2, 5, 5)
    assert np.array_equal(layer(x), other(x))


@pytest.mark.parametrize("args", [{}, {"groups": 2}, {"stride": 2, "padding": 1}, {"dilation": 2}], ids=str)
def test_operations_are_torchs_count(args: dict) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    x = draw(3, 4, 9, 8).astype("float32")
    layer, theirs = Conv2d(4, 6, 3, **args, rng=0), torch.nn.Conv2d(4, 6, 3, **args)
    with FlopCounterMode(display=False) as counter:
        theirs(tensor(x))
    assert layer.flops(x.shape, layer(x).shape) == counter.get_total_flops()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Conv2d(0, 2, 3, rng=0), ValueError, "Conv2d: expected in_channels of at least 1, got 0"),
        (lambda: Conv2d(2, 2.0, 3, rng=0), TypeError, "expected out_channels to be a whole number"),
        (lambda: Conv2d(2, 3, 3), TypeError, "Conv2d: expected rng to be a seed or a numpy Generator, got None"),
        (lambda: Conv2d(3, 4, 3, groups=2, rng=0), ValueError, "expected in_channels to be divisible by groups=2"),
        (lambda: Conv2d(4, 3, 3, groups=2, rng=0), ValueError, "expected out_channels to be divisible by groups=2"),
        (lambda: Conv2d(2, 3, (3, 3, 3), rng=0), ValueError, "expected kernel_size for 2 axes of space"),
        (lambda: Conv1d(2, 3, (3, 3), rng=0), ValueError, "Conv1d: expected kernel_size for 1 axes of space"),
        (lambda: Conv2d(2, 3, 2.5, rng=0), TypeError, "expected kernel_size to be a whole number or 2 of them"),
        (lambda: Conv2d(2, 3, True, rng=0), TypeError, "expected kernel_size to be a whole number"),
        (lambda: Conv2d(2, 3, 3, stride=0, rng=0), ValueError, "expected stride of at least 1, got 0"),
        (lambda: Conv2d(2, 3, 3, padding=-1, rng=0), ValueError, "expected padding of at least 0, got -1"),
        (lambda: Conv2d(2, 3, 3, padding="full", rng=0), ValueError, "'same' or 'valid', got 'full'"),
        (lambda: Conv2d(2, 3, 3, 2, "same", rng=0), ValueError, "expected stride 1 with padding='same', got (2, 2)"),
        (lambda: Conv2d(2, 3, 3, padding_mode="reflect", rng=0), ValueError, "expected padding_mode 'zeros'"),
        (lambda: Conv2d(3, 2, 3, rng=0)(draw(64, 1, 28, 28)), ShapeError, "expected 3 channels in (N, C, H, W), got 1"),
        (lambda: Conv2d(3, 2, 3, rng=0)(draw(3, 8, 8)), ShapeError, "Conv2d.forward: expected shape (N, C, H, W)"),
        (lambda: Conv1d(3, 2, 3, rng=0)(draw(3, 8)), ShapeError, "Conv1d.forward: expected shape (N, C, L)"),
        (lambda: Conv2d(1, 2, 5, rng=0)(draw(1, 1, 8, 4)), ShapeError, "an image of at least (5, 5), padding included"),
        (lambda: Conv2d(1, 2, 3, rng=0)(np.ones((1, 1, 8, 8), np.uint8)), DtypeError, "got uint8; convert with"),
        (lambda: Conv2d(1, 2, 3, rng=0).backward(draw(1, 2, 6, 6)), OrderError, "one forward before each backward"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^Conv[12]d") as raised:
        call()
    assert says in str(raised.value)


@pytest.mark.parametrize("make", [Conv2d, conv.Conv2d], ids=["as exported", "plain"])
def test_an_upstream_gradient_of_another_shape_is_refused(make) -> None:
    layer = make(1, 2, 3, rng=0)
    layer(draw(1, 1, 5, 5))
    with pytest.raises(ShapeError, match=r"Conv2d.backward: expected shape \(1, 2, 3, 3\) \(that of y\), got"):
        layer.backward(draw(1, 2, 3, 4))


def test_gradients_of_two_batches_add_up() -> None:
    layer = Conv2d(2, 3, 3, rng=0).to("float64")
    for _ in range(2):
        layer.backward(np.ones_like(layer(draw(2, 2, 5, 5))))
    twice = layer.weight.grad.copy()
    layer.zero_grad()
    layer.backward(np.ones_like(layer(draw(2, 2, 5, 5))))
    close("weight.grad", twice, 2 * layer.weight.grad, 1e-13)

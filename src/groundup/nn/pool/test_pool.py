import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import DtypeError, OrderError, ShapeError, gradcheck
from groundup.nn import pool as library
from groundup.nn.pool import pool
from support.parity import check_layer, close, tensor, twin

twins = twin("nn/pool")


def draw(*shape: int, dtype: str = "float64", seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


forms = pytest.mark.parametrize("form", [pool, library], ids=["plain", "library"])
WINDOWS = [
    {"kernel_size": 2},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": (3, 2), "stride": (1, 2), "padding": (1, 0)},
    {"kernel_size": 3, "stride": 2, "ceil_mode": True},
    {"kernel_size": 3, "stride": 3, "padding": 1, "ceil_mode": True},
    {"kernel_size": 2, "stride": 3, "ceil_mode": True},  # the last window would begin beyond the image
    {"kernel_size": 1, "stride": 2},
]


@forms
@pytest.mark.parametrize("args", WINDOWS, ids=str)
@pytest.mark.parametrize("sizes", [(6, 7), (7, 9), (3, 3)], ids=str)
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-6)])
def test_windows_equal_torch(form, args: dict, sizes: tuple[int, int], dtype: str, rtol: float) -> None:
    options = [{}, {"count_include_pad": False}, {"divisor_override": 5}]
    for kind, more in [("MaxPool2d", {}), ("MaxPool2d", {"dilation": (1, 2)}), *(("AvgPool2d", o) for o in options)]:
        if "dilation" in more and sizes == (3, 3):
            continue  # no room for a window
        ours, theirs = (getattr(m, kind)(**args, **more) for m in (form, twins))
        check_layer(ours, theirs, draw(2, 3, *sizes, dtype=dtype), rtol=rtol)


@forms
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_axis_equals_torch(form, data: st.DataObject) -> None:
    kernel = data.draw(st.integers(1, 4))
    args = {
        "kernel_size": kernel,
        "stride": data.draw(st.one_of(st.none(), st.integers(1, 4))),
        "padding": data.draw(st.integers(0, kernel // 2)),
        "ceil_mode": data.draw(st.booleans()),
    }
    x = draw(data.draw(st.sampled_from([0, 2])), 2, data.draw(st.integers(7, 12)), seed=data.draw(st.integers(0, 99)))
    dilation = data.draw(st.integers(1, 2))
    check_layer(form.MaxPool1d(**args, dilation=dilation), twins.MaxPool1d(**args, dilation=dilation), x, rtol=1e-12)
    include = data.draw(st.booleans())
    average = {**args, "count_include_pad": include}
    check_layer(form.AvgPool1d(**average), twins.AvgPool1d(**average), x, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 5, (3, 2), (None, 3), (None, None), (7, 1)], ids=str)
@pytest.mark.parametrize("sizes", [(5, 7), (1, 1), (4, 6)], ids=str)
def test_adaptive_equals_torch(size, sizes: tuple[int, int]) -> None:
    for kind in ("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"):
        x = draw(2, 3, *sizes)
        check_layer(getattr(pool, kind)(size), getattr(twins, kind)(size), x, rtol=1e-12)
        check_layer(getattr(pool, kind)(size), getattr(twins, kind)(size), x.astype("float32"), rtol=1e-6)
    if isinstance(size, int):
        for kind in ("AdaptiveAvgPool1d", "AdaptiveMaxPool1d"):
            check_layer(getattr(pool, kind)(size), getattr(twins, kind)(size), draw(2, 3, sizes[1]), rtol=1e-12)


def test_none_alone_keeps_every_axis() -> None:
    """torch takes None within a pair only."""
    for layer, x in ((pool.AdaptiveAvgPool1d(None), draw(2, 3, 5)), (pool.AdaptiveMaxPool2d(None), draw(2, 3, 5, 4))):
        assert np.array_equal(layer(x), x)


def test_global_pooling_is_one_number_a_channel() -> None:
    x = draw(2, 3, 4, 5)
    np.testing.assert_allclose(library.AdaptiveAvgPool2d(1)(x)[:, :, 0, 0], twins.global_average(tensor(x)).numpy())


@forms
@pytest.mark.parametrize("kernel", [2, 3])
def test_among_equals_the_first_row_by_row_gets_the_gradient(form, kernel: int) -> None:
    """Whole numbers from 0 to 2: every window has ties."""
    x = np.random.default_rng(0).integers(0, 3, (4, 3, 6, 6)).astype(float)
    check_layer(form.MaxPool2d(kernel), twins.MaxPool2d(kernel), x)
    check_layer(pool.AdaptiveMaxPool2d(4), twins.AdaptiveMaxPool2d(4), x)


@forms
@pytest.mark.parametrize("kernel", [2, 3])
def test_nan_and_infinity_pass_as_in_torch(form, kernel: int) -> None:
    x = draw(3, 2, 6, 6)
    x[0, 0, 1, 1], x[1, 1, 2, 3], x[2, 0, 4, 4] = np.nan, np.inf, -np.inf
    close("y", form.MaxPool2d(kernel)(x), twins.MaxPool2d(kernel)(tensor(x)).numpy(), 0)
    if form is pool:  # the fast form may lead the gradient of a NaN to its neighbour
        check_layer(form.MaxPool2d(kernel), twins.MaxPool2d(kernel), x)
    check_layer(pool.AdaptiveMaxPool2d(kernel), twins.AdaptiveMaxPool2d(kernel), x)
    layer = form.MaxPool2d(kernel)
    y = layer(np.nan_to_num(x))
    dx = layer.backward(np.full_like(y, np.inf))
    assert np.isinf(dx).sum() == y.size  # the winners, and no NaN beside them
    assert not np.isnan(dx).any()


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_windows_are_counted_as_torch_counts_them(ceil_mode: bool) -> None:
    import torch

    for size, kernel, stride, dilation in itertools.product(range(5, 11), range(1, 4), range(1, 5), (1, 2)):
        for padding in range((dilation * (kernel - 1) + 1) // 2 + 1):
            if padding > kernel // 2:
                continue  # torch's own limit, of some versions
            x = torch.zeros(1, 1, size)
            y = torch.nn.functional.max_pool1d(x, kernel, stride, padding, dilation, ceil_mode)
            assert pool.output_size(size, kernel, stride, padding, dilation, ceil_mode) == y.shape[2]


def test_windows_are_torch_unfold_and_share_memory() -> None:
    x = draw(2, 3, 7, 8)
    ours = pool.windows(x, (3, 2), (2, 3))
    assert np.array_equal(ours, twins.windows(tensor(x), (3, 2), (2, 3)).numpy())
    assert np.shares_memory(ours, x)


def test_a_place_is_the_same_pixel_of_every_window() -> None:
    x = draw(2, 3, 9, 8)
    seen = pool.windows(x, (3, 2), (2, 3), (2, 1))
    for k, place in enumerate(pool.places(x, seen.shape[2:4], (3, 2), (2, 3), (2, 1))):
        assert np.array_equal(place, seen[..., k // 2, k % 2])


def test_winners_are_where_torch_says() -> None:
    x = draw(2, 3, 6, 6)
    layer = library.MaxPool2d(2)
    dx = layer.backward(np.ones_like(layer(x)))
    at = twins.winners(tensor(x), (2, 2), (2, 2)).flatten(2).numpy()
    expected = np.zeros((2, 3, 36))
    np.put_along_axis(expected, at, 1, axis=2)
    assert np.array_equal(dx, expected.reshape(x.shape))


@pytest.mark.parametrize(
    "layer", [library.AvgPool2d(3, 2, 1), library.MaxPool2d(3, 2, 1), library.AdaptiveMaxPool2d(2)]
)
def test_backward_is_the_gradient_of_forward(layer) -> None:
    worst = gradcheck(layer, draw(2, 2, 5, 6), rng=3)[0]
    assert worst.error < 1e-8, worst


def test_what_is_pooled_is_kept_in_shape_as_a_tuple() -> None:
    layer, signal = library.MaxPool2d(3, padding=1), library.AvgPool1d((4,), stride=np.int64(2))
    assert (layer.kernel_size, layer.stride, layer.padding, layer.dilation) == ((3, 3), (3, 3), (1, 1), (1, 1))
    assert (signal.kernel_size, signal.stride) == ((4,), (2,))
    assert library.AdaptiveAvgPool2d((None, 2)).output_size == (None, 2)


def after_forward(layer, shape: tuple[int, ...]):
    layer(draw(*shape))
    return layer


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: pool.MaxPool2d(0), ValueError, "MaxPool2d: expected kernel_size of at least 1, got 0"),
        (lambda: pool.MaxPool2d(2.0), TypeError, "whole number"),
        (lambda: pool.MaxPool2d((2, 2, 2)), ValueError, "for 2 axes of space"),
        (lambda: pool.MaxPool1d((2, 2)), ValueError, "is it the 1d or 2d layer?"),
        (lambda: pool.MaxPool2d(2, stride=0), ValueError, "stride of at least 1"),
        (lambda: pool.MaxPool2d(2, padding=-1), ValueError, "padding of at least 0"),
        (lambda: pool.MaxPool2d(3, padding=2), ValueError, "at most half the window (3, 3), got (2, 2)"),
        (lambda: pool.MaxPool2d(3, dilation=0), ValueError, "dilation"),
        (lambda: pool.MaxPool2d(2, ceil_mode=1), TypeError, "ceil_mode to be True or False, got 1"),
        (lambda: pool.AvgPool2d(2, 2, 0, False, 3), TypeError, "count_include_pad"),
        (lambda: pool.AvgPool2d(2, divisor_override=0), ValueError, "divisor_override of at least 1"),
        (lambda: pool.AdaptiveAvgPool2d(0), ValueError, "output_size of at least 1"),
        (lambda: pool.AdaptiveMaxPool2d((2, 2, 2)), ValueError, "output_size for 2 axes"),
        (lambda: pool.AdaptiveAvgPool1d("2"), TypeError, "output_size"),
        (lambda: pool.MaxPool2d(2).forward(draw(3, 4, 4)), ShapeError, "expected shape (N, C, H, W), got (3, 4, 4)"),
        (lambda: pool.AvgPool1d(2).forward(draw(2, 3, 4, 4)), ShapeError, "expected shape (N, C, L)"),
        (lambda: pool.MaxPool2d(2).forward(np.ones((1, 1, 4, 4), int)), DtypeError, "floating-point"),
        (lambda: pool.MaxPool2d(5).forward(draw(1, 1, 4, 6)), ShapeError, "an image of at least (5, 5)"),
        (lambda: pool.AdaptiveAvgPool2d(1).forward(draw(1, 2, 0, 3)), ShapeError, "AdaptiveAvgPool2d.forward"),
        (lambda: pool.MaxPool1d(2).backward(draw(1, 1, 2)), OrderError, "one forward before each backward"),
        (
            lambda: after_forward(pool.MaxPool2d(2), (1, 1, 4, 4)).backward(draw(1, 1, 4, 4)),
            ShapeError,
            "MaxPool2d.backward: expected shape (1, 1, 2, 2)",
        ),
        (
            lambda: after_forward(pool.AdaptiveAvgPool1d(2), (1, 1, 4)).backward(draw(1, 1, 1, 2)),
            ShapeError,
            "AdaptiveAvgPool1d.backward: expected shape (1, 1, 2)",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_a_gradient_of_nothing_is_nothing() -> None:
    for layer in (library.MaxPool2d(2), library.MaxPool2d(3, 1), library.AvgPool2d(2), pool.AdaptiveMaxPool2d(2)):
        y = layer(draw(0, 3, 6, 6))
        close("dx", layer.backward(y), draw(0, 3, 6, 6), 0)

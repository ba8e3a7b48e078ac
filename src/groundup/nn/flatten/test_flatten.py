import numpy as np
import pytest

from groundup.core import DtypeError, OrderError, ShapeError
from groundup.nn import flatten as library
from groundup.nn.flatten import flatten
from support.parity import check_layer, close, tensor, twin

twins = twin("nn/flatten")
forms = pytest.mark.parametrize("form", [flatten, library], ids=["plain", "library"])


def channels_last(*shape: int) -> np.ndarray:
    """(N, C, H, W) as a view of (N, H, W, C)."""
    n, c, h, w = shape
    return np.random.default_rng(0).standard_normal((n, h, w, c)).transpose(0, 3, 1, 2)


@forms
@pytest.mark.parametrize(
    "args", [{}, {"start_dim": 2}, {"start_dim": 0, "end_dim": 1}, {"start_dim": -2, "end_dim": -2}]
)
@pytest.mark.parametrize("n", [2, 0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_equals_torch(form, args: dict, n: int, dtype: str) -> None:
    for x in (np.random.default_rng(0).standard_normal((n, 3, 4, 5)), channels_last(n, 3, 4, 5)):
        check_layer(form.Flatten(**args), twins.Flatten(**args), x.astype(dtype), rtol=0)


@forms
def test_the_order_of_memory_makes_no_difference_to_the_numbers(form) -> None:
    x = channels_last(2, 3, 4, 5)
    assert np.array_equal(form.Flatten()(x), form.Flatten()(np.ascontiguousarray(x)))
    y = form.Flatten()(x)
    for index in np.ndindex(3, 4, 5):
        assert y[1, flatten.position(index, (3, 4, 5))] == x[1, *index]


def test_the_gradient_goes_back_in_the_order_of_memory_in_which_the_image_came() -> None:
    for x in (channels_last(2, 3, 4, 5), np.ascontiguousarray(channels_last(2, 3, 4, 5))):
        layer = library.Flatten()
        dy = np.arange(120.0).reshape(2, 60)
        assert layer(x).shape == dy.shape
        dx = layer.backward(dy)
        assert dx.strides == x.strides
        assert np.array_equal(dx, dy.reshape(x.shape))


def test_shapes_are_torchs() -> None:
    for dims in ((1, -1), (0, 1), (-3, -2), (2, 2)):
        assert flatten.flat_shape((2, 3, 4, 5), *dims) == twins.flat_shape((2, 3, 4, 5), *dims)
    assert flatten.flat_shape((), 0, -1) == twins.flat_shape((), 0, -1) == (1,)
    assert flatten.Unflatten(0, (1, 1))(np.array(2.0)).shape == (1, 1)


def test_position_is_numpys_own() -> None:
    for index in np.ndindex(2, 3, 4, 2):
        assert flatten.position(index, (2, 3, 4, 2)) == np.ravel_multi_index(index, (2, 3, 4, 2))


def test_flattening_copies_only_where_the_order_differs() -> None:
    for x in (channels_last(2, 3, 4, 5), np.ascontiguousarray(channels_last(2, 3, 4, 5))):
        import torch

        given = torch.from_numpy(x)  # keeps the order of memory
        assert np.shares_memory(flatten.Flatten()(x), x) == twins.shares_memory(given)


@pytest.mark.parametrize("sizes", [(3, 4, 5), (-1, 4, 5), (60,), (3, -1)], ids=str)
@pytest.mark.parametrize("n", [2, 0])
def test_unflatten_equals_torch(sizes: tuple[int, ...], n: int) -> None:
    x = np.random.default_rng(0).standard_normal((n, 60))
    check_layer(flatten.Unflatten(1, sizes), twins.Unflatten(1, sizes), x, rtol=0)
    check_layer(flatten.Unflatten(-2, sizes), twins.Unflatten(-2, sizes), np.ones((2, 60, 1)), rtol=0)


def test_unflatten_undoes_flatten() -> None:
    x = channels_last(2, 3, 4, 5)
    assert np.array_equal(library.Unflatten(1, x.shape[1:])(library.Flatten()(x)), x)


def test_a_weight_for_channels_last_does_the_same_to_the_image() -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((2, 3, 4, 5)), rng.standard_normal((7, 60))
    last = flatten.columns_for_channels_last(weight, (3, 4, 5))
    np.testing.assert_allclose(x.transpose(0, 2, 3, 1).reshape(2, -1) @ last.T, x.reshape(2, -1) @ weight.T, rtol=1e-12)
    close("weight", last, twins.columns_for_channels_last(tensor(weight), (3, 4, 5)).numpy(), 0)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: flatten.Flatten(1.0), TypeError, "Flatten: expected start_dim to be a whole number, got 1.0"),
        (lambda: flatten.Flatten(1, True), TypeError, "end_dim"),
        (lambda: flatten.Flatten()(np.ones((2, 3), int)), DtypeError, "Flatten.forward: expected floating-point"),
        (lambda: flatten.Flatten()(np.ones(3)), ShapeError, "expected an axis from -1 to 0, got 1 for shape (3,)"),
        (
            lambda: flatten.Flatten(2, 1)(np.ones((2, 3, 4))),
            ShapeError,
            "expected start_dim at or before end_dim, got axes 2",
        ),
        (lambda: library.Flatten().backward(np.ones((2, 3))), OrderError, "one forward before each backward"),
        (lambda: flatten.Unflatten(1, ()), ValueError, "Unflatten: expected sizes"),
        (lambda: flatten.Unflatten(1, (-1, -1)), ValueError, "one of them -1 at most"),
        (lambda: flatten.Unflatten(1, (2, -2)), ValueError, "got (2, -2)"),
        (lambda: flatten.Unflatten(1, (2, 1.5)), TypeError, "unflattened_size to be a whole number, got 1.5"),
        (
            lambda: flatten.Unflatten(1, (2, 2))(np.ones((1, 5))),
            ShapeError,
            "sizes whose product is 5, the length of axis 1 of (1, 5), got (2, 2)",
        ),
        (lambda: flatten.Unflatten(1, (2, -1))(np.ones((1, 5))), ShapeError, "got (2, -1)"),
        (lambda: flatten.Unflatten(2, (2, 2))(np.ones((1, 4))), ShapeError, "got 2 for shape (1, 4)"),
        (lambda: flatten.Unflatten(1, (0, -1))(np.ones((1, 0))), ShapeError, "got (0, -1)"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


@pytest.mark.parametrize("layer", [library.Flatten(), library.Unflatten(1, (3, 20))])
def test_a_gradient_of_another_shape_is_refused(layer) -> None:
    layer(np.ones((2, 60)))
    with pytest.raises(ShapeError, match=r"backward: expected shape \(2, "):
        layer.backward(np.ones((60, 2)))

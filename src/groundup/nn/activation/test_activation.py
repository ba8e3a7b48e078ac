import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from groundup.core import DtypeError, Layer, OrderError, ShapeError, gradcheck
from groundup.nn.activation import (
    GELU,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    erf,
    log_softmax,
    sigmoid,
    softmax,
)
from support.parity import check_layer, close, tensor, twin

# Each with the arguments that it and its twin are made with.
ALL = [
    (Sigmoid, {}),
    (Tanh, {}),
    (ReLU, {}),
    (LeakyReLU, {}),
    (LeakyReLU, {"negative_slope": 0.2}),
    (LeakyReLU, {"negative_slope": 0}),
    (LeakyReLU, {"negative_slope": 2.5}),
    (LeakyReLU, {"negative_slope": -1.0}),
    (Softmax, {"dim": -1}),
    (Softmax, {"dim": 0}),
    (SiLU, {}),
    (GELU, {}),
    (GELU, {"approximate": "tanh"}),
]
EXTREMES = np.array([[0.0, -0.0, 1e-300, -1e-300, 1.0, -1.0], [20.0, -20.0, 700.0, -800.0, 1e4, -1e4]])
every = pytest.mark.parametrize(("kind", "args"), ALL, ids=lambda v: str(v) if isinstance(v, dict) else v.__name__)
finite = arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=5), elements=st.floats(-1e4, 1e4))


def both(kind: type[Layer], args: dict) -> tuple[Layer, object]:
    return kind(**args), getattr(twin("nn/activation"), kind.__name__)(**args)


@every
@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (0, 3), (2, 4, 3), (7,)], ids=str)
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 2e-6)])
def test_equals_torch(kind, args: dict, shape: tuple[int, ...], dtype: str, rtol: float) -> None:
    x = (3 * np.random.default_rng(1).standard_normal(shape)).astype(dtype)
    check_layer(*both(kind, args), x, rtol=rtol)


@every
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 2e-6)])
def test_equals_torch_at_zero_and_at_the_edges_without_a_warning(kind, args: dict, dtype: str, rtol: float) -> None:
    check_layer(*both(kind, args), EXTREMES.astype(dtype), rtol=rtol)


@every
def test_backward_is_the_gradient_of_forward(kind, args: dict) -> None:
    x = np.random.default_rng(2).standard_normal((4, 5))
    assert np.abs(x).min() > 1e-4  # no kink within the reach of a nudge
    worst = gradcheck(kind(**args), x, rng=3)[0]
    assert worst.error < 1e-8, worst


@pytest.mark.parametrize("dim", [-3, -2, -1, 0, 1, 2])
def test_softmax_equals_torch_along_every_axis(dim: int) -> None:
    x = np.random.default_rng(4).standard_normal((2, 3, 4))
    check_layer(*both(Softmax, {"dim": dim}), x, rtol=1e-12)
    for name, ours in (("softmax", softmax), ("log_softmax", log_softmax)):
        theirs = getattr(twin("nn/activation"), name)
        close(name, ours(x, dim), theirs(tensor(x), dim).numpy(), 1e-12)


@pytest.mark.parametrize("name", ["sigmoid", "softmax", "log_softmax", "erf"])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-14), ("float32", 2e-6)])
def test_functions_equal_torch_at_the_edges(name: str, dtype: str, rtol: float) -> None:
    ours = {"sigmoid": sigmoid, "softmax": softmax, "log_softmax": log_softmax, "erf": erf}[name]
    x = EXTREMES.astype(dtype)
    close(name, ours(x), getattr(twin("nn/activation"), name)(tensor(x)).numpy(), rtol)


def test_the_tails_of_sigmoid_are_right_in_every_digit() -> None:
    """1 + tanh(x/2), another stable form, has lost them all by -40."""
    x = np.array([-700.0, -100.0, -40.0, -5.0])
    np.testing.assert_allclose(sigmoid(x), np.exp(x) / (1 + np.exp(x)), rtol=1e-15)


def test_infinity_and_nan_pass_through() -> None:
    x = np.array([-np.inf, np.inf, np.nan])
    for layer, expected in ((Sigmoid(), [0, 1, np.nan]), (Tanh(), [-1, 1, np.nan]), (ReLU(), [0, np.inf, np.nan])):
        assert np.array_equal(layer(x), expected, equal_nan=True)
    assert np.array_equal(LeakyReLU(0.5)(x), [-np.inf, np.inf, np.nan], equal_nan=True)
    assert np.array_equal(erf(x), [-1, 1, np.nan], equal_nan=True)
    assert np.array_equal(softmax(np.array([0.0, -np.inf, 0.0])), [0.5, 0, 0.5])  # what a mask does
    assert np.array_equal(log_softmax(np.array([0.0, -np.inf])), [0, -np.inf])


@given(finite)
def test_softmax_gives_shares(x: np.ndarray) -> None:
    y = softmax(x)
    assert (y >= 0).all()
    np.testing.assert_allclose(y.sum(axis=-1), 1, rtol=1e-12)
    assert np.array_equal(y.argmax(axis=-1), x.argmax(axis=-1)) or np.isclose(*np.sort(y, axis=-1)[..., -2:].T).any()


@given(finite, st.floats(-1e4, 1e4))
def test_softmax_does_not_see_a_constant(x: np.ndarray, constant: float) -> None:
    np.testing.assert_allclose(softmax(x + constant), softmax(x), rtol=1e-10, atol=1e-300)


@given(finite, st.integers(0, 99))
def test_softmax_backward_is_the_jacobian_times_dy(x: np.ndarray, seed: int) -> None:
    """diag(y) - y yᵀ, built in full; and its rows add up to zero, since shares cannot all rise."""
    layer = Softmax()
    y, dy = layer(x), np.random.default_rng(seed).standard_normal(x.shape)
    jacobian = y[..., :, None] * (np.eye(x.shape[-1]) - y[..., None, :])  # (..., C, C)
    dx = layer.backward(dy)
    np.testing.assert_allclose(dx, (jacobian @ dy[..., None])[..., 0], atol=1e-14)
    np.testing.assert_allclose(dx.sum(axis=-1), 0, atol=1e-13)


@given(finite)
def test_symmetries(x: np.ndarray) -> None:
    np.testing.assert_allclose(sigmoid(-x), 1 - sigmoid(x), atol=1e-15)
    np.testing.assert_allclose(np.tanh(x), 2 * sigmoid(2 * x) - 1, atol=1e-15)
    for gated in (SiLU(), GELU(), GELU(approximate="tanh")):  # x g(x) - (-x) g(-x) = x, as g(x) + g(-x) = 1
        np.testing.assert_allclose(gated(x) - gated(-x), x, rtol=1e-13, atol=1e-300)
    np.testing.assert_allclose(np.exp(log_softmax(x)), softmax(x), rtol=1e-11, atol=1e-300)


def test_erf_is_right_to_three_units_in_the_last_place() -> None:
    """Against the standard library's, which is C's; 0.46875 is where the two formulas meet."""
    x = np.concatenate([np.linspace(-7, 7, 5601), 10.0 ** np.arange(-300, 5, 5), [0.46875, np.nextafter(0.46875, 1)]])
    expected = np.array([math.erf(v) for v in x])
    assert (np.abs(erf(x) - expected) <= 3 * np.spacing(np.abs(expected))).all()
    assert np.signbit(erf(np.array(-0.0)))


def test_erf_in_float32() -> None:
    x = np.linspace(-5, 5, 1001, dtype=np.float32)
    assert erf(x).dtype == np.float32
    np.testing.assert_allclose(erf(x), [math.erf(v) for v in x], rtol=5e-7)


def test_the_two_gelus_differ_by_less_than_a_thousandth() -> None:
    x = np.linspace(-8, 8, 1601)
    gap = np.abs(GELU()(x) - GELU(approximate="tanh")(x)).max()
    assert 1e-4 < gap < 1e-3


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Softmax(None), TypeError, "Softmax: expected dim to be a whole number, got None; -1 is the last axis"),
        (lambda: Softmax(True), TypeError, "got True"),
        (lambda: LeakyReLU("0.1"), ValueError, "LeakyReLU: expected negative_slope to be a finite number, got '0.1'"),
        (lambda: LeakyReLU(math.nan), ValueError, "got nan"),
        (lambda: GELU(True), ValueError, "GELU: expected approximate to be 'none' or 'tanh', got True"),
        (
            lambda: Softmax(1)(np.ones(3)),
            ShapeError,
            "Softmax.forward: expected an array with an axis 1, got shape (3,)",
        ),
        (
            lambda: Softmax()(np.array(1.0)),
            ShapeError,
            "Softmax.forward: expected an array with an axis -1, got shape ()",
        ),
        (lambda: softmax(np.ones((2, 3)), -3), ShapeError, "softmax: expected an array with an axis -3"),
        (lambda: log_softmax(np.ones(3), 1), ShapeError, "log_softmax: expected an array with an axis 1"),
        (lambda: sigmoid([0.0]), DtypeError, "sigmoid: expected a NumPy array, got list"),
        (lambda: softmax(np.arange(3)), DtypeError, "softmax: expected floating-point numbers, got int64"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


@every
def test_each_layer_names_itself_when_it_refuses(kind, args: dict) -> None:
    layer, name = kind(**args), kind.__name__
    with pytest.raises(DtypeError, match=f"^{name}.forward: expected floating-point numbers, got int64"):
        layer(np.ones((2, 3), int))
    layer(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=rf"^{name}.backward: expected shape \(2, 3\) \(that of y\), got \(3, 2\)"):
        layer.backward(np.ones((3, 2)))
    with pytest.raises(OrderError, match=f"^{name}.backward: expected one forward before each backward"):
        kind(**args).backward(np.ones((2, 3)))

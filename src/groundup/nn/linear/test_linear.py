import numpy as np
import pytest

from groundup.core import DtypeError, OrderError, ShapeError, gradcheck, load_state, save_state
from groundup.nn import Linear
from support.parity import check_layer, close, twin


@pytest.mark.parametrize("shape", [(5, 3), (1, 3), (0, 3), (2, 4, 3), (3,)], ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)])
def test_equals_torch(shape: tuple[int, ...], bias: bool, dtype: str, rtol: float) -> None:
    x = np.random.default_rng(1).standard_normal(shape).astype(dtype)
    check_layer(Linear(3, 4, bias, rng=0), twin("nn/linear").Linear(3, 4, bias), x, rtol=rtol)


def test_equals_torch_on_a_strided_view() -> None:
    x = np.random.default_rng(1).standard_normal((8, 6))[::2, ::2]
    check_layer(Linear(3, 4, rng=0), twin("nn/linear").Linear(3, 4), x, rtol=1e-12)


def test_autograd_finds_the_gradients_of_equation_2() -> None:
    import torch

    rng = np.random.default_rng(0)
    ours, x, dy = Linear(3, 2, rng=0).to(np.float64), rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
    theirs = torch.nn.Linear(3, 2).double()
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.state_dict().items()})
    ours.forward(x)
    mine = ours.backward(dy), ours.weight.grad, ours.bias.grad if ours.bias else None
    found = twin("nn/linear").gradients(theirs, torch.from_numpy(x), torch.from_numpy(dy))
    for name, a, b in zip(("dx", "dw", "db"), mine, found, strict=True):
        close(name, a, b.numpy(), 1e-12)


def test_backward_is_the_gradient_of_forward() -> None:
    worst = gradcheck(Linear(4, 3, rng=0), np.random.default_rng(2).standard_normal((5, 4)), rng=3)[0]
    assert worst.error < 1e-8, worst


def test_starts_as_torch_does() -> None:
    """Uniform in ±1/√I: the bound holds, and the spread is that of a uniform distribution, bound/√3."""
    layer = Linear(400, 300, rng=0)
    bound = 400**-0.5
    assert np.abs(layer.weight.value).max() <= bound
    assert layer.weight.value.std() == pytest.approx(bound / 3**0.5, rel=0.01)  # 120,000 draws: sd of the sd is 0.13 %
    assert layer.weight.value.dtype == np.float32
    assert np.array_equal(layer.weight.value, Linear(400, 300, rng=0).weight.value)
    assert not np.array_equal(layer.weight.value, Linear(400, 300, rng=1).weight.value)


def test_state_travels_through_a_file(tmp_path) -> None:
    layer, other = Linear(3, 2, rng=0), Linear(3, 2, rng=1)
    save_state(tmp_path / "linear.safetensors", layer.state_dict())
    other.load_state_dict(load_state(tmp_path / "linear.safetensors"))
    x = np.ones((1, 3), np.float32)
    assert np.array_equal(layer(x), other(x))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Linear(0, 2, rng=0), ValueError, "Linear: expected in_features of at least 1, got 0"),
        (lambda: Linear(2, -1, rng=0), ValueError, "out_features"),
        (lambda: Linear(2.0, 1, rng=0), TypeError, "whole number, got 2.0"),
        (lambda: Linear(2, 1), TypeError, "Linear: expected rng to be a seed or a numpy Generator, got None"),
        (lambda: Linear(3, 2, rng=0).forward([[1.0, 2.0, 3.0]]), DtypeError, "expected a NumPy array, got list"),
        (
            lambda: Linear(3, 2, rng=0).forward(np.ones((2, 3), int)),
            DtypeError,
            "expected floating-point numbers, got int64",
        ),
        (
            lambda: Linear(3, 2, rng=0).forward(np.ones((2, 4))),
            ShapeError,
            "expected 3 features on the last axis, got shape",
        ),
        (lambda: Linear(3, 2, rng=0).forward(np.ones((3, 2))), ShapeError, "transposed"),
        (lambda: Linear(3, 2, rng=0).forward(np.array(1.0)), ShapeError, "Linear.forward"),
        (lambda: Linear(3, 2, rng=0).backward(np.ones((2, 2))), OrderError, "one forward before each backward"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=r"^Linear") as raised:
        call()
    assert says in str(raised.value)


def test_an_upstream_gradient_of_another_shape_is_refused() -> None:
    layer = Linear(3, 2, rng=0)
    layer(np.ones((4, 3)))
    with pytest.raises(ShapeError, match=r"Linear.backward: expected shape \(4, 2\) \(that of y\), got \(4, 3\)"):
        layer.backward(np.ones((4, 3)))

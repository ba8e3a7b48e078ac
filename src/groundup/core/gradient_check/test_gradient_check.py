import numpy as np
import pytest

from groundup.core import Layer
from groundup.core.gradient_check import gradcheck, numeric_gradient, worst_error
from groundup.core.gradient_check.gradient_check import Example
from support.parity import carry, tensor, twin


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("cubic", [False, True])
def test_a_right_gradient_passes_and_a_wrong_one_is_found(cubic: bool) -> None:
    assert gradcheck(Example(3, 2, cubic=cubic), draw(4, 3), rng=0)[0].error < 1e-8
    assert gradcheck(Example(3, 2, cubic=cubic, spoil=1.01), draw(4, 3), rng=0)[0].error > 1e-3


def test_every_array_is_checked_and_the_worst_comes_first() -> None:
    errors = gradcheck(Example(3, 2, spoil=0.9), draw(4, 3), rng=0)
    assert {e.name for e in errors} == {"x", "weight"}
    assert errors == sorted(errors, key=lambda e: -e.error)
    assert [e.name for e in gradcheck(Example(3, 2), draw(4, 3), rng=0, wrt_input=False)] == ["weight"]


def test_the_slope_is_that_of_torch() -> None:
    import torch

    theta = draw(3, 2)
    found = numeric_gradient(lambda: float(np.sin(theta).sum() * theta[0, 0]), theta)
    theirs = tensor(theta, grad=True)
    (torch.sin(theirs).sum() * theirs[0, 0]).backward()
    np.testing.assert_allclose(found, theirs.grad.numpy(), rtol=1e-8, atol=1e-8)


def test_the_error_of_a_central_difference_falls_with_the_square_of_the_step() -> None:
    theta = np.array([1.0])
    errors = [abs(numeric_gradient(lambda: float(np.exp(theta[0])), theta, eps)[0] - np.e) for eps in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.01)


def test_the_argument_is_put_back_exactly() -> None:
    theta = draw(5)
    before = theta.copy()
    numeric_gradient(lambda: float((theta**2).sum()), theta)
    assert np.array_equal(theta, before)


def test_a_nan_is_the_worst_error_and_an_empty_array_has_none() -> None:
    assert worst_error("w", np.array([np.nan, 5.0]), np.array([1.0, 1.0])).error == np.inf
    assert worst_error("w", np.ones((0, 2)), np.ones((0, 2))).error == 0
    with pytest.raises(ValueError, match=r"gradcheck: expected w.grad of shape \(1,\), got \(2,\)"):
        worst_error("w", np.ones(2), np.ones(1))


def test_the_twin_agrees_about_the_same_layer() -> None:
    import torch

    class Cubic(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(2, 3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x**3 @ self.weight.T

    theirs = carry(Example(3, 2, cubic=True), Cubic())
    assert twin("core/gradient_check").gradcheck(theirs, tensor(draw(4, 3)))


class WrongSoftmax(Layer):
    """Right for an upstream of all ones, and for no other."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        self.keep(p)
        return p

    def backward(self, dy):
        p = self.kept()
        return dy * p - p * p.sum(axis=1, keepdims=True)


def test_an_upstream_of_all_ones_would_pass_a_wrong_softmax() -> None:
    layer = WrongSoftmax()
    layer(draw(2, 3))
    assert np.abs(layer.backward(np.ones((2, 3)))).max() < 1e-12  # the true slope of a sum that is always 1
    assert gradcheck(layer, draw(2, 3), rng=0)[0].error > 1e-2

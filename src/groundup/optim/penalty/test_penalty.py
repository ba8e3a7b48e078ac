import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import DtypeError, Parameter, numeric_gradient
from groundup.models import MLP
from groundup.optim import SGD, Adam, AdamW, Penalty, soft_threshold, weights
from support.parity import close, twin

TWIN = twin("optim/penalty")
GRID = pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.1, 0.0), (0.0, 0.1), (0.3, 0.7)])


def pair(seed: int = 0) -> tuple[list[Parameter], list[torch.nn.Parameter]]:
    rng = np.random.default_rng(seed)
    ours = [Parameter(rng.standard_normal(shape)) for shape in ((3, 4), (2, 3), (4, 1))]
    ours[0].value[0, :2] = 0.0
    return ours, [torch.nn.Parameter(torch.from_numpy(p.value.copy())) for p in ours]


@GRID
def test_value_and_gradient_equal_those_that_torch_finds(l1: float, l2: float) -> None:
    ours, theirs = pair()
    mine, their = Penalty(ours, l1, l2), TWIN.Penalty(theirs, l1, l2)
    value = their()
    np.testing.assert_allclose(mine(), value.item(), rtol=1e-12)
    mine.backward()
    value.backward()
    for p, q in zip(ours, theirs, strict=True):
        close("gradient", p.grad, q.grad.numpy(), 1e-12)


@GRID
def test_the_gradient_is_the_slope_of_the_value(l1: float, l2: float) -> None:
    p = Parameter(np.random.default_rng(0).standard_normal((3, 4)))
    penalty = Penalty([p], l1, l2)
    penalty.backward()
    np.testing.assert_allclose(p.grad, numeric_gradient(penalty, p.value), rtol=1e-6, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 3))
def test_the_soft_threshold_equals_torchs_and_the_minimum_that_defines_it(seed: int, t: float) -> None:
    w = np.random.default_rng(seed).standard_normal((4, 5))
    close("S(w, t)", soft_threshold(w, t), TWIN.soft_threshold(torch.from_numpy(w), t).numpy(), 1e-12)
    u = np.linspace(-5, 5, 100_001)
    best = u[(0.5 * (u - w[0, 0]) ** 2 + t * np.abs(u)).argmin()]
    assert soft_threshold(w[:1, :1], t)[0, 0] == pytest.approx(best, abs=1e-4)


@GRID
def test_shrink_is_the_minimum_of_the_proximal_problem(l1: float, l2: float) -> None:
    (p, *_), (q, *_) = pair(1)
    start, u, lr = p.value[1, 1], np.linspace(-5, 5, 100_001), 0.5
    Penalty([p], l1, l2).shrink(lr)
    TWIN.Penalty([q], l1, l2).shrink(lr)
    close("shrunk", p.value, q.detach().numpy(), 1e-12)
    best = u[(0.5 * (u - start) ** 2 + lr * (l1 * np.abs(u) + l2 / 2 * u**2)).argmin()]
    assert p.value[1, 1] == pytest.approx(best, abs=1e-4)


def steps(kind, *, decay: float = 0.0, penalty: float = 0.0) -> np.ndarray:
    """Fifty steps on one drawn problem, the decay in the optimiser or the penalty in the loss."""
    rng = np.random.default_rng(0)
    p = Parameter(rng.standard_normal((4, 3)))
    optimiser, term = kind([p], 0.05, weight_decay=decay), Penalty([p], l2=penalty)
    for _ in range(50):
        optimiser.zero_grad()
        p.grad += rng.standard_normal((4, 3)) * [1, 10, 100]
        term.backward()
        optimiser.step()
    return p.value


def test_weight_decay_is_the_l2_penalty_for_sgd_and_for_adam_but_not_adamw() -> None:
    for kind in (SGD, Adam):
        np.testing.assert_allclose(steps(kind, decay=0.1), steps(kind, penalty=0.1), rtol=1e-9)
    assert np.abs(steps(AdamW, decay=0.1) - steps(Adam, penalty=0.1)).max() > 0.05


def test_shrinking_makes_exact_zeros_where_the_subgradient_makes_none() -> None:
    """Least squares with two inputs that matter out of twenty."""
    rng = np.random.default_rng(0)
    x, truth = rng.standard_normal((200, 20)), np.zeros((20, 1))
    truth[:2, 0] = [2.0, -3.0]
    y, zeros = x @ truth, {}
    for proximal in (False, True):
        w = Parameter(0.1 * rng.standard_normal((20, 1)))
        optimiser, penalty = SGD([w], 0.1), Penalty([w], l1=0.1)
        for _ in range(300):
            optimiser.zero_grad()
            w.grad += x.T @ (x @ w.value - y) / len(x)
            if not proximal:
                penalty.backward()
            optimiser.step()
            if proximal:
                penalty.shrink(optimiser.lr)
        zeros[proximal] = np.flatnonzero(w.value == 0)
    assert len(zeros[False]) == 0
    assert list(zeros[True]) == list(range(2, 20))


def test_weights_leave_biases_out_and_keep_the_order() -> None:
    model, theirs = MLP([4, 3, 2], rng=0), torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2))
    assert [p.shape for p in weights(model)] == [tuple(p.shape) for p in TWIN.weights(theirs)] == [(3, 4), (2, 3)]


def test_gradients_add_up_values_stay_and_so_does_float32() -> None:
    p = Parameter(np.array([[1.0, -2.0]], np.float32))
    p.grad += 5
    penalty = Penalty([p], l1=1.0, l2=0.5)
    penalty.backward()
    assert np.array_equal(p.grad, [[6.5, 3.0]])
    assert np.array_equal(p.value, [[1.0, -2.0]])
    array = p.value
    penalty.shrink(0.5)
    assert p.value is array
    assert {p.value.dtype, p.grad.dtype} == {np.dtype("float32")}
    np.testing.assert_allclose(p.value, [[0.4, -1.2]], rtol=1e-6)


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_a_strength_below_zero_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"^Penalty: expected {name} at least 0.0, got -1"):
        Penalty([Parameter(np.zeros(2))], **{name: -1})


def test_what_is_no_list_of_parameters_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Penalty: expected parameters, got ndarray; pass weights\(model\)"):
        Penalty([np.zeros(2)], 0.1)  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"^Penalty: expected at least one parameter, got none; pass weights\(model\)"):
        Penalty([], 0.1)


def test_a_threshold_below_zero_and_whole_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^soft_threshold: expected threshold at least 0.0, got -1"):
        soft_threshold(np.zeros(2), -1)
    with pytest.raises(DtypeError, match=r"^soft_threshold: expected floating-point numbers, got int64"):
        soft_threshold(np.array([1, 2]), 0.5)

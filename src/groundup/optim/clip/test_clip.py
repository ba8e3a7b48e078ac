from math import inf, isinf, isnan, nan

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import Array, Parameter
from groundup.optim import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from support.parity import close, twin

SHAPES = ((3, 4), (4,), ())
TWIN = twin("optim/clip")


def pair(seed: int = 0, scale: float = 1.0, dtype: str = "float64") -> tuple[list[Parameter], list[torch.nn.Parameter]]:
    """The same gradients on both sides."""
    rng = np.random.default_rng(seed)
    ours = [Parameter(np.zeros(shape, dtype)) for shape in SHAPES]
    theirs = [torch.nn.Parameter(torch.from_numpy(p.value.copy())) for p in ours]
    for p, q in zip(ours, theirs, strict=True):
        p.grad[...] = scale * rng.standard_normal(p.shape)
        q.grad = torch.from_numpy(p.grad.copy())
    return ours, theirs


def same(ours: list[Parameter], theirs: list[torch.nn.Parameter], rtol: float = 1e-12) -> None:
    for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
        assert q.grad is not None
        close(f"gradient {i}", p.grad, q.grad.numpy(), rtol)


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.0, 0.5, inf, "inf"])
@pytest.mark.parametrize("max_norm", [0.0, 0.1, 1.0, 1e6])
def test_by_norm_equals_torch(norm_type, max_norm: float) -> None:
    for scale in (1e-3, 1.0, 1e3):
        ours, theirs = pair(scale=scale)
        norm = clip_grad_norm_(ours, max_norm, norm_type)
        np.testing.assert_allclose(norm, float(TWIN.clip_grad_norm_(theirs, max_norm, norm_type)), rtol=1e-12)
        same(ours, theirs)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-6, 1e6), st.floats(0.5, 8), st.floats(0, 1e4), st.floats(0, 10))
def test_equals_torch_whatever_the_bounds(seed, scale, norm_type, max_norm, clip_value) -> None:
    ours, theirs = pair(seed, scale)
    clip_grad_norm_(ours, max_norm, norm_type)
    TWIN.clip_grad_norm_(theirs, max_norm, norm_type)
    clip_grad_value_(ours, clip_value)
    TWIN.clip_grad_value_(theirs, clip_value)
    same(ours, theirs)


@pytest.mark.parametrize("clip_value", [0, 0.5, 100, inf])
def test_by_value_equals_torch(clip_value: float) -> None:
    ours, theirs = pair()
    clip_grad_value_(ours, clip_value)
    TWIN.clip_grad_value_(theirs, clip_value)
    same(ours, theirs)


def test_float32_equals_torch_and_stays_float32() -> None:
    ours, theirs = pair(dtype="float32", scale=100)
    norm, their_norm = clip_grad_norm_(ours, 1.0), TWIN.clip_grad_norm_(theirs, 1.0)
    np.testing.assert_allclose(norm, float(their_norm), rtol=1e-6)
    same(ours, theirs, 1e-6)


def test_the_direction_stays_and_the_length_becomes_the_bound() -> None:
    ours, _ = pair(scale=50)
    before = np.concatenate([p.grad.ravel() for p in ours])
    norm = clip_grad_norm_(iter(ours), 2.0)  # a generator can be walked once only
    after = np.concatenate([p.grad.ravel() for p in ours])
    np.testing.assert_allclose(norm, np.linalg.norm(before), rtol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(after), 2.0, rtol=1e-6)
    np.testing.assert_allclose(after / np.linalg.norm(after), before / norm, rtol=1e-9)


def test_an_infinite_bound_measures_and_a_small_gradient_is_left_alone() -> None:
    for bound in (inf, 1e9):
        ours, _ = pair()
        before = [p.grad.copy() for p in ours]
        assert clip_grad_norm_(ours, bound) > 0
        assert all(np.array_equal(p.grad, g) for p, g in zip(ours, before, strict=True))


def test_one_parameter_alone_and_none() -> None:
    p = Parameter(np.zeros(2))
    p.grad[...] = [3, 4]
    assert clip_grad_norm_(p, 1.0) == 5
    clip_grad_value_(p, 0.7)
    np.testing.assert_allclose(p.grad, [0.6, 0.7], rtol=1e-6)
    assert clip_grad_norm_([], 1.0) == get_total_norm([], inf) == get_total_norm([np.zeros((0, 2))], inf) == 0


def test_the_gradients_array_is_changed_in_place_whatever_its_layout() -> None:
    gradient = np.asfortranarray(np.full((3, 4), 2.0))
    p = Parameter(np.zeros((3, 4)))
    p.grad = gradient
    clip_grads_with_norm_([p], 1.0, get_total_norm([gradient]))
    assert p.grad is gradient
    np.testing.assert_allclose(np.linalg.norm(gradient), 1, rtol=1e-6)


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_what_is_not_finite_is_refused_when_asked_for_and_else_as_in_torch(bad: float) -> None:
    def with_bad() -> tuple[list[Parameter], list[torch.nn.Parameter]]:
        ours, theirs = pair()
        ours[1].grad[2] = bad
        theirs[1].grad[2] = bad  # type: ignore[index]
        return ours, theirs

    ours, theirs = with_bad()
    before = [p.grad.copy() for p in ours]
    with pytest.raises(RuntimeError, match=r"^get_total_norm: expected a finite norm, got (nan|inf); a gradient over"):
        clip_grad_norm_(ours, 1.0, error_if_nonfinite=True)
    assert all(np.array_equal(p.grad, g, equal_nan=True) for p, g in zip(ours, before, strict=True))
    with np.errstate(invalid="ignore"):  # inf * 0
        norm, their_norm = clip_grad_norm_(ours, 1.0), float(TWIN.clip_grad_norm_(theirs, 1.0))
    assert (isnan(norm), isinf(norm)) == (isnan(their_norm), isinf(their_norm))
    same(ours, theirs)
    assert isnan(get_total_norm([np.array([1.0]), np.array([nan]), np.array([0.5])], inf))


def test_squares_that_float32_cannot_hold_are_added_up_in_float64() -> None:
    big: Array = np.full(4, 1e25, np.float32)
    np.testing.assert_allclose(get_total_norm([big]), 2e25, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda p: clip_grad_norm_(p, -1.0), "clip_grad_norm_: expected max_norm at least 0, got -1.0"),
        (lambda p: clip_grad_norm_(p, nan), "clip_grad_norm_: expected max_norm at least 0, got nan"),
        (lambda p: clip_grad_value_(p, -0.1), "clip_grad_value_: expected clip_value at least 0, got -0.1"),
        (lambda p: clip_grads_with_norm_(p, -1, 1.0), "clip_grads_with_norm_: expected max_norm at least 0, got -1"),
        (lambda p: clip_grad_norm_(p, 1.0, 0), "get_total_norm: expected norm_type above 0, got 0; usual are"),
    ],
)
def test_bounds_below_zero_are_refused(call, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        call([Parameter(np.zeros(2))])
    assert str(raised.value).startswith(says)


def test_what_is_no_parameter_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^clip_grad_norm_: expected parameters, got ndarray; pass model"):
        clip_grad_norm_([np.zeros(2)], 1.0)  # type: ignore[list-item]


def test_the_twins_step_is_no_longer_than_the_bound() -> None:
    model = torch.nn.Linear(3, 1)
    before = [p.detach().clone() for p in model.parameters()]
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0)
    x, y = torch.ones(4, 3), torch.full((4, 1), 1e4)
    norm = TWIN.train_step(model, torch.nn.functional.mse_loss, optimiser, x, y, 0.5)
    moved = sum((p - b).square().sum().item() for p, b in zip(model.parameters(), before, strict=True)) ** 0.5
    assert norm > 1e4
    assert moved == pytest.approx(0.5, rel=1e-4)

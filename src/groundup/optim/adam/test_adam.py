from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import Array, Parameter
from groundup.nn import Linear
from groundup.optim.adam import adam, fast
from groundup.optim.blocks import BLOCK, LINE
from support.descent import check_path, walk
from support.parity import twin

GRID = [
    {"betas": b, "weight_decay": w, "amsgrad": a, "maximize": up}
    for b, w, a, up in product([(0.9, 0.999), (0.5, 0.9), (0.0, 0.0)], [0.0, 0.1], [False, True], [False, True])
]
KINDS = [adam.Adam, adam.AdamW, fast.Adam, fast.AdamW]
every = pytest.mark.parametrize("kind", KINDS, ids=lambda k: f"{k.__module__.split('.')[-1]}-{k.__name__}")


@every
@pytest.mark.parametrize("options", GRID, ids=str)
def test_equals_torch_over_a_hundred_steps(kind, options) -> None:
    check_path(kind, getattr(twin("optim/adam"), kind.__name__), lr=0.05, **options)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(KINDS), st.floats(0, 0.2), st.floats(0, 0.99), st.floats(0.5, 0.9999), st.floats(1e-8, 1e-2),
    st.floats(0, 0.5), st.booleans(), st.integers(0, 10**6),
)  # fmt: skip
def test_equals_torch_whatever_the_settings(kind, lr, b1, b2, eps, decay, amsgrad, seed) -> None:
    options = {"betas": (b1, b2), "eps": eps, "weight_decay": decay, "amsgrad": amsgrad}
    # m / sqrt(v) multiplies a rounding error by 1 / |g|: over 100 steps, with a short memory, that is more than 1e-12
    check_path(kind, getattr(torch.optim, kind.__name__), seed=seed, rtol=1e-9, lr=lr, **options)


@every
def test_a_changed_learning_rate_acts_at_once_as_in_torch(kind) -> None:
    check_path(kind, getattr(torch.optim, kind.__name__), lr=0.1, rates={10: 0.01, 50: 0.0, 60: 0.2}, weight_decay=0.1)


@every
def test_starts_with_torchs_defaults(kind) -> None:
    default = getattr(torch.optim, kind.__name__)([torch.nn.Parameter(torch.ones(1))]).defaults
    ours = kind([Parameter(np.ones(1))])
    for name in ("lr", "betas", "eps", "weight_decay", "amsgrad", "maximize"):
        assert getattr(ours, name) == default[name], name


@every
def test_the_first_step_is_one_rate_long_whatever_the_gradient(kind) -> None:
    optimiser = kind([Parameter(np.zeros(3))], 0.01, weight_decay=0.0)
    np.testing.assert_allclose(walk(optimiser, np.array([[1e-3, -5.0, 4e4]])), [-0.01, 0.01, -0.01], rtol=1e-4)


def test_the_correction_makes_a_steady_gradient_its_own_mean() -> None:
    optimiser = adam.Adam([Parameter(np.zeros(1))], 0.1)
    for t in range(1, 50):
        walk(optimiser, np.full((1, 1), 3.0))
        state, (of_mean, of_squares) = optimiser.state[0], optimiser.corrections(t)
        np.testing.assert_allclose(
            [state["exp_avg"] / of_mean, state["exp_avg_sq"] / of_squares], [[3], [9]], rtol=1e-12
        )


@pytest.mark.parametrize("module", [adam, fast])
def test_decay_alone_is_a_share_for_adamw_and_a_length_for_adam(module) -> None:
    """No gradient from the loss: AdamW takes 1 - ηλ of each; Adam's L2 moves large and small by the same η."""
    start = np.array([10.0, -3.0, 0.5])
    w, l2 = (kind([Parameter(start.copy())], 0.01, weight_decay=0.1) for kind in (module.AdamW, module.Adam))
    np.testing.assert_allclose(walk(w, np.zeros((10, 3))), start * (1 - 0.01 * 0.1) ** 10, rtol=1e-12)
    np.testing.assert_allclose(walk(l2, np.zeros((1, 3))), start - 0.01 * np.sign(start), rtol=1e-6)


def both(name: str, shape: tuple[int, ...], dtype: str, order: str = "C", **options) -> tuple[Array, Array]:
    """Where the plain and the fast form stand after ten steps."""
    ends = []
    for module in (adam, fast):
        rng = np.random.default_rng(0)
        value = np.asarray(rng.standard_normal(shape), dtype=dtype, order=order)
        optimiser = getattr(module, name)([Parameter(value)], 0.01, weight_decay=0.1, **options)
        ends.append(walk(optimiser, rng.standard_normal((10, *shape)).astype(dtype)))
    return ends[0], ends[1]


@pytest.mark.parametrize("name", ["Adam", "AdamW"])
@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("shape", [(7,), (3, 50_000), (BLOCK,), (2, BLOCK)], ids=str)
@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 1e-5)])
def test_the_fast_form_equals_the_plain_one(name, amsgrad, shape, dtype, rtol) -> None:
    for order in "CF":
        plain, quick = both(name, shape, dtype, order, amsgrad=amsgrad)
        np.testing.assert_allclose(quick, plain, rtol=rtol, atol=rtol)


def test_a_weight_that_is_laid_out_anew_between_two_steps_goes_on() -> None:
    """``needs_input_grad(False)`` turns the first layer's weight round in memory; what is remembered stays as it was."""
    ends = []
    for module in (adam, fast):
        layer, rng = Linear(400, 400, rng=0), np.random.default_rng(0)
        optimiser = module.Adam([layer.weight], 0.01)
        walk(optimiser, rng.standard_normal((2, 400, 400)))
        layer.needs_input_grad(False)
        ends.append(walk(optimiser, rng.standard_normal((2, 400, 400))))
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-4, atol=1e-6)


def test_what_is_remembered_begins_at_a_line_of_the_cache() -> None:
    for shape in [(3, 5), (1000,), ()]:
        for array in fast.Adam([Parameter(np.ones(shape, np.float32))]).memory(0).values():
            assert array.ctypes.data % LINE == 0
            assert not array.any()


@every
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"betas": (1.0, 0.999)}, "betas[0] below 1, got 1.0"),
        ({"betas": (0.9, -0.1)}, "betas[1] between 0.0 and 1.0, got -0.1"),
        ({"betas": (0.9,)}, "two betas, got (0.9,); one for the mean and one for the squares"),
        ({"eps": -1}, "eps at least 0.0, got -1"),
    ],
)
def test_settings_out_of_range_are_refused(kind, options, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        kind([Parameter(np.ones(1))], **options)
    assert str(raised.value).startswith(f"{kind.__name__}: expected {says}")

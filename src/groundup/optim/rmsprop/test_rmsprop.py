from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import Parameter
from groundup.optim import Adagrad, RMSprop
from support.descent import check_path, walk
from support.parity import twin

ADAGRAD = [
    {"lr_decay": d, "weight_decay": w, "initial_accumulator_value": s, "maximize": up}
    for d, w, s, up in product([0.0, 0.1], [0.0, 0.1], [0.0, 2.0], [False, True])
]
RMSPROP = [
    {"momentum": m, "centered": c, "weight_decay": w, "maximize": up}
    for m, c, w, up in product([0.0, 0.9], [False, True], [0.0, 0.1], [False, True])
]


@pytest.mark.parametrize("options", ADAGRAD, ids=str)
def test_adagrad_equals_torch_over_a_hundred_steps(options) -> None:
    check_path(Adagrad, twin("optim/rmsprop").Adagrad, lr=0.05, **options)


@pytest.mark.parametrize("options", RMSPROP, ids=str)
def test_rmsprop_equals_torch_over_a_hundred_steps(options) -> None:
    check_path(RMSprop, twin("optim/rmsprop").RMSprop, lr=0.01, eps=1e-6, **options)


@settings(max_examples=20, deadline=None)
@given(
    st.floats(0, 0.1), st.floats(0.0, 0.999), st.floats(1e-6, 0.1), st.floats(0, 0.5), st.floats(0, 0.95), st.integers()
)
def test_rmsprop_equals_torch_whatever_the_settings(lr, alpha, eps, decay, momentum, seed) -> None:
    options = {"alpha": alpha, "eps": eps, "weight_decay": decay, "momentum": momentum}
    check_path(RMSprop, torch.optim.RMSprop, seed=abs(seed) % 2**32, lr=lr, **options)


@pytest.mark.parametrize(("kind", "theirs"), [(Adagrad, torch.optim.Adagrad), (RMSprop, torch.optim.RMSprop)])
def test_a_changed_learning_rate_acts_at_once_as_in_torch(kind, theirs) -> None:
    check_path(kind, theirs, lr=0.01, rates={10: 0.001, 50: 0.0, 60: 0.02})


@pytest.mark.parametrize(("kind", "theirs"), [(Adagrad, torch.optim.Adagrad), (RMSprop, torch.optim.RMSprop)])
def test_starts_with_torchs_defaults(kind, theirs) -> None:
    ours, default = kind([Parameter(np.ones(1))]), theirs([torch.nn.Parameter(torch.ones(1))]).defaults
    names = set(vars(ours)) & set(default)
    assert len(names) >= 5
    for name in names:
        assert getattr(ours, name) == default[name], name


@pytest.mark.parametrize("kind", [Adagrad, RMSprop])
def test_the_path_does_not_depend_on_the_scale_of_the_loss(kind) -> None:
    """What the lesson derives: g and 1000 g give the same steps, but for ε."""
    gradients = np.random.default_rng(0).standard_normal((30, 4))
    plain, scaled = (kind([Parameter(np.zeros(4))], 0.1, eps=0.0) for _ in range(2))
    np.testing.assert_allclose(walk(plain, gradients), walk(scaled, 1000 * gradients), rtol=1e-12)


def test_adagrad_steps_shrink_with_the_root_of_time_under_a_steady_gradient() -> None:
    optimiser = Adagrad([Parameter(np.zeros(1))], 1.0)
    walk(optimiser, np.ones((100, 1)))
    expected = -(1 / np.sqrt(np.arange(1, 101))).sum()
    np.testing.assert_allclose(optimiser.params[0].value, expected, rtol=1e-9)


def test_rmsprops_first_step_is_ten_rates_long() -> None:
    """The mean of squares begins at 0 and is not corrected: after one step it holds a hundredth of g²."""
    optimiser = RMSprop([Parameter(np.zeros(2))], 0.01)
    np.testing.assert_allclose(walk(optimiser, np.array([[3.0, -500.0]])), [-0.1, 0.1], rtol=1e-6)


def test_centred_rmsprop_under_a_steady_gradient_stays_finite() -> None:
    """The variance tends to zero, and rounding can take it below: no root of a negative number."""
    optimiser = RMSprop([Parameter(np.zeros(3))], 1e-9, alpha=0.5, centered=True)
    assert np.isfinite(walk(optimiser, np.tile([0.1, 1 / 3, 1e3], (200, 1)))).all()


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        (Adagrad, {"lr_decay": -1}, "lr_decay at least 0.0, got -1"),
        (Adagrad, {"eps": -1e-9}, "eps at least 0.0, got -1e-09"),
        (Adagrad, {"initial_accumulator_value": -1}, "initial_accumulator_value at least 0.0, got -1"),
        (RMSprop, {"alpha": 1.1}, "alpha between 0.0 and 1.0, got 1.1"),
        (RMSprop, {"alpha": 1.0}, "alpha below 1, got 1.0; an average that keeps everything never moves"),
        (RMSprop, {"eps": float("nan")}, "eps at least 0.0, got nan"),
        (RMSprop, {"momentum": -0.9}, "momentum at least 0.0, got -0.9"),
    ],
)
def test_settings_out_of_range_are_refused(kind, options, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        kind([Parameter(np.ones(1))], **options)
    assert str(raised.value).startswith(f"{kind.__name__}: expected {says}")

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import Array, Parameter, StateError, load_state, save_state
from groundup.nn import Linear
from groundup.optim import SGD
from support.descent import check_path
from support.parity import twin

GRID = [
    {"momentum": m, "dampening": t, "weight_decay": w, "nesterov": n, "maximize": up}
    for m, t, w, n, up in product([0.0, 0.9], [0.0, 0.3], [0.0, 0.1], [False, True], [False, True])
    if not n or (m and not t)
]
SETTINGS = st.fixed_dictionaries(
    {
        "lr": st.floats(0, 0.2),
        "momentum": st.floats(0, 0.99),
        "dampening": st.sampled_from([0.0, 0.0, 0.3, 1.0]),
        "weight_decay": st.floats(0, 0.5),
        "nesterov": st.booleans(),
        "maximize": st.booleans(),
    }
).filter(lambda s: not s["nesterov"] or (s["momentum"] > 0 and s["dampening"] == 0))


@pytest.mark.parametrize("options", GRID, ids=str)
def test_equals_torch_over_a_hundred_steps(options) -> None:
    check_path(SGD, twin("optim/sgd").SGD, lr=0.05, **options)


@settings(max_examples=30, deadline=None)
@given(SETTINGS, st.integers(0, 1000))
def test_equals_torch_whatever_the_settings(options, seed) -> None:
    check_path(SGD, twin("optim/sgd").SGD, seed=seed, **options)


@pytest.mark.parametrize("nesterov", [False, True])
def test_a_changed_learning_rate_acts_at_once_as_in_torch(nesterov: bool) -> None:
    rates = {10: 0.01, 50: 0.0, 60: 0.2}
    check_path(SGD, twin("optim/sgd").SGD, lr=0.1, rates=rates, momentum=0.9, nesterov=nesterov)


def test_starts_with_torchs_defaults() -> None:
    ours, theirs = SGD([Parameter(np.ones(1))]), torch.optim.SGD([torch.nn.Parameter(torch.ones(1))])
    for name in ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize"):
        assert getattr(ours, name) == theirs.defaults[name], name


def test_momentum_is_a_fading_sum_of_all_gradients() -> None:
    """v_t = Σ μ^k g_{t-k}, and for a steady gradient 1 / (1 - μ): what the lesson derives."""
    p, gradients = Parameter(np.zeros(4)), np.random.default_rng(0).standard_normal((30, 4))
    optimiser = SGD([p], 1.0, momentum=0.8)
    for g in gradients:
        p.grad[...] = g
        optimiser.step()
    fading = 0.8 ** np.arange(30)[::-1]
    np.testing.assert_allclose(optimiser.state_dict()["0.momentum_buffer"], fading @ gradients, rtol=1e-12)


def test_decay_alone_takes_the_same_share_of_every_weight() -> None:
    p = Parameter(np.array([10.0, -3.0, 0.5]))
    optimiser, start = SGD([p], 0.1, weight_decay=0.5), p.value.copy()
    for _ in range(30):
        optimiser.step()
    np.testing.assert_allclose(p.value, start * (1 - 0.1 * 0.5) ** 30, rtol=1e-12)


def test_nesterovs_form_is_his_own_seen_from_the_place_looked_at() -> None:
    """Nesterov's own: u ← μu - η ∇L(θ + μu), θ ← θ + u. Ours walks along φ = θ + μu, where the gradient is taken."""
    curvature, lr, mu = np.array([1.0, 30.0]), 0.02, 0.9
    theta, u = np.array([-9.0, 1.0]), np.zeros(2)
    p = Parameter(theta.copy())
    optimiser = SGD([p], lr, momentum=mu, nesterov=True)
    for _ in range(50):
        u = mu * u - lr * curvature * (theta + mu * u)
        theta = theta + u
        p.grad[...] = curvature * p.value
        optimiser.step()
        np.testing.assert_allclose(p.value, theta + mu * u, rtol=1e-9, atol=1e-12)


def test_clearing_the_gradient_leaves_the_velocity() -> None:
    p = Parameter(np.zeros(2))
    p.grad += 1
    optimiser = SGD([p], 1.0, momentum=0.5)
    optimiser.step()
    optimiser.zero_grad()
    assert np.array_equal(optimiser.state_dict()["0.momentum_buffer"], [1, 1])
    optimiser.step()
    assert np.array_equal(p.value, [-1.5, -1.5])  # -1, then half of it by the velocity alone


@pytest.mark.parametrize("gradient", [[], [np.inf, -np.inf, np.nan, 1.0]], ids=["empty", "infinite"])
def test_an_empty_or_infinite_gradient_goes_through_as_in_torch(gradient: list[float]) -> None:
    p, q = Parameter(np.ones(len(gradient))), torch.nn.Parameter(torch.ones(len(gradient), dtype=torch.float64))
    ours, theirs = SGD([p], 0.1, momentum=0.9), torch.optim.SGD([q], 0.1, momentum=0.9)
    p.grad[...] = gradient
    q.grad = torch.tensor(gradient, dtype=torch.float64)
    for _ in range(2):
        ours.step()
        theirs.step()
    np.testing.assert_allclose(p.value, q.detach().numpy(), rtol=1e-12)


def walk(p: Parameter, optimiser: SGD, gradients: Array) -> None:
    for g in gradients:
        p.grad[...] = g
        optimiser.step()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("nesterov", [False, True])
def test_a_restored_optimiser_continues_bit_for_bit(dtype: str, nesterov: bool, tmp_path) -> None:
    gradients = np.random.default_rng(0).standard_normal((40, 3)).astype(dtype)
    options = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": nesterov}
    straight = Parameter(np.ones(3, dtype))
    walk(straight, SGD([straight], **options), gradients)

    first = Parameter(np.ones(3, dtype))
    optimiser = SGD([first], **options)
    walk(first, optimiser, gradients[:20])
    save_state(tmp_path / "optimiser.safetensors", optimiser.state_dict())
    second = Parameter(first.value.copy())
    restored = SGD([second], **options)
    restored.load_state_dict(load_state(tmp_path / "optimiser.safetensors"))
    walk(second, restored, gradients[20:])
    assert np.array_equal(straight.value, second.value)
    assert not np.array_equal(first.value, second.value)


def test_the_state_is_a_copy_and_has_torchs_names() -> None:
    p, q = Parameter(np.ones(2)), torch.nn.Parameter(torch.ones(2))
    ours, theirs = SGD([p], 0.1, momentum=0.9), torch.optim.SGD([q], 0.1, momentum=0.9)
    assert ours.state_dict() == {}
    p.grad += 1
    q.grad = torch.ones(2)
    ours.step()
    theirs.step()
    state = ours.state_dict()
    names = [f"{i}.{key}" for i, buffers in theirs.state_dict()["state"].items() for key in buffers]
    assert list(state) == names == ["0.momentum_buffer"]
    state["0.momentum_buffer"] += 7
    assert np.array_equal(ours.state_dict()["0.momentum_buffer"], [1, 1])
    ours.load_state_dict({})  # back to before the first step
    assert ours.state_dict() == {}


def test_nothing_is_remembered_without_momentum() -> None:
    p = Parameter(np.ones(2))
    optimiser = SGD([p], 0.1)
    walk(p, optimiser, np.ones((3, 2)))
    assert optimiser.state_dict() == {}


def test_float32_stays_float32_whatever_the_settings_are_made_of() -> None:
    p = Parameter(np.ones(3, np.float32))
    optimiser = SGD([p], np.float64(0.1), momentum=np.float64(0.9), weight_decay=np.float64(0.1))
    walk(p, optimiser, np.ones((3, 3), np.float32))
    assert p.value.dtype == optimiser.state_dict()["0.momentum_buffer"].dtype == np.float32
    optimiser.load_state_dict({"0.momentum_buffer": np.ones(3)})
    assert optimiser.state_dict()["0.momentum_buffer"].dtype == np.float32


def test_a_step_leaves_gradients_alone_and_changes_values_in_place() -> None:
    array = np.ones(3)
    p = Parameter(array)
    p.grad += 1
    optimiser = SGD([p], 0.1, momentum=0.9, weight_decay=0.1, nesterov=True, maximize=True)
    optimiser.step()
    assert np.array_equal(p.grad, [1, 1, 1])
    assert p.value is array
    optimiser.zero_grad()
    assert not p.grad.any()
    assert np.array_equal(optimiser.state_dict()["0.momentum_buffer"], [-0.9] * 3)  # -1 + 0.1, not cleared with grad


def test_the_twins_step_goes_down() -> None:
    model = torch.nn.Linear(2, 1).double()
    x, y = torch.ones(4, 2, dtype=torch.float64), torch.full((4, 1), 5.0, dtype=torch.float64)
    module = twin("optim/sgd")
    optimiser = module.SGD(model.parameters(), lr=0.1)
    losses = [module.train_step(model, torch.nn.functional.mse_loss, optimiser, x, y) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"lr": -0.1}, "expected lr at least 0.0, got -0.1"),
        ({"lr": float("nan")}, "expected lr at least 0.0, got nan"),
        ({"momentum": -1}, "expected momentum at least 0.0, got -1"),
        ({"dampening": 1.5}, "expected dampening between 0.0 and 1.0, got 1.5"),
        ({"weight_decay": -1}, "expected weight_decay at least 0.0, got -1"),
        ({"weight_decay": float("inf")}, "weight_decay at least 0.0, got inf"),
        ({"nesterov": True}, "momentum above 0 and no dampening with nesterov=True, got momentum=0.0"),
        (
            {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
            "got momentum=0.9, dampening=0.1; the look ahead needs",
        ),
    ],
)
def test_settings_out_of_range_are_refused(options, says: str) -> None:
    with pytest.raises(ValueError, match=r"^SGD: expected") as raised:
        SGD([Parameter(np.ones(1))], **({"lr": 0.1} | options))
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("params", "got"),
    [
        ([Parameter(np.ones(2)), np.ones(2)], "ndarray"),
        (Parameter(np.ones(2)), "one parameter alone"),
        (Linear(2, 1, rng=0), "Linear"),
    ],
    ids=["an array", "not a list", "a layer"],
)
def test_what_is_no_list_of_parameters_is_refused(params, got: str) -> None:
    with pytest.raises(TypeError, match=rf"^SGD: expected a list of parameters, got {got}; pass model\.parameters"):
        SGD(params, 0.1)


def test_no_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^SGD: expected at least one parameter, got none; pass model\.parameters"):
        SGD([], 0.1)


def test_a_parameter_listed_twice_is_refused() -> None:
    p = Parameter(np.ones(2))
    with pytest.raises(ValueError, match=r"^SGD: expected each parameter once, got 3 .* moved twice a step"):
        SGD([p, Parameter(np.ones(2)), p], 0.1)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"0.momentum_buffer": np.ones(2)}, r"missing 1\.momentum_buffer; is it the state of another"),
        (
            {"0.momentum_buffer": np.ones(3), "1.momentum_buffer": np.ones(2), "2.momentum_buffer": np.ones(2)},
            r"unknown 2\.momentum_buffer; 0\.momentum_buffer has shape \(3,\), expected \(2,\)",
        ),
    ],
    ids=["missing", "unknown and misshapen"],
)
def test_a_state_that_does_not_fit_is_refused_whole(state, says: str) -> None:
    optimiser = SGD([Parameter(np.ones(2)), Parameter(np.ones(2))], 0.1, momentum=0.9)
    with pytest.raises(StateError, match=rf"^SGD\.load_state_dict: {says}"):
        optimiser.load_state_dict(state)
    assert optimiser.state_dict() == {}

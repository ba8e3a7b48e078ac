import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import Parameter, StateError
from groundup.optim import SGD
from support.parity import twin

SETTINGS = st.fixed_dictionaries(
    {
        "lr": st.floats(1e-4, 0.2),
        "momentum": st.sampled_from([0.0, 0.5, 0.9, 0.99]),
        "dampening": st.sampled_from([0.0, 0.3]),
        "weight_decay": st.sampled_from([0.0, 1e-3, 0.1]),
        "nesterov": st.booleans(),
        "maximize": st.booleans(),
    }
).filter(lambda s: not s["nesterov"] or (s["momentum"] > 0 and s["dampening"] == 0))


def same_path(steps: int, seed: int, **options) -> None:
    """Both optimisers follow the same gradients from the same place."""
    rng = np.random.default_rng(seed)
    ours = [Parameter(rng.standard_normal(shape)) for shape in [(3, 4), (4,)]]
    theirs = [torch.nn.Parameter(torch.from_numpy(p.value.copy())) for p in ours]
    mine, their = SGD(ours, **options), twin("optim/sgd").SGD(theirs, **options)
    for _ in range(steps):
        for p, q in zip(ours, theirs, strict=True):
            p.grad[...] = rng.standard_normal(p.shape) + 0.1 * p.value
            q.grad = torch.from_numpy(p.grad.copy())
        mine.step()
        their.step()
    for p, q in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(p.value, q.detach().numpy(), rtol=1e-11, atol=1e-11)


@settings(max_examples=40, deadline=None)
@given(SETTINGS, st.integers(0, 1000))
def test_equals_torch_over_a_hundred_steps(options, seed) -> None:
    same_path(100, seed, **options)
    assert options["lr"] > 0


def test_a_learning_rate_changed_on_the_way_acts_at_once() -> None:
    p = Parameter(np.array([1.0]))
    optimiser = SGD([p], lr=0.1, momentum=0.9)
    p.grad[...] = 1.0
    optimiser.step()
    optimiser.lr = 0.0
    before = p.value.copy()
    optimiser.step()
    assert np.array_equal(p.value, before)


def test_a_restored_optimiser_continues_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    one, two = Parameter(np.ones(3)), Parameter(np.ones(3))
    first, second = SGD([one], 0.1, momentum=0.9), SGD([two], 0.1, momentum=0.9)
    one.grad[...] = rng.standard_normal(3)
    first.step()
    two.value[...] = one.value
    second.load_state_dict(first.state_dict())
    for p, optimiser in ((one, first), (two, second)):
        p.grad[...] = 2.0
        optimiser.step()
    assert np.array_equal(one.value, two.value)
    assert list(first.state_dict()) == ["0.momentum_buffer"]
    assert SGD([one], 0.1).state_dict() == {}


def test_float32_stays_float32_and_gradients_are_left_alone() -> None:
    p = Parameter(np.ones(3, np.float32))
    p.grad += 1
    optimiser = SGD([p], 0.1, momentum=0.9, weight_decay=0.1)
    optimiser.step()
    assert p.value.dtype == np.float32
    assert np.array_equal(p.grad, [1, 1, 1])
    optimiser.zero_grad()
    assert not p.grad.any()


def test_the_twins_step_is_ours() -> None:
    model = torch.nn.Linear(2, 1).double()
    x, y = torch.ones(4, 2, dtype=torch.float64), torch.zeros(4, 1, dtype=torch.float64)
    module = twin("optim/sgd")
    optimiser = module.SGD(model.parameters(), lr=0.1)
    losses = [module.train_step(model, torch.nn.functional.mse_loss, optimiser, x, y) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"lr": -0.1}, "SGD: expected lr at least 0.0, got -0.1"),
        ({"lr": float("nan")}, "lr at least 0.0, got nan"),
        ({"momentum": -1}, "momentum"),
        ({"weight_decay": -1}, "weight_decay"),
        ({"nesterov": True}, "momentum above 0 and no dampening with nesterov=True"),
        ({"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "dampening=0.1"),
    ],
)
def test_settings_out_of_range_are_refused(options, says) -> None:
    with pytest.raises(ValueError, match=r"^SGD: expected") as raised:
        SGD([Parameter(np.ones(1))], **({"lr": 0.1} | options))
    assert says in str(raised.value)


@pytest.mark.parametrize("params", [[], [np.ones(2)]], ids=["none", "an array"])
def test_what_is_no_parameter_is_refused(params) -> None:
    with pytest.raises(ValueError, match=r"pass model\.parameters"):
        SGD(params, 0.1)


def test_a_state_that_does_not_fit_is_refused_whole() -> None:
    optimiser = SGD([Parameter(np.ones(2))], 0.1, momentum=0.9)
    with pytest.raises(
        StateError, match=r"unknown 1\.momentum_buffer; 0\.momentum_buffer has shape \(3,\), expected \(2,\)"
    ):
        optimiser.load_state_dict({"1.momentum_buffer": np.ones(2), "0.momentum_buffer": np.ones(3)})
    assert optimiser.state_dict() == {}

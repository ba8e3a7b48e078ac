import json
from math import inf, nan

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.core import Parameter, StateError
from groundup.optim import SGD, Adam, LRScheduler, Optimizer, schedule
from support.parity import twin

TWIN = twin("optim/schedule")
STEPS = 100
CASES = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 30, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [50, 10, 90], "gamma": 0.3}),
    ("MultiStepLR", {"milestones": [20, 20, 21]}),
    ("ExponentialLR", {"gamma": 0.95}),
    ("ExponentialLR", {"gamma": 1.02}),
    ("CosineAnnealingLR", {"T_max": 100}),
    ("CosineAnnealingLR", {"T_max": 17, "eta_min": 0.01}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.01, "total_iters": 40}),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 99}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 101}),
    ("OneCycleLR", {"max_lr": 0.5, "epochs": 20, "steps_per_epoch": 6, "pct_start": 0.25, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 110, "three_phase": True, "div_factor": 10, "final_div_factor": 100}),
    ("OneCycleLR", {"max_lr": 0.1, "total_steps": 101, "base_momentum": 0.5, "max_momentum": 0.9, "pct_start": 0.0}),
]


def optimisers(kind=SGD, lr: float = 0.1, **options) -> tuple[Optimizer, torch.optim.Optimizer]:
    theirs = getattr(torch.optim, kind.__name__)
    return kind([Parameter(np.ones(2))], lr, **options), theirs([torch.nn.Parameter(torch.ones(2))], lr, **options)


def follow(ours, theirs, mine: Optimizer, their: torch.optim.Optimizer, steps: int = STEPS) -> None:
    """The same rates, and momenta where there are any, at the start and after each step."""
    for t in range(steps + 1):
        group = their.param_groups[0]
        np.testing.assert_allclose(mine.lr, group["lr"], rtol=1e-12, atol=1e-16, err_msg=f"after {t} steps")
        np.testing.assert_allclose(ours.get_last_lr(), theirs.get_last_lr(), rtol=1e-12, atol=1e-16)
        if isinstance(mine, Adam):
            np.testing.assert_allclose(mine.betas, group["betas"], rtol=1e-12)
        elif isinstance(mine, SGD):
            np.testing.assert_allclose(mine.momentum, group["momentum"], rtol=1e-12)
        if t < steps:
            mine.step()
            their.step()
            ours.step()
            theirs.step()


@pytest.mark.parametrize(("name", "options"), CASES, ids=str)
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_the_same_rates_as_torch_over_a_hundred_steps(kind, name: str, options) -> None:
    mine, their = optimisers(kind)
    follow(getattr(schedule, name)(mine, **options), getattr(TWIN, name)(their, **options), mine, their)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 300), st.floats(0.01, 0.99), st.booleans(), st.sampled_from(["cos", "linear"]))
def test_one_cycle_equals_torch_whatever_the_settings(total, share, three, strategy) -> None:
    if abs(share * total - 1) < 1e-6:
        return  # there PyTorch divides by zero; see below
    options = {
        "max_lr": 0.3,
        "total_steps": total,
        "pct_start": share,
        "three_phase": three,
        "anneal_strategy": strategy,
    }
    mine, their = optimisers()
    ours, theirs = schedule.OneCycleLR(mine, **options), TWIN.OneCycleLR(their, **options)
    follow(ours, theirs, mine, their, min(total - 1, 30))


def test_one_cycle_with_a_rise_of_no_length_begins_at_the_top() -> None:
    mine, _ = optimisers()
    schedule.OneCycleLR(mine, 0.4, total_steps=10, pct_start=0.1)  # 0.1 * 10 - 1 = 0 steps of rise
    assert mine.lr == pytest.approx(0.4)


def test_one_cycle_ends_and_says_so() -> None:
    mine, _ = optimisers()
    ours = schedule.OneCycleLR(mine, 0.4, total_steps=3)
    for _ in range(3):
        ours.step()
    with pytest.raises(ValueError, match=r"^OneCycleLR\.step: expected at most 3 steps, got 4; raise total_steps"):
        ours.step()
    assert ours.last_epoch == 3


def test_one_cycle_leaves_momentum_alone_when_told_to() -> None:
    mine, _ = optimisers(momentum=0.7)
    schedule.OneCycleLR(mine, 0.4, total_steps=30, cycle_momentum=False).step()
    assert mine.momentum == 0.7


def sequences(module, optimiser) -> list:
    up = module.LinearLR(optimiser, start_factor=0.1, total_iters=10)
    step = module.StepLR(optimiser, 5, gamma=0.5)
    return [up, module.CosineAnnealingLR(optimiser, T_max=40), step]


@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_one_after_the_other_as_in_torch() -> None:
    mine, their = optimisers()
    ours = schedule.SequentialLR(mine, sequences(schedule, mine), [10, 50])
    follow(ours, TWIN.SequentialLR(their, sequences(TWIN, their), [10, 50]), mine, their)
    assert ours.rate(STEPS) == mine.lr


def test_the_twins_warm_cosine_is_ours() -> None:
    mine, their = optimisers()
    up = schedule.LinearLR(mine, start_factor=1 / 20, total_iters=20)
    ours = schedule.SequentialLR(mine, [up, schedule.CosineAnnealingLR(mine, T_max=80)], [20])
    follow(ours, TWIN.warm_cosine(their, 20, 100), mine, their)


PLATEAU = [
    {},
    {"patience": 0, "factor": 0.5},
    {"patience": 2, "cooldown": 3, "min_lr": 1e-3},
    {"mode": "max", "patience": 1},
    {"mode": "max", "threshold_mode": "abs", "threshold": 0.5, "patience": 1},
    {"threshold_mode": "abs", "threshold": 0.3, "patience": 1, "eps": 1e-3},
]


@pytest.mark.parametrize("options", PLATEAU, ids=str)
def test_plateau_equals_torch(options) -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        mine, their = optimisers()
        ours, theirs = schedule.ReduceLROnPlateau(mine, **options), TWIN.ReduceLROnPlateau(their, **options)
        for measure in [*(rng.standard_normal(STEPS) + 3 * 0.9 ** np.arange(STEPS)), nan, inf, 0.0]:
            ours.step(measure)
            theirs.step(measure)
            assert (mine.lr, ours.best) == pytest.approx((their.param_groups[0]["lr"], theirs.best), rel=1e-12)
            assert ours.get_last_lr() == pytest.approx(theirs.get_last_lr(), rel=1e-12)
            assert (ours.num_bad_epochs, ours.cooldown_counter) == (theirs.num_bad_epochs, theirs.cooldown_counter)


def everything(optimiser: Optimizer) -> list:
    made = [getattr(schedule, name)(optimiser, **options) for name, options in CASES]
    return [*made, schedule.SequentialLR(optimiser, sequences(schedule, optimiser), [10, 50])]


@pytest.mark.parametrize("k", range(len(CASES) + 1))
def test_a_resumed_schedule_goes_on_to_the_bit(k: int) -> None:
    def fresh() -> tuple[Optimizer, LRScheduler]:
        optimiser, _ = optimisers(momentum=0.9)
        return optimiser, everything(optimiser)[k]

    (straight, a), (first, b), (second, c) = fresh(), fresh(), fresh()
    for _ in range(25):
        b.step()
    c.load_state_dict(json.loads(json.dumps(b.state_dict())))
    assert (second.lr, second.momentum) == (first.lr, first.momentum)
    rates = []
    for _ in range(50):
        a.step()
        rates.append(straight.lr)
    for expected in rates[25:]:
        c.step()
        assert second.lr == expected
    assert c.get_last_lr() == [second.lr]


def test_a_resumed_plateau_goes_on() -> None:
    (first, _), (second, _) = optimisers(), optimisers()
    a, b = (schedule.ReduceLROnPlateau(o, patience=2) for o in (first, second))
    for _ in range(5):
        a.step(1.0)
    b.load_state_dict(a.state_dict())
    assert (second.lr, b.num_bad_epochs, b.last_epoch) == (first.lr, a.num_bad_epochs, 5)
    with pytest.raises(StateError, match=r"^ReduceLROnPlateau\.load_state_dict: missing best, num_bad_epochs"):
        b.load_state_dict({"cooldown_counter": 0, "last_epoch": 1, "_last_lr": [0.1]})


def test_last_epoch_goes_on_from_there_as_in_torch() -> None:
    mine, their = optimisers()
    for module, optimiser in ((schedule, mine), (TWIN, their)):
        module.StepLR(optimiser, 4)
    mine.lr = their.param_groups[0]["lr"] = 0.001  # as after nine steps: PyTorch goes on from what it finds
    follow(schedule.StepLR(mine, 4, last_epoch=9), TWIN.StepLR(their, 4, last_epoch=9), mine, their, 0)
    assert mine.lr == pytest.approx(0.1 * 0.1**2)


def test_a_schedule_of_a_learners_own_is_one_function() -> None:
    class Root(LRScheduler):
        def rate(self, t: int) -> float:
            return self.base_lr / (1 + t) ** 0.5

    mine, _ = optimisers()
    own = Root(mine)
    for _ in range(3):
        own.step()
    assert mine.lr == pytest.approx(0.05)
    with pytest.raises(NotImplementedError, match="LRScheduler does not define rate"):
        LRScheduler(mine)


REFUSED = [
    (lambda o: schedule.StepLR(o, 0), "StepLR|: expected step_size of at least 1, got 0"),
    (lambda o: schedule.StepLR(o, 3, gamma=0.0), "StepLR|: expected gamma above 0, got 0.0; at the rate 0"),
    (lambda o: schedule.ExponentialLR(o, -0.9), "ExponentialLR|: expected gamma at least 0.0, got -0.9"),
    (lambda o: schedule.MultiStepLR(o, [1], nan), "MultiStepLR|: expected gamma at least 0.0, got nan"),
    (lambda o: schedule.CosineAnnealingLR(o, 0), "CosineAnnealingLR|: expected T_max of at least 1, got 0"),
    (lambda o: schedule.LinearLR(o, 1.5), "LinearLR|: expected start_factor between 0.0 and 1.0, got 1.5"),
    (lambda o: schedule.LinearLR(o, end_factor=2), "LinearLR|: expected end_factor between 0.0 and 1.0, got 2"),
    (
        lambda o: schedule.OneCycleLR(o, 0.1),
        "OneCycleLR|: expected total_steps, or epochs and steps_per_epoch, got neither",
    ),
    (lambda o: schedule.OneCycleLR(o, 0.1, 0), "OneCycleLR|: expected total_steps of at least 1, got 0"),
    (
        lambda o: schedule.OneCycleLR(o, 0.1, 9, pct_start=2),
        "OneCycleLR|: expected pct_start between 0.0 and 1.0, got 2",
    ),
    (lambda o: schedule.OneCycleLR(o, 0.1, 9, anneal_strategy="x"), "OneCycleLR|: expected anneal_strategy 'cos' or"),
    (
        lambda o: schedule.OneCycleLR(Optimizer(o.params, 0.1), 0.1, 9),
        "OneCycleLR|: expected an optimiser with momentum or",
    ),
    (lambda o: schedule.StepLR(o, 3, last_epoch=4), "StepLR|: expected an optimiser that had a schedule before"),
    (lambda o: schedule.ReduceLROnPlateau(o, "least"), "ReduceLROnPlateau|: expected mode min or max, threshold_mode"),
    (lambda o: schedule.ReduceLROnPlateau(o, factor=1.0), "ReduceLROnPlateau|: expected factor below 1, got 1.0"),
    (lambda o: schedule.ReduceLROnPlateau(o, patience=-1), "ReduceLROnPlateau|: expected patience at least 0, got -1"),
    (
        lambda o: schedule.SequentialLR(o, [schedule.StepLR(o, 1)] * 2, []),
        "SequentialLR|: expected 1 rising milestones",
    ),
    (
        lambda o: schedule.SequentialLR(o, [schedule.StepLR(o, 1)] * 3, [5, 5]),
        "SequentialLR|: expected 2 rising milestones",
    ),
    (
        lambda o: schedule.SequentialLR(o, [schedule.StepLR(optimisers()[0], 1)], []),
        "SequentialLR|: expected schedules of this optimiser, got a StepLR of another",
    ),
]


@pytest.mark.parametrize(("make", "says"), REFUSED, ids=[says[:60] for _, says in REFUSED])
def test_settings_are_refused_by_name(make, says: str) -> None:
    with pytest.raises(ValueError) as raised:
        make(optimisers()[0])
    assert str(raised.value).startswith(says.replace("|", ""))


def test_a_plateau_cannot_stand_in_a_sequence_and_a_foreign_state_is_refused() -> None:
    mine, _ = optimisers()
    with pytest.raises(TypeError, match=r"^SequentialLR: expected schedules .* got ReduceLROnPlateau"):
        schedule.SequentialLR(mine, [schedule.ReduceLROnPlateau(mine)], [])  # type: ignore[list-item]
    with pytest.raises(StateError, match=r"^StepLR\.load_state_dict: missing base_lrs; is it the state of another"):
        schedule.StepLR(mine, 3).load_state_dict({"last_epoch": 4})
    sequence = schedule.SequentialLR(mine, sequences(schedule, mine), [10, 50])
    with pytest.raises(StateError, match=r"^SequentialLR\.load_state_dict: expected the states of 3 schedules, got 0"):
        sequence.load_state_dict({"last_epoch": 4, "base_lrs": [0.1], "_schedulers": []})

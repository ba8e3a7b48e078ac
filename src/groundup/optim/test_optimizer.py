"""One contract over every optimiser."""

from typing import Any

import numpy as np
import pytest
import torch

from groundup.core import Parameter, StateError, load_state, save_state
from groundup.nn import Linear
from groundup.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from groundup.optim.adam import adam
from support.descent import walk

Maker = tuple[type[Optimizer], dict[str, Any]]
ALL: list[Maker] = [
    (SGD, {"momentum": 0.9, "nesterov": True}),
    (Adagrad, {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    (RMSprop, {"momentum": 0.9, "centered": True}),
    (Adam, {"amsgrad": True}),
    (AdamW, {}),
    (adam.Adam, {}),
    (adam.AdamW, {"amsgrad": True}),
]
every = pytest.mark.parametrize("maker", ALL, ids=lambda m: f"{m[0].__module__.split('.')[-1]}-{m[0].__name__}")


def made(maker: Maker, *params: Parameter, **options: Any) -> Optimizer:
    kind, own = maker
    return kind(list(params), **({"lr": 0.1, "weight_decay": 0.01} | own | options))


@every
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_restored_optimiser_continues_bit_for_bit(maker: Maker, dtype: str, tmp_path) -> None:
    gradients = np.random.default_rng(0).standard_normal((40, 3)).astype(dtype)
    straight = walk(made(maker, Parameter(np.ones(3, dtype))), gradients)
    first = made(maker, Parameter(np.ones(3, dtype)))
    half = walk(first, gradients[:20]).copy()
    save_state(tmp_path / "optimiser.safetensors", first.state_dict())
    second = made(maker, Parameter(half.copy()))
    second.load_state_dict(load_state(tmp_path / "optimiser.safetensors"))
    assert np.array_equal(straight, walk(second, gradients[20:]))
    assert not np.array_equal(straight, half)


@every
def test_the_state_is_a_copy_and_empties(maker: Maker) -> None:
    optimiser = made(maker, Parameter(np.ones(2)), Parameter(np.ones(2)))
    before = optimiser.state_dict()
    walk(optimiser, np.ones((3, 2)))
    state = optimiser.state_dict()
    for array in state.values():
        array += 7
    assert all(not np.array_equal(array, state[name]) for name, array in optimiser.state_dict().items())
    optimiser.load_state_dict({})  # as before the first step
    walk(optimiser, np.ones((3, 2)))
    assert all(np.array_equal(array, state[name] - 7) or optimiser.weight_decay for name, array in before.items())


@every
def test_float32_stays_float32(maker: Maker) -> None:
    p = Parameter(np.ones(3, np.float32))
    optimiser = made(maker, p, lr=np.float64(0.1), weight_decay=np.float64(0.1))
    walk(optimiser, np.ones((3, 3), np.float32))
    state = {name: array for name, array in optimiser.state_dict().items() if name != "0.step"}
    assert {p.value.dtype, *(array.dtype for array in state.values())} == {np.dtype("float32")}
    optimiser.load_state_dict({name: array.astype("float64") for name, array in optimiser.state_dict().items()})
    assert all(array.dtype == np.float32 for name, array in optimiser.state_dict().items() if name != "0.step")


@every
def test_a_step_leaves_gradients_alone_and_changes_values_in_place(maker: Maker) -> None:
    array = np.ones(3)
    p = Parameter(array)
    optimiser = made(maker, p, maximize=True)
    walk(optimiser, np.ones((2, 3)))
    assert p.value is array
    assert np.array_equal(p.grad, [1, 1, 1])
    optimiser.zero_grad()
    assert not p.grad.any()


@every
def test_memory_order_makes_no_difference(maker: Maker) -> None:
    rng = np.random.default_rng(0)
    start, g = rng.standard_normal((5, 7)), rng.standard_normal((4, 5, 7))
    ends = []
    for layout in (np.ascontiguousarray, np.asfortranarray, lambda a: np.repeat(a, 2, axis=1)[:, ::2]):
        p = Parameter(layout(start.copy()))
        ends.append(walk(made(maker, p), g).copy())
    for end in ends[1:]:
        np.testing.assert_allclose(end, ends[0], rtol=1e-14)


@every
def test_an_empty_parameter_and_an_infinite_gradient_go_through(maker: Maker) -> None:
    empty, odd = Parameter(np.ones(0)), Parameter(np.ones(3))
    optimiser = made(maker, empty, odd)
    odd.grad[...] = [np.nan, 1.0, -1.0]
    optimiser.step()
    assert np.isnan(odd.value).tolist() == [True, False, False]


@every
def test_settings_are_refused_by_name(maker: Maker) -> None:
    kind, _ = maker
    for name in ("lr", "weight_decay"):
        for value in (-0.1, float("nan"), float("inf")):
            with pytest.raises(ValueError, match=rf"^{kind.__name__}: expected {name} at least 0.0, got {value}"):
                made(maker, Parameter(np.ones(1)), **{name: value})


@every
def test_parameters_are_refused_by_name(maker: Maker) -> None:
    who, p = maker[0].__name__, Parameter(np.ones(2))
    for params, got in (([p, np.ones(2)], "ndarray"), (p, "one parameter alone"), (Linear(2, 1, rng=0), "Linear")):
        with pytest.raises(TypeError, match=rf"^{who}: expected a list of parameters, got {got}; pass model"):
            maker[0](params, 0.1)
    with pytest.raises(ValueError, match=rf"^{who}: expected at least one parameter, got none"):
        made(maker)
    with pytest.raises(ValueError, match=rf"^{who}: expected each parameter once, got 2"):
        made(maker, p, p)


@every
def test_a_state_that_does_not_fit_is_refused_whole(maker: Maker) -> None:
    optimiser = made(maker, Parameter(np.ones(2)), Parameter(np.ones(2)))
    walk(optimiser, np.ones((2, 2)))
    state, before = optimiser.state_dict(), optimiser.state_dict()
    first, last = next(iter(state)), list(state)[-1]
    state["9.odd"], state[last] = np.ones(1), np.ones((4, 4))
    del state[first]
    says = rf"missing {first}; unknown 9\.odd; {last} has shape \(4, 4\), expected \(2,\)"
    with pytest.raises(StateError, match=rf"^{maker[0].__name__}\.load_state_dict: {says}; is it the state of another"):
        optimiser.load_state_dict(state)
    assert all(np.array_equal(before[name], array) for name, array in optimiser.state_dict().items())


def test_a_state_of_other_settings_is_refused() -> None:
    with_momentum = SGD([Parameter(np.ones(2))], 0.1, momentum=0.9)
    walk(with_momentum, np.ones((1, 2)))
    with pytest.raises(StateError, match=r"unknown 0\.momentum_buffer; .* other settings"):
        SGD([Parameter(np.ones(2))], 0.1).load_state_dict(with_momentum.state_dict())


def test_torchs_state_goes_on_here() -> None:
    """A run begun in PyTorch is continued by ours, and stands where PyTorch's would."""
    gradients = np.random.default_rng(0).standard_normal((20, 3))
    q = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
    theirs = torch.optim.Adam([q], lr=0.1)

    def their_walk(rows) -> None:
        for g in rows:
            q.grad = torch.from_numpy(g.copy())
            theirs.step()

    their_walk(gradients[:10])
    ours = Adam([Parameter(q.detach().numpy().copy())], lr=0.1)
    ours.load_state_dict({f"0.{name}": t.numpy() for name, t in theirs.state_dict()["state"][0].items()})
    their_walk(gradients[10:])
    np.testing.assert_allclose(walk(ours, gradients[10:]), q.detach().numpy(), rtol=1e-12)


def test_the_base_has_no_rule() -> None:
    base = Optimizer([Parameter(np.ones(1))], 0.1)
    assert base.memory(0) == {}
    with pytest.raises(NotImplementedError, match="Optimizer does not define update"):
        base.step()

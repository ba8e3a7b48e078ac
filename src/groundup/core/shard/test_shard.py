import threading

import numpy as np
import pytest

from groundup.core import Layer, OrderError, Parameter, Sequential, gradcheck
from groundup.core.gradient_check.gradient_check import Example
from groundup.core.shard import Centre, Sharded, add_in_order, deal
from support.parity import close, tensor, twin


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


class Noisy(Layer):
    """x plus noise of its own generator, two outputs, nothing to learn."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, None]:
        self.keep(x)
        return x + self.rng.standard_normal(x.shape), None

    def backward(self, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return dy, self.kept()


class Failing(Layer):
    """Meets the others once; then the leader fails, and the others must not wait for it for ever."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.across(x.sum(axis=0))
        if self.leads:
            raise ValueError("the leader's own fault")
        self.across(x.sum(axis=0))
        return x


@pytest.mark.parametrize("shards", [1, 2, 3, 10])
def test_shards_give_what_the_whole_gives(shards: int) -> None:
    whole, parts = (Sequential(Example(4, 3), Centre(3)).to("float64") for _ in range(2))
    sharded, x, dy = Sharded(parts, shards), draw(7, 4), draw(7, 3, seed=1)
    for _ in range(2):  # gradients add up from batch to batch
        np.testing.assert_allclose(sharded(x), whole(x), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(sharded.backward(dy), whole.backward(dy), rtol=1e-12, atol=1e-12)
    for a, b in zip(sharded.parameters(), whole.parameters(), strict=True):
        np.testing.assert_allclose(a.grad, b.grad, rtol=1e-12)


def test_gradients_are_torchs_over_shards() -> None:
    import torch

    rng, theirs = np.random.default_rng(0), torch.nn.Linear(4, 3, bias=False).double()
    ours = Example(4, 3)
    ours.weight.value = theirs.weight.detach().numpy().copy()
    x, dy, sharded = rng.standard_normal((7, 4)), rng.standard_normal((7, 3)), Sharded(ours, 3)
    sharded(x)
    sharded.backward(dy)
    (found,) = twin("core/shard").sharded_gradients(theirs, tensor(x), tensor(dy), 3)
    close("gradient", ours.weight.grad, found.numpy(), 1e-12)


@pytest.mark.parametrize(("rows", "shards"), [(7, 3), (2, 4), (0, 2), (6, 2)])
def test_rows_are_dealt_as_torch_deals_them(rows: int, shards: int) -> None:
    ours, theirs = deal(draw(rows, 2), shards), twin("core/shard").deal(tensor(draw(rows, 2)), shards)
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(ours, theirs, strict=True))


def test_sums_leave_their_parts_alone() -> None:
    parts = [draw(3, seed=i) for i in range(3)]
    before = [part.copy() for part in parts]
    np.testing.assert_allclose(add_in_order(parts), sum(before[1:], start=before[0]), rtol=0)
    assert all(np.array_equal(a, b) for a, b in zip(parts, before, strict=True))


def test_the_result_is_the_same_every_time() -> None:
    sharded, x = Sharded(Centre(3).to("float64"), 3), draw(50, 3)
    first = sharded(x)
    assert all(np.array_equal(sharded(x), first) for _ in range(20))


def test_centre_is_the_gradient_of_itself() -> None:
    assert gradcheck(Centre(3), draw(5, 3), rng=0)[0].error < 1e-8


def test_each_shard_draws_its_own_numbers_and_a_copy_draws_them_again() -> None:
    outputs = [Sharded(Noisy(), 2)(np.zeros((4, 3))) for _ in range(2)]
    noise = outputs[0][0]
    assert outputs[0][1] is None
    assert not np.array_equal(noise[:2], noise[2:])
    assert np.array_equal(outputs[0][0], outputs[1][0])


def test_several_gradients_are_joined_each_by_itself() -> None:
    sharded, x = Sharded(Noisy(), 2), draw(5, 3)
    sharded(x)
    dy = draw(5, 3, seed=1)
    first, second = sharded.backward(dy)
    assert np.array_equal(first, dy)
    assert np.array_equal(second, x)


def test_another_axis_may_carry_the_batch() -> None:
    sharded, x = Sharded(Example(3, 2), 2, axis=1), draw(4, 5, 3)
    np.testing.assert_allclose(sharded(x), Example(3, 2)(x))


def test_weights_that_were_replaced_and_modes_that_changed_are_followed() -> None:
    model = Sequential(Example(3, 2))
    sharded, x = Sharded(model, 2), draw(4, 3)
    sharded(x)
    model[0].weight.value = np.ones((2, 3), "float32")
    sharded.eval()
    np.testing.assert_allclose(sharded(x.astype("float32")), x.astype("float32") @ np.ones((3, 2)), rtol=1e-6)
    assert not any(layer.training for copy in sharded.copies for _, layer in copy.named_modules())
    assert sharded.backward(np.ones((4, 2), "float32")).dtype == np.float32
    assert model[0].weight.grad.dtype == np.float64  # the module's own gradient was made in float64


def test_a_fault_in_one_shard_is_raised_and_the_next_batch_works() -> None:
    sharded, x = Sharded(Failing(), 3), draw(6, 2)
    for _ in range(2):
        with pytest.raises(ValueError, match="the leader's own fault"):
            sharded(x)
    assert threading.active_count() < 50


def test_backward_needs_a_forward() -> None:
    with pytest.raises(OrderError, match="one forward before each backward"):
        Sharded(Centre(2), 2).backward(draw(4, 2))


def test_a_need_for_dx_reaches_every_copy() -> None:
    sharded = Sharded(Centre(2), 2).needs_input_grad(False)
    assert [layer.input_grad for layer in (sharded, sharded.module, *sharded.copies)] == [False] * 4


def test_where_nobody_wants_dx_there_is_none() -> None:
    class Blind(Centre):
        def backward(self, dy: np.ndarray) -> None:
            super().backward(dy)

    sharded = Sharded(Blind(2), 2)
    sharded(draw(4, 2).astype("float32"))
    assert sharded.backward(np.ones((4, 2), "float32")) is None


def test_shared_weights_stay_shared_in_every_copy() -> None:
    one, two = Example(3, 3), Example(3, 3)
    two.weight = one.weight
    sharded = Sharded(Sequential(one, two), 2)
    assert all(len(copy.parameters()) == 1 for copy in sharded.copies)


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="Sharded: expected shards of at least 1, got 0"):
        Sharded(Centre(2), 0)
    with pytest.raises(ValueError, match="Centre: expected features of at least 1"):
        Centre(0)
    with pytest.raises(TypeError, match=r"Centre.forward: expected floating-point"):
        Centre(2)(np.ones((3, 2), int))


def test_the_state_is_the_modules_under_its_name() -> None:
    sharded = Sharded(Centre(2), 2)
    assert list(sharded.state_dict()) == ["module.weight"]
    assert isinstance(dict(sharded.named_parameters())["module.weight"], Parameter)

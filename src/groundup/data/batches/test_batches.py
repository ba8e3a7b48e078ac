"""Loader: every row once an epoch, the same again from the same seed, and on again from the middle bit for bit."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.core import ShapeError, StateError
from groundup.data import Loader

N = 23
X, Y = np.arange(N * 2.0).reshape(N, 2), np.arange(N)


def labels(loader) -> list[list[int]]:
    return [y.tolist() for _, y in loader]


@given(n=st.integers(1, 60), size=st.integers(1, 70), drop=st.booleans(), shuffle=st.booleans(), seed=st.integers(0, 9))
def test_an_epoch_has_every_row_once(n, size, drop, shuffle, seed):
    if drop and n < size:
        return  # refused, and tested below
    loader = Loader(np.arange(n) * 10, np.arange(n), size, shuffle=shuffle, rng=seed, drop_last=drop)
    batches = list(loader)
    assert len(batches) == len(loader)
    assert all(len(y) == size for _, y in batches[: n // size])
    seen = np.concatenate([y for _, y in batches])
    assert len(set(seen.tolist())) == len(seen) == (n // size * size if drop else n)
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), seen * 10)  # rows keep their labels
    if not shuffle:
        np.testing.assert_array_equal(seen, np.arange(len(seen)))


def test_epochs_differ_and_repeat_from_the_seed():
    one, two = Loader(X, Y, 5, rng=0), Loader(X, Y, 5, rng=0)
    epochs = [labels(one) for _ in range(3)]
    assert epochs[0] != epochs[1] != epochs[2]
    assert [labels(two) for _ in range(3)] == epochs
    assert labels(Loader(X, Y, 5, rng=1)) != epochs[0]


def test_leaving_an_epoch_early_begins_a_new_one():
    loader = Loader(X, Y, 5, rng=0)
    next(iter(loader))
    assert sorted(row for batch in labels(loader) for row in batch) == list(range(N))


def test_batches_are_copies():
    data = X.copy()
    for x, _ in Loader(data, Y, 5, shuffle=False):
        x[...] = -1
    np.testing.assert_array_equal(data, X)


@given(stop=st.integers(0, 12), shuffle=st.booleans(), seed=st.integers(0, 99))
def test_a_restored_loader_goes_on_bit_for_bit(stop, shuffle, seed):
    """Stop after any batch of three epochs of five: inside, at the end of one, before the first."""

    def batches(loader, epochs):
        for _ in range(epochs):
            yield from loader

    loader = Loader(X, Y, 5, shuffle=shuffle, rng=seed)
    running = batches(loader, 3)
    for _ in range(stop):
        next(running)
    state = json.loads(json.dumps(loader.state()))  # it survives a checkpoint
    rest = [y.tolist() for _, y in running]

    again = Loader(X, Y, 5, shuffle=shuffle, rng=12345)
    again.restore(state)
    epochs_left = 3 - (stop - 1) // 5 if stop else 3  # the epoch under way counts, though it may be spent
    assert [y.tolist() for _, y in batches(again, epochs_left)] == rest


def test_a_state_between_epochs_begins_the_next_one():
    loader = Loader(X, Y, 5, rng=0)
    labels(loader)
    state, following = loader.state(), labels(loader)
    again = Loader(X, Y, 5, rng=9)
    again.restore(state)
    assert labels(again) == following


def test_a_generator_shared_with_dropout_is_restored_where_it_was():
    """The state in the middle of an epoch gives back the same rows and the same later draws."""
    shared = np.random.default_rng(0)
    loader, batches = Loader(X, Y, 5, rng=shared), []
    for i, (_, y) in enumerate(loader):
        shared.random(3)  # a mask
        batches.append(y.tolist())
        if i == 1:
            state = loader.state()
            then = shared.bit_generator.state
    again_rng = np.random.default_rng(1)
    again = Loader(X, Y, 5, rng=again_rng)
    again.restore(state)
    assert again_rng.bit_generator.state == then
    assert labels(again) == batches[2:]


def test_a_state_taken_after_restoring_is_the_same_state():
    loader = Loader(X, Y, 5, rng=0)
    next(iter(loader))
    again = Loader(X, Y, 5, rng=1)
    again.restore(loader.state())
    assert again.state() == loader.state()


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (Loader(X[:7], Y[:7], 5, rng=0), "'rows': 7"),
        (Loader(X, Y, 4, rng=0), "'batch_size': 4"),
        (Loader(X, Y, 5, rng=0, drop_last=True), "'drop_last': True"),
        (Loader(X, Y, 5, shuffle=False), "'shuffle': False"),
    ],
)
def test_the_state_of_another_loader_is_refused(other, says):
    with pytest.raises(StateError, match=rf"Loader.restore: expected a state with .*, got .*{says}"):
        Loader(X, Y, 5, rng=0).restore(other.state())


def test_half_a_state_is_refused():
    state = Loader(X, Y, 5, rng=0).state()
    del state["now"]
    with pytest.raises(StateError, match=r"Loader\.restore: .*options changed"):
        Loader(X, Y, 5, rng=0).restore(state)


@pytest.mark.parametrize(
    ("args", "error", "says"),
    [
        ({"rng": None}, TypeError, "expected rng to be a seed"),
        ({"batch_size": 0}, ValueError, "batch_size of at least 1"),
        ({"batch_size": 2.5}, TypeError, "whole number"),
        ({"y": Y[:-1]}, ShapeError, r"got \(23, 2\) and \(22,\)"),
        ({"x": np.array(1.0)}, ShapeError, "as many rows"),
        ({"x": X.tolist()}, TypeError, "expected x to be a NumPy array, got list"),
        ({"y": Y.tolist()}, TypeError, "expected y to be a NumPy array, got list"),
        ({"x": X[:0], "y": Y[:0]}, ValueError, "at least one row"),
        ({"batch_size": 24, "drop_last": True}, ValueError, "at least 24 rows, got 23; drop_last"),
    ],
)
def test_bad_input_is_refused(args, error, says):
    with pytest.raises(error, match=f"Loader: .*{says}"):
        Loader(**{"x": X, "y": Y, "rng": 0} | args)

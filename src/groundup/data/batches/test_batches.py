"""Loader: every row once an epoch, the same again from the same seed, and on again from the middle bit for bit."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.core import ShapeError, StateError
from groundup.data import Loader
from groundup.data.batches import balanced_weights
from groundup.data.batches.batches import batch_count, draw_rows, row_batches, rows_of
from support.parity import twin

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
        (Loader(X, Y, 5, rng=0, weights=np.ones(N)), "'weighted': True"),
        (Loader(X, Y, 5, rng=0, transform=lambda x, rng: x), "'transforms': True"),
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
        ({"shuffle": False, "transform": lambda x, rng: x, "rng": None}, TypeError, "expected rng to be a seed"),
        ({"weights": np.ones(N - 1)}, ShapeError, r"a weight for each of 23 rows, got shape \(22,\)"),
        ({"weights": np.zeros(N)}, ValueError, "not all 0, got 0.0 to 0.0"),
        ({"weights": np.full(N, np.nan)}, ValueError, "finite weights"),
        ({"weights": np.arange(N) - 1.0}, ValueError, "from 0 up, not all 0, got -1.0 to 21.0"),
        ({"weights": np.ones(N), "shuffle": False}, ValueError, "draws nothing"),
    ],
)
def test_bad_input_is_refused(args, error, says):
    with pytest.raises(error, match=f"Loader: .*{says}"):
        Loader(**{"x": X, "y": Y, "rng": 0} | args)


def noisy(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + rng.normal(size=x.shape)


def test_a_transform_leaves_the_order_as_it_was_and_changes_x_alone():
    plain, noised = Loader(X, Y, 5, rng=0), Loader(X, Y, 5, rng=0, transform=noisy)
    for _ in range(2):
        for (x, y), (x1, y1) in zip(plain, noised, strict=True):
            np.testing.assert_array_equal(y1, y)
            assert 0 < np.abs(x1 - x).max() < 6


@given(stop=st.integers(1, 9), shuffle=st.booleans())
def test_a_transform_goes_on_with_the_same_noise_after_a_resume(stop, shuffle):
    """Two epochs of five batches, cut after any batch but the last."""

    def batches(loader, epochs):
        for _ in range(epochs):
            yield from loader

    loader = Loader(X, Y, 5, shuffle=shuffle, rng=3, transform=noisy)
    running = batches(loader, 2)
    for _ in range(stop):
        next(running)
    state = json.loads(json.dumps(loader.state()))
    rest = list(running)
    again = Loader(X, Y, 5, shuffle=shuffle, rng=77, transform=noisy)
    again.restore(state)
    resumed = list(batches(again, 2 - (stop - 1) // 5))
    assert len(resumed) == len(rest)
    for (x, y), (x1, y1) in zip(rest, resumed, strict=True):
        np.testing.assert_array_equal(x1, x)
        np.testing.assert_array_equal(y1, y)


def test_the_noise_of_a_transform_is_new_in_every_batch_and_epoch():
    loader = Loader(np.zeros((4, 1)), np.arange(4), 2, shuffle=False, rng=0, transform=noisy)
    seen = np.concatenate([x for _ in range(3) for x, _ in loader])
    assert len(np.unique(seen)) == 12


@pytest.mark.parametrize(("n", "size", "short", "dropped"), [(10, 5, 2, 2), (11, 5, 3, 2), (4, 5, 1, 0), (1, 1, 1, 1)])
def test_batches_are_counted_with_the_short_one_or_without(n, size, short, dropped):
    assert (batch_count(n, size), batch_count(n, size, True)) == (short, dropped)
    assert [len(rows) for rows in row_batches(np.arange(n), size)] == [size] * (n // size) + [n % size] * (n % size > 0)
    assert len(list(row_batches(np.arange(n), size, True))) == dropped
    np.testing.assert_array_equal(rows_of(np.arange(n), 0, size), np.arange(min(n, size)))


def test_balanced_weights_give_every_class_the_same_share_of_the_draws():
    y = np.repeat([3, 5, 9], [90, 9, 1])
    weights = balanced_weights(y)
    np.testing.assert_allclose([weights[y == c].sum() for c in (3, 5, 9)], 1 / 3)
    loader = Loader(np.zeros((100, 1)), y, 10, rng=0, weights=weights)
    drawn = np.concatenate([labels for _ in range(60) for _, labels in loader])
    shares = [(drawn == c).mean() for c in (3, 5, 9)]
    np.testing.assert_allclose(shares, 1 / 3, atol=4 * np.sqrt(2 / 9 / len(drawn)))  # four deviations


def test_rows_are_drawn_by_the_weights_as_numpy_draws_them():
    weights = np.array([0.0, 2.0, 0.0, 1.0, 5.0, 0.0])
    ours = draw_rows(weights, np.random.default_rng(4).random(1000))
    np.testing.assert_array_equal(ours, np.random.default_rng(4).choice(6, 1000, p=weights / weights.sum()))
    np.testing.assert_array_equal(draw_rows(weights, np.array([0.0, 0.25, 0.375, 1 - 1e-12])), [1, 3, 4, 4])


def test_a_weighted_loader_resumes_too():
    def loader(seed: int) -> Loader:
        return Loader(X, Y, 5, rng=seed, weights=np.arange(N) + 1.0)

    whole, stopped, again = loader(1), loader(1), loader(2)
    expected = labels(whole) + labels(whole)
    taken = [next(running := iter(stopped))[1].tolist(), next(running)[1].tolist()]
    again.restore(json.loads(json.dumps(stopped.state())))
    assert taken + labels(again) + labels(again) == expected


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of Python 3.12: PyTorch starts its workers so
@pytest.mark.parametrize(
    ("drop", "shuffle", "workers"), [(False, True, 0), (True, True, 0), (False, False, 0), (False, True, 2)]
)
def test_pytorch_hands_out_the_very_same_batches(drop, shuffle, workers):
    torch = pytest.importorskip("torch")
    theirs = twin("data/batches")
    ours = Loader(X, Y, 5, shuffle=shuffle, rng=3, drop_last=drop)
    rng = np.random.default_rng(3) if shuffle else None
    loader = theirs.loader(torch.from_numpy(X), torch.from_numpy(Y), 5, rng, drop_last=drop, num_workers=workers)
    assert len(loader) == len(ours)
    for _ in range(2):
        for (x, y), (x1, y1) in zip(ours, loader, strict=True):
            np.testing.assert_array_equal(x1.numpy(), x)
            np.testing.assert_array_equal(y1.numpy(), y)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of Python 3.12: PyTorch starts its workers so
@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("stop", [0, 2, 5])
def test_the_twin_resumes_where_its_reader_stood_even_when_workers_are_ahead(workers, stop):
    torch = pytest.importorskip("torch")
    theirs = twin("data/batches")
    x, y = torch.from_numpy(X), torch.from_numpy(Y)

    def make(seed: int):
        return theirs.loader(x, y, 5, np.random.default_rng(seed), num_workers=workers)

    whole = make(3)
    expected = [labels.tolist() for _ in range(2) for _, labels in whole]
    stopped, again = make(3), make(4)
    running = iter(stopped)
    taken = [next(running)[1].tolist() for _ in range(stop)]
    again.batch_sampler.load_state_dict(stopped.batch_sampler.state_dict(stop))
    rest = [labels.tolist() for _ in range(2) for _, labels in again]
    assert taken + rest == expected
    del running

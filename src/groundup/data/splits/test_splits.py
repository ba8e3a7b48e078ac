"""Splits: disjoint, covering, in proportion, honest about official test rows. Scaling: from the training rows alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundup.core import DtypeError, ShapeError
from groundup.data import Dataset, load, split, split_by_group, split_by_time, standardise
from groundup.data.splits.splits import whole_groups
from support.parity import twin

counts = st.lists(st.integers(3, 60), min_size=1, max_size=8)
shares = st.sampled_from([(0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25), (1 / 3, 1 / 3, 1 / 3)])


def dataset(n: int = 40, classes: int = 4, **official: np.ndarray) -> Dataset:
    names = [str(c) for c in range(classes)]
    return Dataset(
        name="demo", x=np.zeros((n, 2)), y=np.arange(n) % classes, classes=names, source="by hand", splits=official
    )


@given(counts=counts, shares=shares, seed=st.integers(0, 99))
def test_parts_are_disjoint_cover_all_rows_and_hold_each_class_in_proportion(counts, shares, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    n, sizes = len(y), dict(zip(("train", "val", "test"), shares, strict=True))
    if min(np.diff([0, *np.rint(np.cumsum(shares) * n)])) < 1:
        return  # a part would be empty: refused, and tested below
    parts = split(n, sizes, seed, y)
    assert list(parts) == list(sizes)
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(n))
    for name, rows in parts.items():
        assert abs(len(rows) - sizes[name] * n) <= 1
        for label, count in enumerate(counts):
            bound = 2 * (1 + len(counts) * count / n)  # each cut is within 1 + C n_c / N rows of its place in class c
            assert abs((y[rows] == label).sum() - sizes[name] * count) <= bound


def test_mnist_parts_are_exact():
    data = load("mnist")  # 500 of each digit
    parts = split(data, rng=0)
    assert {name: np.bincount(data.y[rows]).tolist() for name, rows in parts.items()} == {
        "train": [400] * 10, "val": [50] * 10, "test": [50] * 10,
    }  # fmt: skip


def test_rows_come_in_random_order_of_classes():
    y = np.repeat(np.arange(10), 100)
    first = y[split(1000, rng=0, stratify=y)["train"][:100]]
    assert len(np.unique(first)) >= 8
    assert any(len(set(first[i : i + 10])) < 10 for i in range(0, 100, 10))  # the deck has each class once in ten


def test_the_same_seed_gives_the_same_parts_and_another_seed_others():
    one, two, other = (split(dataset(), rng=seed)["test"] for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert set(one) != set(other)


def test_every_row_can_land_in_every_part():
    landed = [set(split(10, rng=seed)["test"].tolist()) for seed in range(200)]
    assert set().union(*landed) == set(range(10))


def test_official_test_rows_stay_the_test_part():
    official = np.arange(30, 40)
    parts = split(dataset(train=np.arange(30), test=official), rng=0)
    np.testing.assert_array_equal(parts["test"], official)
    assert (len(parts["train"]), len(parts["val"])) == (27, 3)  # 30 rows, 8 : 1, by whole rows
    np.testing.assert_array_equal(np.sort(np.concatenate([parts["train"], parts["val"]])), np.arange(30))


def test_official_test_rows_are_never_trained_on_even_when_no_test_part_is_asked_for():
    parts = split(dataset(train=np.arange(30), test=np.arange(30, 40)), {"train": 0.5, "val": 0.5}, rng=0)
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(30))


def test_an_official_split_that_answers_every_part_is_taken_as_it_is():
    ranges = {"train": np.arange(20), "val": np.arange(20, 30), "test": np.arange(30, 40)}
    parts = split(dataset(**ranges), {"val": 0.5, "test": 0.5}, rng=0)
    np.testing.assert_array_equal(parts["val"], ranges["val"])
    np.testing.assert_array_equal(parts["test"], ranges["test"])


@pytest.mark.parametrize(
    ("args", "error", "says"),
    [
        ((10,), TypeError, "expected rng to be a seed"),
        ((10, {"train": 0.8, "val": 0.1}, 0), ValueError, "add up to 1"),
        ((10, {"train": 1.2, "val": -0.2}, 0), ValueError, "sizes above 0"),
        ((10, {"train": float("nan")}, 0), ValueError, "sizes above 0"),
        ((10, {}, 0), ValueError, "sizes above 0"),
        ((3, {"train": 0.9, "test": 0.1}, 0), ValueError, r"got none in \['test'\] of 3 rows"),
        ((0, {"train": 1.0}, 0), ValueError, "got none"),
        (([1, 2, 3], {"train": 1.0}, 0), TypeError, "a number of rows, got list; pass len"),
        ((4, {"train": 1.0}, 0, np.array([0, 1, 2])), ShapeError, r"each of 4 rows, got shape \(3,\)"),
        ((2, {"train": 1.0}, 0, np.array([0.0, np.nan])), DtypeError, "some are NaN"),
        ((2, {"train": 1.0}, 0, np.array([0.5, 1.0])), DtypeError, "number the classes from 0"),
        ((2, {"train": 1.0}, 0, np.array(["cat", "dog"])), DtypeError, "number the classes from 0"),
        ((9, {"train": 0.5, "test": 0.5}, 0, np.array([0] * 8 + [7])), ValueError, r"at least 2 rows .*class \[7\]"),
    ],
)
def test_bad_input_is_refused(args, error, says):
    with pytest.raises(error, match=f"split: .*{says}"):
        split(*args)


def test_standardise_uses_the_training_rows_alone():
    draw = np.random.default_rng(0)
    train, test = draw.normal(5, 3, (50, 4)).astype(np.float32), draw.normal(9, 1, (20, 4)).astype(np.float32)
    before = train.copy()
    a, b = standardise(train, test)
    np.testing.assert_allclose(a.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(a.std(axis=0), 1, rtol=1e-5)
    np.testing.assert_allclose(b, (test - train.mean(axis=0)) / train.std(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(train, before)
    (alone,) = standardise(train)
    np.testing.assert_array_equal(alone, a)  # the other rows changed nothing
    assert a.dtype == b.dtype == np.float32


def test_standardise_leaves_a_constant_column_at_zero():
    (x,) = standardise(np.array([[2.0, 1.0], [2.0, 3.0]]))
    np.testing.assert_array_equal(x, [[0, -1], [0, 1]])


@pytest.mark.parametrize(
    ("arrays", "error", "says"),
    [
        ([np.ones(3)], ShapeError, r"expected shape \(N, D\)"),
        ([np.ones((2, 3)), np.ones((2, 4))], ShapeError, "expected 3 features"),
        ([np.ones((2, 3), int)], DtypeError, "floating-point"),
        ([np.ones((2, 3)), np.array([[1, np.nan, 1]])], ValueError, "NaN or infinity"),
        ([np.ones((0, 3))], ValueError, "at least one training row"),
    ],
)
def test_standardise_refuses_bad_input(arrays, error, says):
    with pytest.raises(error, match=f"standardise: {says}|standardise: expected .*{says}"):
        standardise(*arrays)


@given(
    groups=st.lists(st.integers(0, 12), min_size=30, max_size=80).filter(lambda groups: len(set(groups)) > 8),
    seed=st.integers(0, 99),
)
def test_no_group_stands_in_two_parts_and_no_part_is_off_by_more_than_a_group(groups, seed):
    labels, sizes = np.array(groups), {"train": 0.5, "test": 0.5}
    parts = split_by_group(labels, sizes, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(len(labels)))
    assert not set(labels[parts["train"]]) & set(labels[parts["test"]])
    largest = np.bincount(labels).max()
    assert abs(len(parts["train"]) - len(labels) / 2) <= largest / 2 + 1e-9


def test_every_group_can_land_in_every_part_and_a_seed_repeats():
    patients = np.repeat(["amina", "bola", "chidi", "dayo", "efe"], 3)
    sizes = {"train": 0.6, "val": 0.2, "test": 0.2}
    landed = [set(patients[split_by_group(patients, sizes, seed)["test"]]) for seed in range(60)]
    assert set().union(*landed) == set(patients.tolist())
    one, two = split_by_group(patients, sizes, 5), split_by_group(patients, sizes, 5)
    assert all(np.array_equal(one[name], two[name]) for name in sizes)
    assert {name: len(rows) for name, rows in one.items()} == {"train": 9, "val": 3, "test": 3}
    assert any(np.any(np.diff(split_by_group(patients, sizes, seed)["train"]) < 0) for seed in range(5))  # shuffled


def test_groups_of_scikit_learn_are_kept_apart_as_well():
    """Every fold of GroupKFold is a split that whole_groups makes, too, when the groups come in that order."""
    model_selection = pytest.importorskip("sklearn.model_selection")
    groups = np.repeat(np.arange(6), 4)
    for train, test in model_selection.GroupKFold(3).split(groups, groups=groups):
        order = np.concatenate([np.unique(groups[train]), np.unique(groups[test])])
        ours = whole_groups(groups, order, [2 / 3, 1 / 3])
        np.testing.assert_array_equal(ours[0], train)
        np.testing.assert_array_equal(ours[1], test)


def test_time_runs_from_part_to_part_and_equal_times_stay_together():
    days = np.array(["2024-03-02", "2024-03-01", "2024-03-03", "2024-03-02", "2024-03-04"], "datetime64[D]")
    parts = split_by_time(days, {"train": 0.6, "val": 0.2, "test": 0.2})
    assert {name: rows.tolist() for name, rows in parts.items()} == {"train": [1, 0, 3], "val": [2], "test": [4]}
    assert days[parts["train"]].max() < days[parts["val"]].min() <= days[parts["val"]].max() < days[parts["test"]].min()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: split_by_group([1, 2, 3], {"train": 0.5}, 0), "split_by_group: expected sizes above 0"),
        (lambda: split_by_time([1, 2, 3], {"train": 2.0}), "split_by_time: expected sizes above 0"),
        (
            lambda: split_by_group([1, 1, 1], {"train": 0.5, "test": 0.5}, 0),
            r"split_by_group: .*none in \['test'\] of 3",
        ),
        (lambda: split_by_group([], {"train": 1.0}, 0), "split_by_group: .*none in"),
        (lambda: split_by_time([1.0, np.nan]), "split_by_time: expected one group or time for each row.*nan"),
        (lambda: split_by_time(np.array(["2024-01-01", "NaT"], "datetime64[D]")), "nan in it"),
        (lambda: split_by_group([[1, 2]], rng=0), r"got shape \(1, 2\)"),
    ],
)
def test_bad_groups_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_groups_need_a_generator():
    with pytest.raises(TypeError, match="split_by_group: expected rng"):
        split_by_group([1, 2, 3])


def test_the_scaling_is_that_of_scikit_learn():
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    draw = np.random.default_rng(0)
    train, test = draw.normal(3, 2, (30, 4)), draw.normal(2, 1, (10, 4))
    train[:, 2] = 7.0
    theirs = preprocessing.StandardScaler().fit(train)
    ours = standardise(train, test)
    np.testing.assert_allclose(ours[0], theirs.transform(train), atol=1e-12)
    np.testing.assert_allclose(ours[1], theirs.transform(test), atol=1e-12)


def test_the_twin_splits_and_scales_the_same_way():
    torch = pytest.importorskip("torch")
    theirs, draw = twin("data/splits"), np.random.default_rng(0)
    x = draw.normal(2, 3, (20, 3))
    x[:, 1] = 5.0
    parts = theirs.random_parts(torch.from_numpy(x), torch.arange(20), [0.8, 0.1, 0.1], seed=0)
    assert [len(part) for part in parts] == [len(rows) for rows in split(20, rng=0).values()]
    assert sorted(row for part in parts for row in part.indices) == list(range(20))
    rows = [part.indices for part in parts]
    for a, b in zip(
        standardise(*(x[r] for r in rows)), theirs.standardise(*(torch.from_numpy(x[r]) for r in rows)), strict=True
    ):
        np.testing.assert_allclose(a, b.numpy(), atol=1e-12)

"""Repeats, leaks and doubtful labels against counting by hand, and the sentences about them."""

import numpy as np
import pytest

from groundup.labs.eda import duplicates
from groundup.labs.eda.duplicates import conflicts, digests, group, labels, leaks, row_bytes, section


def brute(x: np.ndarray) -> int:
    return len(x) - len(np.unique(x, axis=0))


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_repeats_are_those_that_numpy_finds(dtype: type) -> None:
    x = np.random.default_rng(0).integers(0, 3, (200, 4)).astype(dtype)
    found = group(digests(row_bytes(x)))
    assert found.surplus == brute(x) > 0
    assert all((x[rows] == x[rows[0]]).all() for rows in found.groups)
    assert len(np.unique(found.of_row)) == len(np.unique(x, axis=0))


def test_zero_and_minus_zero_are_one_number() -> None:
    assert group(digests(row_bytes(np.array([[0.0, 1.0], [-0.0, 1.0]])))).surplus == 1


def test_a_row_of_a_later_part_leaks_from_an_earlier_one() -> None:
    found = group([b"a", b"b", b"a", b"c", b"b", b"c"])
    splits = {"test": np.array([4, 5]), "train": np.array([0, 1]), "val": np.array([2, 3])}
    leaked = {name: rows.tolist() for name, rows in leaks(found, splits).items()}
    assert leaked == {"val in train": [2], "test in train": [4], "test in val": [5]}
    made = section(found, splits, "row")
    assert made.facts["leaked"] == {"val in train": 1, "test in train": 1, "test in val": 1}
    assert any("1 of 2 test rows (50.0 %) stands in the training part" in line for line in made.said)


def test_no_repeat_and_no_leak_are_said() -> None:
    found = group([b"a", b"b", b"c"])
    made = section(found, {"train": np.array([0, 1]), "test": np.array([2])}, "text")
    assert made.said[0].startswith("No text is there twice")
    assert "leaks nothing" in made.said[1]
    assert labels(found, np.array([0, 1, 0]), ["x", "y"], "text").empty


def test_labels_of_equal_rows_that_differ_bound_every_model() -> None:
    found, y = group([b"a", b"a", b"a", b"b", b"b", b"c"]), np.array([0, 0, 1, 1, 1, 0])
    assert [rows.tolist() for rows in conflicts(found, y)] == [[0, 1, 2]]
    made = labels(found, y, ["x", "y"], "text", lambda row: f"row {row}")
    assert made.facts == {"groups": 1, "rows": 3, "at_least_wrong": 1}
    assert "more than 5 of 6 rows right, 83.3 %" in made.said[0]
    assert "| row 0 | x 2, y 1 |" in made.tables[0]
    agreed = labels(found, np.array([0, 0, 0, 1, 1, 0]), ["x", "y"], "text")
    assert agreed.said == ["Equal texts have equal labels, all 2 times: no sign of noise in this sense."]


def test_the_commonest_are_shown_with_their_parts() -> None:
    found = group([b"a", b"b", b"a", b"a", b"b"])
    splits = {"train": np.array([0, 1, 2]), "test": np.array([3, 4])}
    made = section(found, splits, "text", lambda row: f"text {row}")
    assert made.tables[0].splitlines()[2:] == ["| text 0 | training, test | 3 |", "| text 1 | training, test | 2 |"]
    assert made.facts["duplicates"] == 3
    assert duplicates.SHOWN >= 2

"""Columns, what goes together, outliers, classes: against scikit-learn and SciPy, and on tables made for the purpose."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import iqr
from sklearn.feature_selection import f_classif

from groundup.data import Dataset, load
from groundup.labs.eda import Place, classes, tables


def made(x: np.ndarray, y: np.ndarray | None = None) -> Dataset:
    labels = np.arange(len(x)) % 2 if y is None else y
    names = [f"c{i}" for i in range(x.shape[1])]
    return Dataset(name="t", source="own: t", x=x, y=labels, classes=["p", "q"], columns=names)


def test_the_share_between_classes_gives_scikit_learns_f() -> None:
    data = load("breast-cancer")
    share = tables.between(data.x.astype(float), data.y)
    f, _ = f_classif(data.x, data.y)
    np.testing.assert_allclose(share / (1 - share) * (len(data) - 2), f, rtol=1e-8)


def test_constant_and_piled_columns_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    piled = rng.random(100)
    piled[:20] = -999
    x = np.stack([np.full(100, 7.0), piled, 1000 * rng.random(100)], axis=1)
    section = tables.values(made(x), Place(tmp_path))
    assert section.said[0] == "**Constant, and of no use: c0.**"
    assert any("c1 (20 times -999)" in line for line in section.said)
    assert section.facts["c0"]["between_classes"] == 0
    assert (tmp_path / "columns.svg").is_file()


def test_strong_correlations_are_counted_either_way(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200))
    section = tables.related(made(np.stack([a, -2 * a + 0.01 * b, b], axis=1)), Place(tmp_path))
    assert [pair[:2] for pair in section.facts["strong"]] == [["c0", "c1"]]
    assert section.facts["strong"][0][2] == pytest.approx(np.corrcoef(a, -2 * a + 0.01 * b)[0, 1])
    assert "1 pair of 3 has 0.95 or more" in section.said[0]
    assert tables.related(made(np.ones((4, 2))), Place(tmp_path)).empty


def test_outliers_are_beyond_tukeys_far_fences() -> None:
    x = np.random.default_rng(0).normal(size=(300, 2))
    x[5] = 50, -50
    x[9, 0] = 60
    third, first = np.percentile(x, [75, 25], axis=0)
    far = (x > third + 3 * iqr(x, axis=0)) | (x < first - 3 * iqr(x, axis=0))
    section = tables.outliers(made(x))
    assert section.facts == {"values": int(far.sum()), "rows": int(far.any(axis=1).sum())}
    assert section.said[1].startswith("Row 5 ")
    assert tables.outliers(made(np.tile([[0.0], [1.0]], (10, 1)))).said[0].startswith("No value lies far outside")


def test_a_class_that_a_part_lacks_is_named(tmp_path: Path) -> None:
    y = np.array([0] * 60 + [1] * 40 + [2] * 5)
    splits = {"test": np.arange(50, 70), "train": np.r_[0:50, 70:105]}
    section = classes.balance(y, ["a", "b", "c", "d"], splits, Place(tmp_path))
    said = " ".join(section.said)
    assert "**The test part has no row of c.**" in said
    assert "**No row at all is of d.**" in said
    assert "In the training part there are fewer than 30 rows of c (5)" in said
    assert section.tables[0].splitlines()[0] == "| class | training | test | together |"
    assert section.tables[0].splitlines()[2] == "| a | 50 | 10 | 60 |"
    assert section.facts["majority_share"] == pytest.approx(60 / 105)


@pytest.mark.parametrize(("counts", "metric"), [([50, 50], "accuracy is a fair figure"), ([90, 10], "macro-F1")])
def test_the_metric_follows_the_balance(counts: list[int], metric: str, tmp_path: Path) -> None:
    y = np.repeat([0, 1], counts)
    section = classes.balance(y, ["a", "b"], {}, Place(tmp_path))
    assert metric in section.said[1]
    assert classes.uneven(np.array(counts)) == ("macro" in metric)


def test_of_very_many_classes_the_largest_are_drawn(tmp_path: Path) -> None:
    y = np.repeat(np.arange(50), np.arange(1, 51))
    section = classes.balance(y, [f"k{i}" for i in range(50)], {}, Place(tmp_path))
    assert section.figures[0].caption == "The 20 classes with the most rows."
    assert not section.tables

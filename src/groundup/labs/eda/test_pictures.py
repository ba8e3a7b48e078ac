"""Pictures: means, pixels, outliers, twins; and a folder with what goes wrong in folders."""

from pathlib import Path

import numpy as np
import pytest

from groundup.data import Dataset, load
from groundup.labs.eda import Place, oddities, pictures
from groundup.labs.eda.duplicates import digests, group, row_bytes


def made(x: np.ndarray, y: np.ndarray, **more: object) -> Dataset:
    classes = [f"k{i}" for i in range(int(y.max()) + 1)]
    return Dataset(name="p", source="own: p", x=x, y=y, classes=classes, scale=255, **more)  # type: ignore[arg-type]


@pytest.fixture
def colour() -> Dataset:
    rng = np.random.default_rng(0)
    return made(rng.integers(0, 256, (60, 12, 10, 3)).astype(np.uint8), np.arange(60) % 3)


def test_class_means_are_numpys_in_blocks(colour: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "ROWS", 7)
    means = pictures.class_means(colour)
    for k in range(3):
        np.testing.assert_allclose(means[k], colour.x[colour.y == k].mean(axis=0) / 255, rtol=1e-6)


def test_a_class_without_a_row_has_no_mean_and_no_example(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (8, 6, 6)).astype(np.uint8)
    data = Dataset(name="p", source="-", x=x, y=np.array([0, 2] * 4), classes=["a", "b", "c"], scale=255)
    means = pictures.class_means(data)
    assert np.isnan(means[1]).all()
    section = pictures.examples(data, means, Place(tmp_path))
    assert section.facts["most_alike"] == ["a", "c"]


def test_digits_most_alike_are_found_on_all_rows(tmp_path: Path) -> None:
    data = load("mnist")
    section = pictures.examples(data, pictures.class_means(data), Place(tmp_path))
    assert section.facts["most_alike"] == ["4", "9"]
    assert section.facts["least_alike"] == ["0", "1"]


def test_pixels_are_those_of_all_rows(colour: Dataset, tmp_path: Path) -> None:
    colour.x[:, 0, 0] = 17
    section = pictures.pixels(colour, Place(tmp_path))
    unit = colour.x.reshape(-1, 3) / 255
    np.testing.assert_allclose(section.facts["mean"], unit.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(section.facts["deviation"], unit.std(axis=0), rtol=1e-6)
    assert section.facts["black"] == pytest.approx((unit == 0).mean(axis=0).tolist())
    assert section.said[1] == "1 pixel of 120 has one value in all rows."


def test_the_odd_one_out_and_the_blank_one_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.full((40, 8, 8), 60, np.uint8) + rng.integers(0, 9, (40, 8, 8)).astype(np.uint8)
    x[7], x[11] = 255 - x[7], 63
    data = made(x, np.arange(40) % 2)
    section = oddities.unlike(data, pictures.class_means(data), Place(tmp_path))
    assert section.facts["farthest"][0] == 7
    assert section.facts["even"] == 1
    assert section.said[0] == "**1 picture is of one colour throughout.**"
    assert "row 7 (k1)" in section.said[1]


def test_twins_across_parts_and_with_other_labels_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.kron(rng.integers(20, 235, (12, 6, 6)), np.ones((4, 4))).astype(np.uint8)
    x[9], x[11] = x[0] + 3, x[2] + 3  # a little brighter: 0 and 9 of one class, 2 and 11 of two
    y = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1])
    data = made(x, y, splits={"train": np.arange(10), "test": np.arange(10, 12)})
    section = oddities.twins(data, group(digests(row_bytes(x))), Place(tmp_path))
    assert section.facts == {"pairs": 2, "across": 1, "labels_differ": 1}
    first = section.tables[0].splitlines()[2]
    assert first.startswith("| 2 (k0, training) | 11 (k1, test) |"), "those with different labels come first"
    assert (tmp_path / "twins.svg").is_file()

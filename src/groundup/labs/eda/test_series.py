"""A series: changes, memory, gaps, against SciPy and on series made for the purpose."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kurtosis, norm

from groundup.data import Series, load_series
from groundup.labs.eda import Place, memory, series


def made(values: np.ndarray, step: int = 1) -> Series:
    dates = np.datetime64("2020-01-01") + step * np.arange(len(values))
    columns = [f"s{i}" for i in range(values.shape[1])]
    return Series(name="s", source="own: s", dates=dates, values=values, columns=columns)


def test_autocorrelation_is_that_of_the_full_product() -> None:
    r = np.random.default_rng(0).normal(size=200)
    d = r - r.mean()
    full = np.correlate(d, d, "full")[199:] / (d @ d)
    np.testing.assert_allclose(memory.autocorrelation(r), full[1:21], rtol=1e-10)
    assert memory.autocorrelation(np.ones(10)).tolist() == [0.0] * 9


def test_changes_are_of_logarithms_where_all_is_above_zero() -> None:
    values = np.array([[1.0], [np.e], [np.e**3]])
    assert series.changes(made(values))[0].ravel() == pytest.approx([1, 2])
    assert series.changes(made(values - 1))[1] == "change"


def test_kurtosis_of_real_returns_is_scipys(tmp_path: Path) -> None:
    data = load_series("stocks")
    section = series.returns(data, Place(tmp_path))
    r = np.diff(np.log(data.values), axis=0)
    for i, name in enumerate(data.columns):
        assert section.facts[name]["excess_kurtosis"] == pytest.approx(kurtosis(r[:, i]))
    assert "far more days" in section.said[0]
    assert (tmp_path / "returns.png").is_file()


def test_noise_has_no_memory_and_a_walk_of_loud_days_has(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = memory.memory(made(np.cumsum(rng.normal(size=(2000, 1)), axis=0)), Place(tmp_path))
    assert noise.facts["outside"] <= 0.15
    assert noise.facts["bound"] == pytest.approx(norm.ppf(0.975) / np.sqrt(1999), rel=1e-4)
    assert "says more of later days" not in noise.said[1]
    loud = np.repeat(rng.choice([0.2, 3.0], 20), 100)[:, None] * rng.normal(size=(2000, 1))
    found = memory.memory(made(np.cumsum(loud, axis=0)), Place(tmp_path))
    assert found.facts["sizes_outside"] > 0.9
    assert "says more of later days" in found.said[1]


def test_gaps_still_days_and_far_days() -> None:
    rng = np.random.default_rng(0)
    values = np.cumsum(rng.normal(size=(100, 1)), axis=0) + 500
    values[40:] += 300
    values[61] = values[60]
    data = made(values)
    dates = data.dates.copy()
    dates[71:] += 9
    section = memory.gaps(Series(name="s", source="-", dates=dates, values=values, columns=["s0"]))
    assert (section.facts["longest_gap"], section.facts["still"]) == (10, 1)
    assert str(dates[70]) in section.said[0]
    assert section.facts["far"] == 1
    assert section.tables[0].splitlines()[2].startswith(f"| {dates[40]} | s0 |")
    assert memory.gaps(made(values[:1])).empty


def test_a_series_without_gaps_and_without_change(tmp_path: Path) -> None:
    flat = made(np.full((50, 1), 3.0), step=7)
    section = memory.gaps(flat)
    assert section.said[0] == "Every two dates are 7 days apart: no gap."
    assert section.facts["far"] == 0
    assert series.returns(flat, Place(tmp_path)).facts["s0"]["excess_kurtosis"] == 0
    assert memory.memory(flat, Place(tmp_path)).facts["outside"] == 0


def test_the_drawing_says_how_many_end_higher(tmp_path: Path) -> None:
    section = series.drawn(made(np.array([[1.0, 5.0], [100.0, 4.0]])), Place(tmp_path, "a-"))
    assert "1 of 2 columns ends higher than it began" in section.said[0]
    assert section.figures[0].caption == "The values over time, on a scale of powers of ten."
    assert section.facts["s1"] == {"first": 5, "last": 4, "lowest": 4, "highest": 5}
    assert (tmp_path / "a-series.svg").is_file()

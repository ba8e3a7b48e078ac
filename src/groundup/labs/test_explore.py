"""explore: three kinds of data in one report, what stands in for what, and what follows from what was found."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from groundup.data import Dataset, Series, Texts
from groundup.labs import explore, figures
from groundup.labs.eda import Place, look
from groundup.labs.explore import ExploreSettings, advice, chosen, kind
from groundup.train import RunFolder


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GROUNDUP_DATA", raising=False)
    monkeypatch.setenv("GROUNDUP_CACHE", str(tmp_path / "cache"))


def test_without_a_mirror_pythons_sources_are_named_in_the_tweets_place(tmp_path: Path) -> None:
    settings = ExploreSettings(pictures="digits")
    with RunFolder.create(tmp_path / "run", {}) as run:
        outcome = explore.run(run, settings, Console(file=StringIO()))
    assert outcome.dataset == "digits, stdlib, stocks"
    assert outcome.notes[0].startswith("afrisenti-yor has no source on this machine: stdlib is here in its place")
    assert outcome.sizes == {"pictures": 1797, "characters": 1_000_000, "days": 3270}
    text = "\n\n".join(outcome.happened)
    for name in ("digits, pictures", "stdlib, one text", "stocks, a series"):
        assert f"### {name}" in text
    drawn = {line.split("figures/")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")}
    assert drawn == {path.name for path in (tmp_path / "run" / "figures").glob("*.svg")}
    assert {"digits-examples.svg", "stdlib-characters.svg", "stocks-memory.svg"} <= drawn
    assert text.count("#### What follows for a model of") == 3
    assert outcome.measures["digits, share of the largest class"] == pytest.approx(183 / 1797)


def test_a_name_that_nobody_knows_is_refused() -> None:
    assert chosen(ExploreSettings(texts="stdlib")) == (["mnist", "stdlib", "stocks"], [])
    assert chosen(ExploreSettings(texts="mine.csv"))[0][1] == "mine.csv"


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Advice comes out of the numbers: most of the time would go into drawing them."""
    monkeypatch.setattr(figures, "save", lambda figure, stem: figure.clear())


@pytest.mark.usefixtures("undrawn")
def test_advice_follows_the_classes_and_the_split(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def table(y: np.ndarray, **more: object) -> str:
        data = Dataset(name="t", source="-", x=x[: len(y)], y=y, classes=["p", "q"], **more)  # type: ignore[arg-type]
        return " ".join(advice(look(data, Place(tmp_path))))

    x = rng.normal(size=(40, 2))
    even, uneven = np.arange(40) % 2, np.array([0] * 30 + [1] * 10)
    assert "accuracy will do" in table(even)
    assert "macro-F1" in table(uneven)
    assert "stratified" in table(even)
    parts = {"train": np.arange(30), "test": np.arange(30, 40)}
    assert "no row of it stands on two sides" in table(even, splits=parts)
    x[35] = x[3]
    assert "1 test rows that stand in training" in table(even, splits=parts)


@pytest.mark.usefixtures("undrawn")
def test_advice_for_a_series_follows_its_tails(tmp_path: Path) -> None:
    def follows(values: np.ndarray) -> str:
        dates = np.datetime64("2020-01-01") + np.arange(len(values))
        data = Series(name="s", source="-", dates=dates, values=values, columns=["a"])
        assert kind(data) == "a series"
        return " ".join(advice(look(data, Place(tmp_path))))

    rng = np.random.default_rng(0)
    assert "Split by time" in (calm := follows(np.cumsum(rng.normal(size=(500, 1)), axis=0)))
    assert "heavy tails" not in calm
    assert "heavy tails" in follows(np.cumsum(rng.standard_t(2, size=(500, 1)), axis=0))


@pytest.mark.usefixtures("undrawn")
def test_advice_for_texts_names_labels_that_cannot_be_right(tmp_path: Path) -> None:
    lines = ["one two", "one two", "three", "four five"] * 5
    data = Texts(name="t", source="-", texts=lines, y=np.array([0, 1, 0, 1] * 5), classes=["p", "q"])
    said = " ".join(advice(look(data, Place(tmp_path))))
    assert "At least 5 labels cannot be right" in said
    assert "Cut texts at 2 words" in said

"""The page: every kind of data, names that are Markdown, messages that come through, and the command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from groundup.data import DataError, Texts
from groundup.labs.eda import Place, look, markdown, read, summary, write
from groundup.labs.eda.section import Section, in_figure, literal, rounded, table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures in two parts, in classes whose names mean something to Markdown and to matplotlib."""
    rng = np.random.default_rng(0)
    root = tmp_path / "my_pictures"
    pixels = rng.integers(0, 256, (40, 9, 9, 3)).astype(np.uint8)
    for i, each in enumerate(pixels):
        place = root / ("test" if i >= 30 else "train") / ("a|b $5 [x]" if i % 2 else "*b* $_{$ <i>")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(each).save(place / f"{i}.png")
    Image.fromarray(pixels[1]).save(root / "test" / "*b* $_{$ <i>" / "copy.png")
    return root


def test_a_folder_of_ones_own(folder: Path, tmp_path: Path) -> None:
    found = write(folder, tmp_path / "out")
    text, page = (tmp_path / "out" / "eda.md").read_text(), (tmp_path / "out" / "eda.html").read_text()
    facts = json.loads((tmp_path / "out" / "eda.json").read_text())
    assert facts == found.facts()
    assert facts["rows"] == 41
    assert facts["sections"]["Duplicates and leakage"]["leaked"] == {"test in train": 1}
    assert facts["sections"]["Labels in doubt"]["groups"] == 1
    assert "1 of 11 test rows (9.1 %) stands in the training part too" in text
    drawn = sorted(path.name for path in (tmp_path / "out" / "figures").glob("*.svg"))
    assert drawn == sorted(f"{figure.stem}.svg" for section in found.sections for figure in section.figures)
    assert page.count("<figure") == len(drawn)
    assert "<i>" not in page.replace("&lt;i&gt;", "")
    assert "*b* $_{$ &lt;i&gt;" in page
    assert "a|b $5 [x]" in page


@pytest.mark.parametrize("name", ["breast-cancer", "stocks"])
def test_data_of_the_catalogue_that_every_machine_has(name: str, tmp_path: Path) -> None:
    found = write(name, tmp_path)
    text = (tmp_path / "eda.md").read_text()
    assert found.card
    assert found.card.licence in text
    assert literal(found.data.source) in text
    assert all(f"## {section.title}\n" in text for section in found.sections)
    one = look(found.data, Place(tmp_path), ("Outliers", "Gaps and outliers"))
    assert [section.title for section in one.sections] == [found.sections[-1].title]
    assert (tmp_path / "eda.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "eda.json").read_text())["name"] == name
    assert summary(found)


def test_texts_in_a_script_that_the_figures_font_lacks(tmp_path: Path) -> None:
    lines = ["你好 世界 $ < >", "你好 世界", "[link](x) `code` | cell", "ẹ káàárọ̀ 🎉"] * 3
    data = Texts(
        name="t", source="own: t", stand_in=True, texts=lines, y=np.arange(12) % 2, classes=["p", "q"], notes=("a *note*",)
    )  # fmt: skip
    found = look(data, Place(tmp_path))
    text = markdown(found)
    assert "**This is a stand-in for the whole data set.**" in text
    assert "a \\*note\\*" in text
    assert "\\[link\\](x) \\`code\\` \\| cell" in text
    assert found["Duplicates and leakage"].facts["duplicates"] == 9  # 你好 世界 is there with signs and without
    assert found["Labels in doubt"].facts["groups"] == 1


def test_messages_of_data_come_through(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n,y\n")
    with pytest.raises(DataError, match=r"expected a finite number, got '' in line 3, column 'a'"):
        write(tmp_path / "t.csv", tmp_path / "out")
    with pytest.raises(LookupError, match="did you mean 'mnist'"):
        write("mnsit", tmp_path / "out")
    with pytest.raises(ValueError, match="expected no size for stocks"):
        read("stocks", size=8)
    assert not (tmp_path / "out").exists()


def test_a_table_of_huge_numbers_gives_a_page(tmp_path: Path) -> None:
    rows = "\n".join(f"{v},{i},{'xy'[i % 2]}" for i, v in enumerate(["1e300", "-1e300", "1e-300", "0"] * 3))
    (tmp_path / "t.csv").write_text(f"a,b,kind\n{rows}\n")
    found = write(tmp_path / "t.csv", tmp_path / "out")
    column = found.facts()["sections"]["Columns"]["a"]
    assert (column["highest"], column["deviation"]) == (1e300, None), "its square is beyond all numbers"
    assert json.loads((tmp_path / "out" / "eda.json").read_text())["rows"] == 12


def test_words_of_the_data_stay_words() -> None:
    assert literal("a*b\n [c]\x00 " + "x" * 300, 20) == "a\\*b \\[c\\] xxxxxxxxxxx…"
    assert in_figure("$x$\n") == r"\$x\$ "
    assert table(("a", "b"), [("x|y", "1")], 1) == "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"
    assert [rounded(value) for value in (1.74, 214999.0)] == ["1.7", "210,000"]
    assert Section("Empty", facts={"n": 0}).empty


def test_the_command(folder: Path, tmp_path: Path) -> None:
    def groundup(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "groundup", "data", "eda", *args]
        return subprocess.run(command, capture_output=True, text=True, env=os.environ, cwd=tmp_path, check=False)

    done = groundup(str(folder), "--size", "16")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (tmp_path / "eda-my_pictures" / "eda.html").is_file()
    assert "page: eda-my_pictures/eda.html" in done.stdout
    wrong = groundup("my_picture/s")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("groundup: load: expected a folder of pictures or a table")

"""The one style of every plot."""

import sys
from pathlib import Path
from subprocess import run
from xml.etree import ElementTree

import numpy as np
import pytest

from groundup.labs import figures


def draw() -> object:
    fig, axes = figures.figure(columns=2)
    figures.curve(axes[0], 0, [0, 1], [1, 0], label="training")
    figures.curve(axes[0], 1, [0, 1], [1, 0.5], label="validation")
    axes[0].legend()
    axes[0].set_title("The loss falls")
    figures.picture(axes[1], np.eye(3), "an identity")
    return fig


def test_svg_is_the_same_twice_and_keeps_its_text() -> None:
    svg = figures.to_svg(draw())
    assert svg == figures.to_svg(draw())
    root = ElementTree.fromstring(svg)
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"The loss falls", "training", "validation", "an identity"} <= set(texts)


def test_svg_has_ink_and_series_colours_only() -> None:
    root = ElementTree.fromstring(figures.to_svg(draw()))
    styles = " ".join(node.get("style", "") for node in root.iter())
    found = {word.rstrip(";") for word in styles.split() if word.startswith("#")}
    assert found == {figures.INK, *figures.COLOURS[:2]}, "a page could not restyle another colour"
    assert "none" in root.find(".//*[@id='patch_1']/*").get("style")  # type: ignore[union-attr]


def test_axes_have_the_documented_shapes() -> None:
    assert figures.figure()[1].get_title() == ""
    assert figures.figure(columns=3)[1].shape == (3,)
    assert figures.figure(columns=2, rows=2)[1].shape == (2, 2)
    assert figures.figure(rows=2, height=2.0)[0].get_size_inches().tolist() == [figures.WIDTH, 4.0]


def test_save_writes_both_files_and_nothing_else(tmp_path: Path) -> None:
    svg, png = figures.save(draw(), tmp_path / "figures" / "loss.v1")
    assert [p.name for p in (svg, png)] == ["loss.v1.svg", "loss.v1.png"]
    assert sorted(p.name for p in svg.parent.iterdir()) == ["loss.v1.png", "loss.v1.svg"]
    assert png.read_bytes().startswith(b"\x89PNG")


def test_save_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        figures.save(draw(), tmp_path / "file" / "loss")


def test_a_second_series_differs_in_dashes_too() -> None:
    assert len({str(line) for line in figures.LINES}) == len(figures.COLOURS) == len(figures.MARKERS)


def test_a_headline_is_broken_to_the_width_of_its_figure() -> None:
    said = "word " * 40
    for width, most in ((6.4, 92), (3.2, 46)):
        fig, _ = figures.figure(width=width)
        figures.headline(fig, said)
        lines = fig.get_suptitle().split("\n")
        assert " ".join(lines).split() == said.split()
        assert most - 5 < max(map(len, lines)) <= most


def test_heat_is_clear_where_it_is_lowest_and_says_its_ends() -> None:
    fig, axes = figures.figure()
    figures.heat(axes, np.array([[1.0, 2.0, 3.0]]), ("one", "three"))
    image = axes.get_images()[0]
    shades = image.cmap(image.norm(np.array([1.0, 2.0, 3.0])))
    np.testing.assert_allclose(shades[:, 3], [0, 0.5, 1], atol=0.01)
    assert np.ptp(shades[:, :3], axis=0).max() == 0, "one hue"
    svg = figures.to_svg(fig).decode()
    assert svg.index(">three<") < svg.index(">one<"), "the highest is named at the top, the first tick"


def test_shares_are_written_in_per_cent() -> None:
    fig, axes = figures.figure()
    axes.plot([0, 1], [0.0, 1.0])
    figures.in_percent(axes.yaxis)
    assert b">100 %<" in figures.to_svg(fig)


def test_a_band_has_the_colour_of_its_curve() -> None:
    _, axes = figures.figure()
    figures.band(axes, 1, [0, 1], [0, 0], [1, 1])
    (area,) = axes.collections
    from matplotlib.colors import to_rgba

    assert tuple(area.get_facecolor()[0]) == to_rgba(figures.COLOURS[1], 0.15)


def test_import_is_light() -> None:
    code = "import sys, groundup.labs.figures; sys.exit('matplotlib' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0

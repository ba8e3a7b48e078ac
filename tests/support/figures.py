"""Reading a figure back: the words that stand in it, and whether a page could restyle it."""

from pathlib import Path
from xml.etree import ElementTree

from groundup.labs.lab import Figure

SVG = "{http://www.w3.org/2000/svg}"


def words(folder: Path, figure: Figure) -> str:
    """All text of the figure, a line a text element; both its files must be there, and its caption a sentence."""
    assert figure.caption.endswith(".")
    assert not figure.caption[0].islower()
    assert (folder / f"{figure.stem}.png").read_bytes().startswith(b"\x89PNG")
    root = ElementTree.parse(folder / f"{figure.stem}.svg").getroot()
    return "\n".join("".join(node.itertext()) for node in root.iter(f"{SVG}text"))


def colours(folder: Path, figure: Figure) -> set[str]:
    """Every colour that a line or an area of the figure has."""
    root = ElementTree.parse(folder / f"{figure.stem}.svg").getroot()
    styles = " ".join(node.get("style", "") for node in root.iter())
    return {word.rstrip(";") for word in styles.split() if word.startswith("#")}

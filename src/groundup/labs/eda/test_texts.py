"""Texts and a corpus: words, lengths, telling words, bits a character."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import entropy

from groundup.data import Corpus, Texts
from groundup.labs.eda import Place, corpora, texts

GOOD, BAD = "a good film", "a bad film, and long, so long"


def made(lines: list[str], y: list[int], **more: object) -> Texts:
    return Texts(name="t", source="own: t", texts=lines, y=np.array(y), classes=["bad", "good"], **more)  # type: ignore[arg-type]


def test_texts_that_differ_in_signs_and_capitals_are_one() -> None:
    assert texts.same_text("What's next?") == texts.same_text("  WHAT’S   next !!") != texts.same_text("what next")
    assert texts.same_text(":-)") != texts.same_text(":-(")


def test_telling_words_are_those_that_one_class_has_more_often(tmp_path: Path) -> None:
    data = made([GOOD, BAD] * 12, [1, 0] * 12, splits={"train": np.arange(20), "test": np.arange(20, 24)})
    section = texts.words(data, [texts.words_of(text) for text in data.texts], Place(tmp_path))
    assert section.facts["telling"]["good"] == ["good", "a", "film"]  # in the shorter texts they are more of the whole
    assert set(section.facts["telling"]["bad"]) == {"bad", "long", "and", "so"}
    assert "a" not in section.facts["telling"]["bad"]
    assert section.facts["unknown"] == {"test": 0.0}
    assert section.facts["words"] == 12 * (3 + 7)


def test_scores_are_log_odds_with_one_added() -> None:
    scores = texts.telling_scores(np.array([[3, 0], [1, 4]]), np.array([10, 20]), 5)
    assert scores[0, 0] == pytest.approx(np.log(4 / 15) - np.log(2 / 25))
    assert scores[1, 1] == pytest.approx(np.log(5 / 25) - np.log(1 / 15))


def test_words_that_training_lacks_are_counted(tmp_path: Path) -> None:
    data = made(
        ["one two", "two three", "four four"], [0, 1, 1], splits={"train": np.array([0]), "test": np.array([1, 2])}
    )
    section = texts.words(data, [texts.words_of(text) for text in data.texts], Place(tmp_path))
    assert section.facts["unknown"] == {"test": pytest.approx(3 / 4)}
    assert "75.0 % of the words of the test part" in " ".join(section.said)


def test_lengths_by_class_and_texts_without_a_word(tmp_path: Path) -> None:
    data = made(["one two three", "one", "!!!", "one two three four five six seven eight nine"], [1, 0, 0, 1])
    words = [texts.words_of(text) for text in data.texts]
    section = texts.lengths(data, words, Place(tmp_path))
    assert section.facts["median_by_class"] == {"bad": 0.5, "good": 6}
    assert section.facts["longest"] == 9
    assert section.said[-1] == "1 text has no word at all, signs or pictures alone."
    assert texts.odd(data, words).facts["longest"][0] == 3


def test_half_of_the_texts_is_half(tmp_path: Path) -> None:
    lines = [" ".join(["w"] * n) for n in (1, 2, 3, 40)]
    section = texts.lengths(made(lines, [0, 1, 0, 1]), [text.split() for text in lines], Place(tmp_path))
    assert (section.facts["median"], section.facts["p95"], section.facts["longest"]) == (2, 40, 40)


def test_bits_are_the_entropies() -> None:
    text = "abracadabra" * 20
    plain, known = corpora.bits(text)
    _, counts = np.unique(list(text), return_counts=True)
    pairs, joint = np.unique([a + b for a, b in pairwise(text)], return_counts=True)
    first = np.unique(list(text[:-1]), return_counts=True)[1]
    assert plain == pytest.approx(entropy(counts, base=2))
    assert known == pytest.approx(entropy(joint, base=2) - entropy(first, base=2))
    assert len(pairs) > 4
    assert corpora.bits("a") == (0.0, 0.0)


def test_lines_on_both_sides_of_the_cut_are_counted() -> None:
    long = "this line is long enough to be no chance at all"
    other = [f"line {i} of its own, with some words more, {i}" for i in range(40)]
    data = Corpus(name="c", source="own: c", text="\n".join([long, *other, long]))
    section = corpora.lines(data)
    assert section.facts == {"long_lines": 42, "repeated": 1, "across": 1}
    assert corpora.lines(Corpus(name="c", source="-", text="short\nlines")).empty


def test_a_stretch_cannot_leave_its_block() -> None:
    data = Corpus(name="c", source="-", text="x\n" * 100 + "```\n# a heading\x07\n" * 100)
    (block,) = corpora.stretch(data).tables
    assert block.startswith("```text\n")
    assert block.count("```") == 2
    assert "\x07" not in block


def test_characters_have_names_where_they_cannot_be_seen(tmp_path: Path) -> None:
    section = corpora.characters(Corpus(name="c", source="-", text="a b\nc\t\x00"), Place(tmp_path))
    drawn = (tmp_path / "characters.svg").read_text()
    assert all(name in drawn for name in ("space", "new line", "tab", "U+0000"))
    assert section.facts["distinct"] == 7

"""One long text: a stretch of it, its characters, its lines, and what frequencies alone predict.

    (1)  H₀ = -Σ_a p(a) log₂ p(a)               bits a character, from how often each occurs
    (2)  H₁ = -Σ_ab p(ab) log₂ p(b | a)         the same where the character before is known

Source: C. E. Shannon, Prediction and Entropy of Printed English (1951).
"""

import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np

from groundup.data import Corpus
from groundup.labs import figures
from groundup.labs.eda.section import Place, Section, count, in_figure
from groundup.labs.eda.texts import words_of
from groundup.labs.lab import Figure, percent
from groundup.labs.plots_data import words as draw_words
from groundup.labs.plots_sweep import bars

STRETCH = 600
SHOWN = 20  # characters drawn
CUT = 0.9  # the usual split: so much to train
LONG = 40  # characters: a shorter line may be there twice by chance
NAMED = {" ": "space", "\n": "new line", "\t": "tab"}


def stretch(data: Corpus) -> Section:
    """Some lines out of the middle."""
    start = data.text.rfind("\n", 0, len(data.text) // 2) + 1
    piece = data.text[start : start + STRETCH].replace("```", "'''").strip("\n")
    shown = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in piece)
    return Section("A stretch", [f"From character {start:,} on:"], [f"```text\n{shown}\n```"])


def bits(text: str) -> tuple[float, float]:
    """Eqs. 1 and 2."""
    single, pairs = Counter(text), Counter(pairwise(text))
    first = Counter(text[:-1])
    p = np.array(list(single.values())) / len(text)
    joint = np.array(list(pairs.values()), dtype=float)
    given = joint / np.array([first[a] for a, _ in pairs], dtype=float)
    return float(-(p * np.log2(p)).sum()), float(-(joint / joint.sum() * np.log2(given)).sum()) if len(joint) else 0.0


def characters(data: Corpus, place: Place) -> Section:
    """The commonest characters, the rare ones, and bits a character as something to beat."""
    counts = Counter(data.text)
    plain, known = bits(data.text)
    rare = sum(n < 10 for n in counts.values())
    facts = {"characters": len(data.text), "distinct": len(counts), "rare": rare}
    section = Section("Characters", facts=facts | {"bits": plain, "bits_given_one": known})
    section.said = [
        f"{len(data.text):,} characters, {len(counts):,} of them distinct"
        + (f"; {count(rare, 'character occurs', 'characters occur')} fewer than ten times." if rare else "."),
        f"Their frequencies alone need {plain:.2f} bits a character ({plain * np.log(2):.2f} nats), with the character "
        f"before {known:.2f} ({known * np.log(2):.2f} nats), counted on this very text: a model of the language "
        "has to do better.",
    ]
    section.figures = [_draw({_named(c): n for c, n in counts.most_common(SHOWN)}, len(data.text), place)]
    return section


def _draw(counts: dict[str, int], total: int, place: Place) -> Figure:
    fig, axes = figures.figure(height=0.7 + 0.21 * len(counts))
    bars(axes, [in_figure(c) for c in counts], list(counts.values()), [f"{n:,}" for n in counts.values()])
    axes.set_xlabel("times")
    share = percent(sum(counts.values()) / total)
    figures.headline(fig, f"The {len(counts)} commonest characters make up {share} of the text")
    figures.save(fig, place.stem("characters"))
    return Figure(place.stem("characters").name, "Characters by how often they occur.")


def _named(character: str) -> str:
    if character in NAMED:
        return NAMED[character]
    return character if character.isprintable() and not unicodedata.combining(character) else f"U+{ord(character):04X}"


def lines(data: Corpus) -> Section:
    """Long lines that are there twice, and those that the usual cut puts on both sides."""
    cut = data.text.find("\n", int(CUT * len(data.text))) % (len(data.text) + 1)  # no line is cut in two
    before, after = ([line.strip() for line in part.split("\n")] for part in (data.text[:cut], data.text[cut:]))
    long = [line for line in before + after if len(line) >= LONG]
    section = Section("Duplicates and leakage", facts={"long_lines": len(long)})
    if not long:
        return section
    surplus = len(long) - len(set(long))
    late = [line for line in after if len(line) >= LONG]
    both = sum(line in set(before) for line in set(late))
    section.facts |= {"repeated": surplus, "across": both}
    section.said = [
        f"{surplus:,} of {len(long):,} lines of {LONG} characters or more repeat another "
        f"({percent(surplus / len(long))}).",
        f"Cut at {percent(CUT)}, {both:,} of {len(set(late)):,} distinct long lines of the later part stand in "
        "the earlier part too" + (": these a model may know by heart." if both else "."),
    ]
    return section


def words(data: Corpus, place: Place) -> Section:
    """The commonest words."""
    counts = Counter(words_of(data.text))
    section = Section("Words", facts={"words": sum(counts.values()), "distinct": len(counts)})
    if counts:
        once = sum(n == 1 for n in counts.values())
        section.said = [
            f"{sum(counts.values()):,} words, {len(counts):,} distinct, of which {percent(once / len(counts))} "
            "occur once only."
        ]
        section.figures = [
            draw_words({in_figure(word, len(word)): n for word, n in counts.items()}, place.stem("words"))
        ]
    return section

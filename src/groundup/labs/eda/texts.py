"""Texts with labels: how long, which words, which words tell the classes apart, which texts are odd.

    (1)  s_kw = log (c_kw + 1) / (C_k + V)  -  log (c_w - c_kw + 1) / (C - C_k + V)

c_kw is how often class k has the word w, C_k all its words, V the number of distinct words: high where the class has
the word more often than the others have it.
"""

from collections import Counter

import numpy as np

from groundup.core import Array, IntArray
from groundup.data import Texts
from groundup.labs import figures
from groundup.labs.eda.section import NAMES, Place, Section, count, in_figure, literal, table
from groundup.labs.lab import Figure, percent
from groundup.labs.plots_data import words as draw_words
from groundup.text import normalise, tokenise

EACH = 3  # examples of a class
TELLING = 8  # words of a class
OFTEN = 10  # times a word must occur to be called telling
MOST = 12  # classes shown


def words_of(text: str) -> list[str]:
    """Its words in one spelling, signs left out."""
    return [token for token in tokenise(normalise(text)) if any(c.isalnum() for c in token)]


def same_text(text: str) -> bytes:
    """A key that texts share which differ in capitals, spaces and signs alone."""
    return " ".join(words_of(text) or tokenise(normalise(text))).encode()


def examples(data: Texts) -> Section:
    """The first few texts of each class."""
    rows = [
        (literal(data.classes[k]), literal(data.texts[row], 160))
        for k in range(min(MOST, len(data.classes)))
        for row in np.flatnonzero(data.y == k)[:EACH]
    ]
    return Section("Examples", tables=[table(("class", "text"), rows)])


def lengths(data: Texts, words: list[list[str]], place: Place) -> Section:
    """Words a text, by class; the ends."""
    long = np.array([len(each) for each in words])
    middle, most, last = np.percentile(long, [50, 95, 100], method="inverted_cdf").astype(int).tolist()
    section = Section("Lengths", facts={"median": middle, "p95": most, "longest": last, "mean": float(long.mean())})
    by_class = {name: long[data.y == k] for k, name in enumerate(data.classes) if (data.y == k).any()}
    section.facts["median_by_class"] = {name: float(np.median(part)) for name, part in by_class.items()}
    section.said = [
        f"Half of the texts have {middle:,} words or fewer, 95 % have {most:,} or fewer, the longest {last:,}: "
        f"padded to the longest, {percent(1 - float(long.mean()) / max(1, last))} of a batch could be padding."
    ]
    if len(by_class) > 1:
        ends = sorted(by_class, key=lambda name: float(np.median(by_class[name])))
        low, high = (float(np.median(by_class[name])) for name in (ends[0], ends[-1]))
        section.said.append(
            f"The median length differs between the classes: {low:g} words of {literal(ends[0])}, {high:g} of "
            f"{literal(ends[-1])}."
            if high > low
            else f"The median length is {low:g} words in every class."
        )
    empty = int((long == 0).sum())
    if empty:
        section.said.append(
            f"{count(empty, 'text')} {'has' if empty == 1 else 'have'} no word at all, signs or pictures alone."
        )
    shown = {in_figure(name): part for name, part in by_class.items()} if len(by_class) <= 6 else {"all": long}
    section.figures = [_histogram(shown, middle, place)]
    return section


def _histogram(by_class: dict[str, IntArray], middle: int, place: Place) -> Figure:
    """Shares of each class's texts by length, in steps of whole words."""
    longest = max(int(part.max()) for part in by_class.values())
    step = longest // 40 + 1
    edges = np.arange(0, longest + step + 1, step)
    fig, axes = figures.figure(height=2.3)
    for i, (name, part) in enumerate(by_class.items()):
        style = {"color": figures.COLOURS[i], "linestyle": figures.LINES[i], "linewidth": 1.3}
        axes.stairs(np.histogram(part, edges)[0] / len(part), edges - 0.5, label=name, **style)
    axes.set(
        xlabel="words a text", ylabel="share of the class" if len(by_class) > 1 else "share", xlim=(-0.5, edges[-1])
    )
    axes.set_ylim(bottom=0)
    figures.in_percent(axes.yaxis)
    figures.grid(axes)
    if len(by_class) > 1:
        axes.legend()
    figures.headline(fig, f"Half of the texts have {middle:,} words or fewer, the longest {longest:,}")
    figures.save(fig, place.stem("lengths"))
    return Figure(place.stem("lengths").name, f"Texts by length, in steps of {count(step, 'word')}.")


def words(data: Texts, found: list[list[str]], place: Place) -> Section:
    """The commonest words, those that tell the classes apart (Eq. 1), and those that training never has."""
    counts = Counter(word for each in found for word in each)
    section = Section("Words", facts={"words": sum(counts.values()), "distinct": len(counts)})
    if not counts:
        return section
    once = sum(n == 1 for n in counts.values())
    section.facts["once"] = once
    section.said = [
        f"{sum(counts.values()):,} words, {len(counts):,} of them distinct; {percent(once / len(counts))} of the "
        "distinct "
        "ones occur once only."
    ]
    section.said += _unknown(data, found, section)
    section.figures = [draw_words({in_figure(word, len(word)): n for word, n in counts.items()}, place.stem("words"))]
    telling = _telling(data, found, counts)
    if telling:
        section.facts["telling"] = telling
        rows = [(literal(name), literal(", ".join(those))) for name, those in telling.items()]
        section.tables = [table(("class", "words that it has far more often than the others"), rows)]
    return section


def _unknown(data: Texts, found: list[list[str]], section: Section) -> list[str]:
    """Which share of a later part's words training never has."""
    if "train" not in data.splits:
        return []
    known = {word for row in data.splits["train"] for word in found[row]}
    share = {}
    for name, rows in data.splits.items():
        theirs = [word for row in rows for word in found[row]]
        if name != "train" and theirs:
            share[name] = sum(word not in known for word in theirs) / len(theirs)
    section.facts["unknown"] = share
    each = [f"{percent(value)} of the words of the {NAMES.get(name, name)} part" for name, value in share.items()]
    return [f"The training part never has {' and '.join(each)}: a model must do without them."] if each else []


def _telling(data: Texts, found: list[list[str]], counts: Counter[str]) -> dict[str, list[str]]:
    by_class = [Counter(w for row in np.flatnonzero(data.y == k) for w in found[row]) for k in range(len(data.classes))]
    often = [word for word, n in counts.items() if n >= OFTEN]
    if not often or sum(bool(each) for each in by_class) < 2:
        return {}
    table = np.array([[each[word] for word in often] for each in by_class])  # (K, V')
    scores = telling_scores(table, np.array([sum(each.values()) for each in by_class]), len(counts))
    return {
        data.classes[k]: [often[i] for i in np.argsort(-scores[k], kind="stable")[:TELLING] if scores[k, i] > 0]
        for k in range(min(MOST, len(by_class)))
        if by_class[k]
    }


def telling_scores(table: Array, words: Array, distinct: int) -> Array:
    """Eq. 1 for counts (K, W), with ``words`` (K,) the words of each class in all; (K, W)."""
    other, rest = table.sum(axis=0) - table, words.sum() - words
    mine = np.log((table + 1) / (words + distinct)[:, None])
    theirs = np.log((other + 1) / (rest + distinct)[:, None])
    scores: Array = mine - theirs
    return scores


def odd(data: Texts, words: list[list[str]]) -> Section:
    """The longest texts, and those with no letter."""
    long = np.array([len(each) for each in words])
    middle = max(1.0, float(np.median(long)))
    order = np.argsort(-long, kind="stable")[:5]
    section = Section("Outliers", facts={"longest": order.tolist()})
    if long[order[0]] < 3 * middle:
        return section
    section.said = [
        f"The longest text, row {order[0]:,}, has {long[order[0]]:,} words, {long[order[0]] / middle:.1f} times "
        "the median."
    ]
    rows = [(literal(data.texts[row], 120), f"{row:,}", f"{long[row]:,}") for row in order]
    section.tables = [table(("the longest texts", "row", "words"), rows, 2)]
    return section

"""A search over settings: every trial as a line through its settings, and which setting mattered."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import Array, IntArray
from groundup.labs import figures
from groundup.labs.lab import Figure, percent
from groundup.labs.plots_curves import number

Trial = Mapping[str, float | str]


def parallel(
    trials: Sequence[Trial], scores: Sequence[float], stem: Path, *, log: Collection[str] = (), what: str = "accuracy"
) -> Figure:
    """An upright axis a setting and one for the score; the best tenth of the trials (3 at least) are drawn in colour.

    Settings in ``log`` are on a scale of powers of ten; words are spread evenly. The highest score is the best. The
    title says on what the best trials agree.
    """
    names = list(trials[0])
    scales = {name: _Scale([trial[name] for trial in trials], name in log) for name in names}
    last = _Scale(list(scores), log=False, say=lambda value: number(value, what))
    heights = np.array(
        [[scales[n].at(t[n]) for n in names] + [last.at(s)] for t, s in zip(trials, scores, strict=True)]
    )
    order = np.argsort(scores)
    best = order[-max(3, len(order) // 10) :]
    fig, axes = figures.figure(height=2.9)
    for i in order:  # the best lie on top
        look = (figures.COLOURS[0], 1.5, 0.9) if i in best else (figures.INK, 0.6, 0.25)
        axes.plot(heights[i], color=look[0], linewidth=look[1], alpha=look[2], linestyle="-", clip_on=False)
    for x, scale in enumerate([*scales.values(), last]):
        _upright(axes, x, scale)
    axes.set(xlim=(-0.1, len(names) + 0.1), ylim=(0, 1), yticks=[])
    axes.set_xticks(range(len(names) + 1), [*names, what])
    axes.tick_params(length=0, pad=14)
    axes.spines[:].set_visible(False)
    figures.headline(fig, _agreed(names, scales, heights, [trials[i] for i in best], best))
    figures.save(fig, stem)
    return Figure(stem.name, f"{len(trials)} trials, a line each; the best {len(best)} by {what} are the strong ones.")


class _Scale:
    """Where a value stands on its axis, from 0 to 1."""

    def __init__(self, values: Sequence[float | str], log: bool, say: Any = None) -> None:
        self.say = say or (_say)
        self.words = sorted(set(map(str, values))) if any(isinstance(value, str) for value in values) else []
        self.log = log
        measured = [self._measure(value) for value in values]
        self.low, self.high = min(measured), max(measured)
        self.ends = [self.say(value) for value in (min(values, key=self._measure), max(values, key=self._measure))]

    def _measure(self, value: float | str) -> float:
        if self.words:
            return float(self.words.index(str(value)))
        return float(np.log10(float(value))) if self.log else float(value)

    def at(self, value: float | str) -> float:
        """In [0, 1]; 0.5 where all values are the same."""
        return (self._measure(value) - self.low) / (self.high - self.low) if self.high > self.low else 0.5

    def marks(self) -> list[tuple[float, str]]:
        """Every word; of numbers both ends."""
        if self.words:
            return [(self.at(word), word) for word in self.words]
        return [(0.0, self.ends[0]), (1.0, self.ends[1])] if self.high > self.low else [(0.5, self.ends[0])]


def _say(value: float | str) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def _upright(axes: Any, x: int, scale: _Scale) -> None:
    axes.axvline(x, color=figures.INK, linewidth=0.7, linestyle="-")
    for y, text in scale.marks():
        away = {0.0: (0, -10), 1.0: (0, 4)}.get(y, (5, -3))  # below, above, beside
        side = "left" if away[0] else "center"
        axes.annotate(text, (x, y), away, textcoords="offset points", ha=side, fontsize=8, annotation_clip=False)


def _agreed(
    names: Sequence[str], scales: Mapping[str, _Scale], heights: Array, trials: Sequence[Trial], best: IntArray
) -> str:
    """The setting in which the best are closest together, and from where to where that is."""
    reach = np.ptp(heights[best][:, : len(names)], axis=0)
    reach[np.ptp(heights[:, : len(names)], axis=0) == 0] = np.inf  # never varied: nothing to agree on
    name = names[int(reach.argmin())]
    found = sorted((trial[name] for trial in trials), key=scales[name].at)
    ends = list(dict.fromkeys(scales[name].say(value) for value in (found[0], found[-1])))
    return f"The best {len(trials)} trials agree most on {name}: {' to '.join(ends)}"


def importance(shares: Mapping[str, float], stem: Path, *, what: str = "accuracy") -> Figure:
    """How much of the difference between trials each setting explains, as bars, the largest at the top."""
    order = sorted(shares, key=lambda name: shares[name], reverse=True)
    fig, axes = figures.figure(height=0.7 + 0.27 * len(order))
    bars(axes, order, [shares[name] for name in order], [percent(shares[name]) for name in order])
    figures.in_percent(axes.xaxis)
    axes.set_xlabel(f"share of the difference in {what}")
    figures.headline(fig, f"{order[0]} matters most: it explains {percent(shares[order[0]])} of the difference")
    figures.save(fig, stem)
    return Figure(stem.name, f"Which setting the {what} hangs on.")


def bars(axes: Any, names: Sequence[str], values: Sequence[float], said: Sequence[str]) -> None:
    """Level bars from the top down, what each comes to written at its end."""
    axes.barh(range(len(names)), values, height=0.62, color=figures.COLOURS[0], alpha=0.8)
    for row, (value, text) in enumerate(zip(values, said, strict=True)):
        axes.annotate(text, (value, row), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0, 1.12 * max(values, default=1.0) or 1.0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)

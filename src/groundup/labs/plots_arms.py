"""Arms of an experiment against each other at the end: every seed a dot, the mean, and how surely it is known."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from groundup.labs import figures
from groundup.labs.lab import Figure
from groundup.labs.plots_curves import number

Interval = tuple[float, float]


def arms_dots(
    arms: Mapping[str, Sequence[float]],
    stem: Path,
    *,
    intervals: Mapping[str, Interval] | None = None,
    what: str = "accuracy",
    least: bool = False,
) -> Figure:
    """One line an arm, the best at the top: its values as dots, their mean as a stroke, its interval as a line.

    The title says who leads, and by how much; ``least`` where the lowest value is the best.
    """
    intervals = intervals or {}
    order = sorted(arms, key=lambda arm: mean(arms[arm]), reverse=not least)
    fig, axes = figures.figure(height=0.9 + 0.3 * len(order))
    for row, arm in enumerate(order):
        _arm(axes, row, arms[arm], intervals.get(arm))
    axes.set_yticks(range(len(order)), order)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(what)
    if "accuracy" in what:
        figures.in_percent(axes.xaxis, 1)
    figures.grid(axes, "x")
    figures.headline(fig, _leads(order, arms, intervals, what))
    figures.save(fig, stem)
    return Figure(stem.name, _legend(arms, intervals, what))


def _arm(axes: Any, row: int, values: Sequence[float], interval: Interval | None) -> None:
    draw = axes.plot
    if interval:
        draw(interval, (row, row), color=figures.COLOURS[0], linewidth=1.2, linestyle="-", alpha=0.6)
    middle = mean(values)
    draw((middle, middle), (row - 0.26, row + 0.26), color=figures.INK, linewidth=1.4, linestyle="-")
    draw(values, [row] * len(values), color=figures.COLOURS[0], linestyle="", marker="o", alpha=0.75)


def _leads(
    order: Sequence[str], arms: Mapping[str, Sequence[float]], intervals: Mapping[str, Interval], what: str
) -> str:
    best = mean(arms[order[0]])
    if len(order) == 1:
        return f"{order[0]} comes to {number(best, what)}"
    ahead = abs(best - mean(arms[order[1]]))
    by = f"{100 * ahead:.1f} points" if "accuracy" in what else f"{ahead:.2g}"
    if not ahead:
        return f"{order[0]} and {order[1]} come to the same, {number(best, what)}"
    return f"{order[0]} comes to {number(best, what)}, {by} ahead of {order[1]}{_unsure(order, intervals)}"


def _unsure(order: Sequence[str], intervals: Mapping[str, Interval]) -> str:
    """What the intervals of the first two say about it, where both have one."""
    (low, high), (other_low, other_high) = (intervals.get(arm, (0.0, 0.0)) for arm in order[:2])
    if not (high > low and other_high > other_low):
        return ""
    return "; their intervals overlap" if low <= other_high and other_low <= high else ""


def _legend(arms: Mapping[str, Sequence[float]], intervals: Mapping[str, Interval], what: str) -> str:
    dots = "Each dot is a seed, the stroke their mean" if max(map(len, arms.values())) > 1 else "A dot an arm"
    lines = "; the line is the 95 % interval" if intervals else ""
    return f"{what.capitalize()} of each, the best at the top. {dots}{lines}."

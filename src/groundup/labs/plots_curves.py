"""Curves: several arms of an experiment over their seeds, and two programs one over the other."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from groundup.core import Array
from groundup.labs import figures
from groundup.labs.lab import Figure, percent

Curves = Mapping[str, Sequence[ArrayLike]]  # by arm, a curve a seed; all curves of an arm are of one length


def arms_curves(
    train: Curves, val: Curves, stem: Path, *, what: str = "accuracy", least: bool = False, first: int = 1
) -> Figure:
    """Mean and range over the seeds, training beside validation; ``least`` where the lowest value is the best.

    The title names the arm that ends best in validation. ``first`` is the epoch of the first value.
    """
    fig, (left, right) = figures.figure(columns=2, height=3.0, sharey=True)
    for axes, arms, name in ((left, train, "training"), (right, val, "validation")):
        for i, (arm, curves) in enumerate(arms.items()):
            values = np.asarray(curves, dtype=float)  # (seeds, epochs)
            epochs = np.arange(first, first + values.shape[1])
            figures.curve(axes, i, epochs, values.mean(axis=0), label=arm)
            if len(values) > 1:
                figures.band(axes, i, epochs, values.min(axis=0), values.max(axis=0))
        figures.grid(axes)
        axes.set_title(name)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
    left.set_ylabel(what)
    if "accuracy" in what:
        figures.in_percent(left.yaxis)
    if len(train) > 1:
        fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(train), 4))
    figures.headline(fig, _ends_best(val, what, least))
    figures.save(fig, stem)
    seeds = max(map(len, train.values()))
    shaded = f" The curve is the mean over {seeds} seeds, the band reaches from the lowest to the highest."
    return Figure(stem.name, f"{what.capitalize()} over the epochs.{shaded if seeds > 1 else ''}")


def _ends_best(val: Curves, what: str, least: bool) -> str:
    last = {arm: float(np.mean([np.asarray(curve)[-1] for curve in curves])) for arm, curves in val.items()}
    order = sorted(last, key=lambda arm: last[arm], reverse=not least)
    ends = [f"{arm} at {number(last[arm], what)}" for arm in order]
    if len(ends) == 1:
        return f"In validation {ends[0]} at last"
    if number(last[order[0]], what) == number(last[order[1]], what):
        return f"In validation {ends[0]} ends level with {order[1]}"
    return f"In validation {ends[0]} " + (
        f"ends ahead of {ends[1]}" if len(ends) == 2 else f"ends best, {ends[-1]} last"
    )


def number(value: float, what: str) -> str:
    """A value as it is said: an accuracy in per cent, anything else in three digits."""
    return percent(value) if "accuracy" in what else f"{value:.3g}"


def beside(
    x: ArrayLike, ours: ArrayLike, theirs: ArrayLike, stem: Path, *, names: tuple[str, str], what: str = "loss"
) -> Figure:
    """Two curves one over the other, and below what is between them, on a scale of powers of ten."""
    x, a, b = (np.asarray(values, dtype=float) for values in (x, ours, theirs))
    between = np.abs(a - b)
    fig, (above, below) = figures.figure(rows=2, height=1.9, sharex=True, height_ratios=(3, 2))
    figures.curve(above, 0, x, a, label=names[0], linestyle="-", linewidth=3.2, alpha=0.4)
    figures.curve(above, 1, x, b, label=names[1])
    above.set_ylabel(what)
    above.legend()
    below.plot(x, between, color=figures.INK, linewidth=0.9, linestyle="-")
    if between.any():
        below.set_yscale("log", nonpositive="mask")
        below.minorticks_off()
    below.set(ylabel="difference", xlabel="step")
    for axes in (above, below):
        figures.grid(axes)
    figures.headline(fig, _apart(between, a, what, names))
    figures.save(fig, stem)
    return Figure(stem.name, f"The {what} of {names[0]} and of {names[1]}, and below how far they are apart.")


def _apart(between: Array, values: Array, what: str, names: tuple[str, str]) -> str:
    if not between.any():
        return f"{names[0]} and {names[1]} give the same {what} to the last bit"
    size = float(np.abs(values).mean())
    share = f", {between.max() / size:.1g} of the mean {what}" if size else ""
    return f"{names[0]} and {names[1]} are never more than {between.max():.1g} apart{share}"

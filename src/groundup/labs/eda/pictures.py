"""Pictures: examples, the mean of each class, the values of pixels."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from groundup.core import Array
from groundup.data import Dataset
from groundup.data.dataset import Numbers
from groundup.labs import figures
from groundup.labs.eda.section import Place, Section, count, in_figure, literal
from groundup.labs.lab import Figure, percent
from groundup.labs.mosaic import mosaic

MOST = 12  # classes drawn
EACH = 9  # examples of a class
ROWS = 4096  # in float at a time


def as_shown(x: Numbers, scale: float) -> Array:
    """Bytes (N, H, W) or (N, H, W, 3) as ``mosaic`` takes them, in [0, 1]; grey ones as ink where most is dark."""
    unit: Array = x.astype(np.float32) / scale
    return unit[:, None] if unit.ndim == 3 else np.moveaxis(unit, 3, 1)


def blocks(data: Dataset) -> Iterator[tuple[slice, Array]]:
    """All rows, some thousands at a time, as float in [0, 1]."""
    for start in range(0, len(data), ROWS):
        rows = slice(start, start + ROWS)
        yield rows, data.x[rows].astype(np.float32) / data.scale


def class_means(data: Dataset) -> Array:
    """The mean picture of each class, (K, ...); NaN for a class without rows."""
    sums = np.zeros((len(data.classes), *data.x.shape[1:]))
    for rows, x in blocks(data):
        for k in np.unique(data.y[rows]):
            sums[k] += x[data.y[rows] == k].sum(axis=0)
    counts = np.bincount(data.y, minlength=len(sums)).astype(float)
    counts[counts == 0] = np.nan
    means: Array = sums / counts.reshape(-1, *[1] * (sums.ndim - 1))
    return means


def examples(data: Dataset, means: Array, place: Place) -> Section:
    """The mean picture of each class, and the first few of it. Names the two classes most alike on average."""
    shown = np.argsort(-np.bincount(data.y, minlength=len(means)), kind="stable")[:MOST]
    shown = np.sort(shown[~np.isnan(means[shown]).reshape(len(shown), -1).any(axis=1)])
    rows = np.full((len(shown), 1 + EACH, *data.x.shape[1:]), np.nan, np.float32)
    for i, k in enumerate(shown):
        found = data.x[np.flatnonzero(data.y == k)[:EACH]] / data.scale
        rows[i, 0], rows[i, 1 : 1 + len(found)] = means[k], found
    fig, axes = figures.figure(height=0.55 + 5.8 * len(shown) * rows.shape[2] / ((1 + EACH) * rows.shape[3]))
    sheet(axes, rows, [in_figure(data.classes[k], 14) for k in shown], dark=dark_ground(data, means))
    section = Section("Examples")
    if len(shown) > 1:
        apart = {
            (a, b): float(np.sqrt(np.mean((means[a] - means[b]) ** 2))) for a, b in combinations(shown.tolist(), 2)
        }
        a, b = min(apart, key=lambda pair: apart[pair])
        c, d = max(apart, key=lambda pair: apart[pair])
        names = data.classes
        section.facts = {"most_alike": [names[a], names[b]], "least_alike": [names[c], names[d]]}
        section.said = [
            f"On average {literal(names[a])} and {literal(names[b])} are most alike ({apart[a, b]:.3f} of full scale "
            "between their mean pictures, as the root of the mean square)"
            + (f"; {literal(names[c])} and {literal(names[d])} least ({apart[c, d]:.3f})." if len(shown) > 2 else ".")
        ]
        figures.headline(fig, f"Most alike on average: {in_figure(names[a])} and {in_figure(names[b])}")
    stem = place.stem("examples")
    figures.save(fig, stem)
    left = len(means) - len(shown)
    most = f" The {len(shown)} classes with the most rows, {left} are left out." if left else ""
    section.figures = [Figure(stem.name, f"At the left the mean picture of each class, then its first {EACH}.{most}")]
    return section


def dark_ground(data: Dataset, means: Array) -> bool:
    """Whether these are light strokes on black, which are drawn as ink on paper."""
    return data.x.ndim == 3 and float(np.nanmean(means)) < 0.35


def sheet(axes: object, rows: Array, names: list[str], *, dark: bool) -> None:
    """Pictures (R, K, H, W) or (R, K, H, W, 3), a name a row."""
    rows = np.moveaxis(rows, 4, 2) if rows.ndim == 5 else rows
    gap = max(1, rows.shape[-1] // 10)
    whole = mosaic(1 - rows if dark else rows, gap=gap)
    figures.picture(axes, whole)
    pitch = rows.shape[-2] + gap
    axes.set_yticks(pitch * np.arange(len(rows)) + rows.shape[-2] / 2, names)  # type: ignore[attr-defined]
    axes.tick_params(length=0)  # type: ignore[attr-defined]


def pixels(data: Dataset, place: Place) -> Section:
    """Mean, deviation and spread of the pixels, by channel, over all rows; constant pixels."""
    channels = 1 if data.x.ndim == 3 else 3
    counts, low, high = np.zeros((channels, 256)), *(np.full(data.x.shape[1:], end, float) for end in (np.inf, -np.inf))
    for _, x in blocks(data):
        low, high = np.minimum(low, x.min(axis=0)), np.maximum(high, x.max(axis=0))
        level = np.rint(x * 255).astype(np.uint8).reshape(-1, channels)
        counts += np.stack([np.bincount(level[:, c], minlength=256) for c in range(channels)])
    shares, levels = counts / counts.sum(axis=1, keepdims=True), np.arange(256) / 255
    mean = shares @ levels
    deviation = np.sqrt(shares @ levels**2 - mean**2)
    names = ["grey"] if channels == 1 else ["red", "green", "blue"]
    fixed = int((low == high).reshape(*data.x.shape[1:3], -1).all(axis=2).sum())
    section = Section("Pixels", facts={"mean": mean.tolist(), "deviation": deviation.tolist(), "constant": fixed})
    section.facts |= {"black": shares[:, 0].tolist(), "white": shares[:, -1].tolist()}
    section.said = [_levels(names, mean, deviation, shares)]
    if fixed:
        of = data.x.shape[1] * data.x.shape[2]
        section.said.append(
            f"{count(fixed, 'pixel')} of {of:,} {'has' if fixed == 1 else 'have'} one value in all rows."
        )
    fig, axes = figures.figure(height=2.3)
    for i, name in enumerate(names):
        style = {"color": figures.COLOURS[(1, 2, 0)[i]] if channels == 3 else figures.COLOURS[0]}
        axes.stairs(
            shares[i].reshape(64, 4).sum(axis=1), np.linspace(0, 1, 65), label=name, linestyle=figures.LINES[i], **style
        )
    axes.set(xlabel="value of a pixel, of 1", ylabel="share", xlim=(0, 1))
    figures.in_percent(axes.yaxis)
    figures.grid(axes)
    if channels == 3:
        axes.legend()
    ends = float(shares[:, 0].mean() + shares[:, -1].mean())
    figures.headline(fig, f"Mean {mean.mean():.3f}; {percent(ends)} of the values are wholly dark or wholly light")
    stem = place.stem("pixels")
    figures.save(fig, stem)
    section.figures = [Figure(stem.name, f"Values of the pixels of all {len(data):,} pictures, in 64 steps.")]
    return section


def _levels(names: list[str], mean: Array, deviation: Array, shares: Array) -> str:
    each = [f"{name} {m:.3f} ± {d:.3f}" for name, m, d in zip(names, mean, deviation, strict=True)]
    dark = percent(float(shares[:, 0].mean()))
    return (
        f"Mean and deviation of a pixel, of 1: {', '.join(each)}; {dark} of the values are 0. Scale by these, "
        "of the training rows alone."
    )

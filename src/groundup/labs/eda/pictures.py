"""Pictures: examples, the mean of each class, pixels, twins, and those unlike their class."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from groundup.core import Array, IntArray
from groundup.data import Dataset
from groundup.data.dataset import Numbers
from groundup.labs import figures
from groundup.labs.eda import alike
from groundup.labs.eda.duplicates import Groups
from groundup.labs.eda.section import NAMES, Place, Section, count, in_figure, literal, part_of_row, table
from groundup.labs.lab import Figure, percent
from groundup.labs.mosaic import mosaic

MOST = 12  # classes drawn
EACH = 9  # examples of a class
ROWS = 4096  # in float at a time
PAIRS = 8
ODD = 16


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
    _sheet(axes, rows, [in_figure(data.classes[k], 14) for k in shown], dark=_dark(data, means))
    section = Section("Examples")
    if len(shown) > 1:
        apart = {(a, b): float(np.sqrt(np.mean((means[a] - means[b]) ** 2))) for a, b in combinations(shown.tolist(), 2)}
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


def _dark(data: Dataset, means: Array) -> bool:
    """Whether these are light strokes on black, which are drawn as ink on paper."""
    return data.x.ndim == 3 and float(np.nanmean(means)) < 0.35


def _sheet(axes: object, rows: Array, names: list[str], *, dark: bool) -> None:
    """Pictures (R, K, H, W) or (R, K, H, W, 3), a name a row."""
    rows = np.moveaxis(rows, 4, 2) if rows.ndim == 5 else rows
    gap = max(1, rows.shape[-1] // 10)
    sheet = mosaic(1 - rows if dark else rows, gap=gap)
    figures.picture(axes, sheet)
    pitch = rows.shape[-2] + gap
    axes.set_yticks(pitch * np.arange(len(rows)) + rows.shape[-2] / 2, names)  # type: ignore[attr-defined]
    axes.tick_params(length=0)  # type: ignore[attr-defined]


def pixels(data: Dataset, place: Place) -> Section:
    """Mean, deviation and spread of the pixels, by channel, over all rows; constant pixels."""
    channels = 1 if data.x.ndim == 3 else 3
    counts, low, high = np.zeros((channels, 256)), *(np.full(data.x.shape[1:], end, float) for end in (np.inf, -np.inf))
    for rows, x in blocks(data):
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
        section.said.append(f"{count(fixed, 'pixel')} of {of:,} {'has' if fixed == 1 else 'have'} one value in all rows.")
    fig, axes = figures.figure(height=2.3)
    for i, name in enumerate(names):
        style = {"color": figures.COLOURS[(1, 2, 0)[i]] if channels == 3 else figures.COLOURS[0]}
        axes.stairs(shares[i].reshape(64, 4).sum(axis=1), np.linspace(0, 1, 65), label=name, linestyle=figures.LINES[i], **style)
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
    return f"Mean and deviation of a pixel, of 1: {', '.join(each)}; {dark} of the values are 0. Scale by these, of the training rows alone."


def twins(data: Dataset, found: Groups, place: Place) -> Section:
    """Pairs that are nearly the same, across parts of the split and with different labels; the first few drawn."""
    pairs = alike.near(data.x, found.of_row, data.scale)
    parts = np.array(part_of_row(len(data), data.splits), dtype=object)
    across = parts[pairs.a] != parts[pairs.b]
    differ = data.y[pairs.a] != data.y[pairs.b]
    section = Section("Near-duplicates", facts={"pairs": len(pairs.a), "across": int(across.sum())})
    section.facts |= {"labels_differ": int(differ.sum())}
    rule = f"nearly the same 64 bits from 8 by 8 blocks, and a correlation of {alike.ALIKE} or more"
    if not len(pairs.a):
        section.said = [f"No two pictures are nearly the same ({rule})."]
        return section
    section.said = [
        f"{count(len(pairs.a), 'pair')} of pictures {'is' if len(pairs.a) == 1 else 'are'} nearly but not wholly the "
        f"same ({rule}). Simple pictures may be alike by chance: look at them."
    ]
    if data.splits and across.any():
        section.said.append(f"{across.sum():,} of them {'lies' if across.sum() == 1 else 'lie'} across the parts of the split.")
    if differ.any():
        section.said.append(f"{differ.sum():,} of them {'has' if differ.sum() == 1 else 'have'} different labels.")
    order = np.argsort(~differ, kind="stable")[:PAIRS]
    section.figures = [_draw_pairs(data, pairs, order, place)]
    section.tables = [_pair_table(data, pairs, order, parts)] if data.splits or differ.any() else []
    return section


def _draw_pairs(data: Dataset, pairs: alike.Pairs, order: IntArray, place: Place) -> Figure:
    rows = np.stack([data.x[pairs.a[order]], data.x[pairs.b[order]]]) / data.scale
    size = min(1.0, len(order) / PAIRS)
    fig, axes = figures.figure(width=max(3.2, figures.WIDTH * size), height=0.5 + 1.5 * rows.shape[2] / rows.shape[3])
    _sheet(axes, rows, ["one", "other"], dark=data.x.ndim == 3 and float(rows.mean()) < 0.35)
    figures.headline(fig, f"{count(len(pairs.a), 'pair')} nearly the same; these {len(order)}")
    figures.save(fig, place.stem("twins"))
    return Figure(place.stem("twins").name, "Pairs, one above the other: those with different labels first, then the most alike.")


def _pair_table(data: Dataset, pairs: alike.Pairs, order: IntArray, parts: Array) -> str:
    rows = []
    for i in order:
        one, other = (f"{row:,}{_said(data, row, parts)}" for row in (int(pairs.a[i]), int(pairs.b[i])))
        rows.append((one, other, f"{pairs.r[i]:.3f}"))
    return table(("row", "row", "correlation"), rows, 1)


def _said(data: Dataset, row: int, parts: Array) -> str:
    part = f", {NAMES.get(parts[row], parts[row])}" if parts[row] else ""
    return f" ({literal(data.classes[data.y[row]])}{part})"


def unlike(data: Dataset, means: Array, place: Place) -> Section:
    """The pictures farthest from the mean of their class, and those that are even throughout."""
    distance, even = np.empty(len(data)), np.empty(len(data), dtype=bool)
    for rows, x in blocks(data):
        flat = (x - means[data.y[rows]]).reshape(len(x), -1)
        distance[rows] = np.sqrt((flat**2).mean(axis=1))
        pixel = x.reshape(len(x), -1)
        even[rows] = pixel.min(axis=1) == pixel.max(axis=1)
    median = np.array([np.median(distance[data.y == k]) if (data.y == k).any() else 1.0 for k in range(len(means))])
    times = distance / np.where(median > 0, median, 1)[data.y]
    odd = np.argsort(-times, kind="stable")[: min(ODD, len(data) // 2)]
    section = Section("Outliers", facts={"even": int(even.sum()), "farthest": odd.tolist()})
    if even.any():
        section.said.append(f"**{count(int(even.sum()), 'picture')} {'is' if even.sum() == 1 else 'are'} of one colour throughout.**")
    if not len(odd) or not times[odd[0]]:
        return section
    section.said.append(
        f"The farthest from the mean of its class is row {odd[0]:,} ({literal(data.classes[data.y[odd[0]]])}): "
        f"{times[odd[0]]:.2g} times as far as the median of the class. Look whether its label is right."
    )
    columns = 8
    fig, axes = figures.figure(columns=columns, rows=-(-len(odd) // columns), height=1.15 * data.x.shape[1] / data.x.shape[2] + 0.1, squeeze=False)
    for ax in axes.flat:
        figures.bare(ax)
    dark = _dark(data, means)
    for ax, i in zip(axes.flat, odd, strict=False):
        image = data.x[i] / data.scale
        ax.imshow(image, cmap="gray_r" if dark else "gray", vmin=0, vmax=1, interpolation="none")
        ax.set_xlabel(f"{in_figure(data.classes[data.y[i]], 10)}\n{i}", labelpad=2, fontsize=8)
    figures.headline(fig, f"Farthest from the mean of their class, up to {times[odd[0]]:.2g} times its median distance")
    figures.save(fig, place.stem("outliers"))
    section.figures = [Figure(place.stem("outliers").name, f"The {len(odd)} pictures least like the mean of their class, with class and row.")]
    return section

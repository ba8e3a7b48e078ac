"""Pictures that are nearly the same as another, and those unlike their class."""

import numpy as np

from groundup.core import Array, IntArray
from groundup.data import Dataset
from groundup.labs import figures
from groundup.labs.eda import alike
from groundup.labs.eda.duplicates import Groups
from groundup.labs.eda.pictures import blocks, dark_ground, sheet
from groundup.labs.eda.section import NAMES, Place, Section, count, in_figure, literal, part_of_row, table
from groundup.labs.lab import Figure

PAIRS = 8
ODD = 16


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
        section.said.append(
            f"{across.sum():,} of them {'lies' if across.sum() == 1 else 'lie'} across the parts of the split."
        )
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
    sheet(axes, rows, ["one", "other"], dark=data.x.ndim == 3 and float(rows.mean()) < 0.35)
    figures.headline(
        fig,
        f"{count(len(pairs.a), 'pair')} nearly "
        "the same" + (f"; {len(order)} of them" if len(order) < len(pairs.a) else ""),
    )
    figures.save(fig, place.stem("twins"))
    return Figure(
        place.stem("twins").name, "Pairs, one above the other: those with different labels first, then the most alike."
    )


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
        section.said.append(
            f"**{count(int(even.sum()), 'picture')} {'is' if even.sum() == 1 else 'are'} of one colour throughout.**"
        )
    if not len(odd) or not times[odd[0]]:
        return section
    section.said.append(
        f"The farthest from the mean of its class is row {odd[0]:,} ({literal(data.classes[data.y[odd[0]]])}): "
        f"{times[odd[0]]:.2g} times as far as the median of the class. Look whether its label is right."
    )
    columns = 8
    fig, axes = figures.figure(
        columns=columns,
        rows=-(-len(odd) // columns),
        height=1.15 * data.x.shape[1] / data.x.shape[2] + 0.1,
        squeeze=False,
    )
    for ax in axes.flat:
        figures.bare(ax)
    dark = dark_ground(data, means)
    for ax, i in zip(axes.flat, odd, strict=False):
        image = data.x[i] / data.scale
        ax.imshow(image, cmap="gray_r" if dark else "gray", vmin=0, vmax=1, interpolation="none")
        ax.set_xlabel(f"{in_figure(data.classes[data.y[i]], 10)}\n{i}", labelpad=2, fontsize=8)
    figures.headline(fig, f"Farthest from the mean of their class, up to {times[odd[0]]:.2g} times its median distance")
    figures.save(fig, place.stem("outliers"))
    section.figures = [
        Figure(
            place.stem("outliers").name,
            f"The {len(odd)} pictures least like the mean of their class, with class and row.",
        )
    ]
    return section

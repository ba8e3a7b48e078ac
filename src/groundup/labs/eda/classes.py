"""Classes: how many rows each has, in the whole and in each part."""

import numpy as np

from groundup.core import IntArray
from groundup.labs import figures
from groundup.labs.eda.section import NAMES, Place, Section, Splits, count, in_figure, in_order, literal, table
from groundup.labs.lab import Figure, percent
from groundup.labs.plots_data import class_balance
from groundup.labs.plots_sweep import bars

MOST = 20  # classes drawn: a page has no room for more
FEW = 30  # rows of a class in a part, below which a share of them is known to no better than ten points or so
UNEVEN = 1.5  # times the rows of another class


def balance(y: IntArray, classes: list[str], splits: Splits, place: Place) -> Section:
    """Rows by class and part; a class that a part lacks is named, and so is one that is rare there."""
    counts = np.bincount(y, minlength=len(classes))
    parts = {name: np.bincount(y[rows], minlength=len(classes)) for name, rows in in_order(splits).items()}
    section = Section("Classes", facts={"counts": dict(zip(classes, counts.tolist(), strict=True))})
    most, least = int(counts.argmax()), int(counts.argmin())
    share = float(counts[most] / len(y))
    section.facts |= {"majority_share": share, "by_split": {name: part.tolist() for name, part in parts.items()}}
    section.said = [_even(counts, classes, most, least)]
    section.said.append(
        f"Who always says {literal(classes[most])} is right in {percent(share)}: any accuracy is to be held against "
        f"that. {_metric(counts)}"
    )
    section.said += _lacking(parts, classes, counts) + _moved(parts, classes)
    names = [in_figure(name) for name in classes]
    section.figures = [
        class_balance(y, names, place.stem("balance")) if len(classes) <= MOST else _largest(counts, names, place)
    ]
    if parts and len(classes) <= MOST:
        head = ("class", *(NAMES.get(name, name) for name in parts), "together")
        section.tables = [table(head, [
            (literal(name), *(f"{part[k]:,}" for part in parts.values()), f"{counts[k]:,}")
            for k, name in enumerate(classes)
        ], len(parts) + 1)]  # fmt: skip
    return section


def _even(counts: IntArray, classes: list[str], most: int, least: int) -> str:
    if counts[most] == counts[least]:
        return f"{count(len(classes), 'class', 'classes')} of {counts[most]:,} rows each: even."
    ends = f"from {counts[least]:,} rows of {literal(classes[least])} to {counts[most]:,} of {literal(classes[most])}"
    times = f", {counts[most] / counts[least]:.2g} times as many" if counts[least] else ""
    return f"{count(len(classes), 'class', 'classes')}, {ends}{times}."


def uneven(counts: IntArray) -> bool:
    """Whether the largest class has so many more rows than the smallest that accuracy alone misleads."""
    return bool(counts.min() * UNEVEN < counts.max())


def _metric(counts: IntArray) -> str:
    """Which figure to judge a classifier by."""
    if uneven(counts):
        return (
            "With classes so uneven, look at the recall of each and at its mean over the classes (balanced accuracy, "
            "or macro-F1) as well, and split stratified."
        )
    return "With classes as even as these, accuracy is a fair figure."


def _lacking(parts: Splits, classes: list[str], counts: IntArray) -> list[str]:
    said = []
    for name, part in parts.items():
        absent = [literal(classes[k]) for k in np.flatnonzero((part == 0) & (counts > 0))]
        rare = [f"{literal(classes[k])} ({part[k]})" for k in np.flatnonzero((part > 0) & (part < FEW))]
        where = f"the {NAMES.get(name, name)} part"
        if absent:
            said.append(f"**{where.capitalize()} has no row of {', '.join(absent)}.**")
        if rare:
            said.append(f"In {where} there are fewer than {FEW} rows of {', '.join(rare)}: figures there are coarse.")
    never = [literal(classes[k]) for k in np.flatnonzero(counts == 0)]
    return said + ([f"**No row at all is of {', '.join(never)}.**"] if never else [])


def _moved(parts: Splits, classes: list[str]) -> list[str]:
    """How far the shares of the classes differ between the training part and another."""
    if "train" not in parts or len(parts) < 2:
        return []
    share = {name: part / max(1, part.sum()) for name, part in parts.items()}
    gaps = {name: np.abs(share[name] - share["train"]) for name in parts if name != "train"}
    name = max(gaps, key=lambda name: float(gaps[name].max()))
    k = int(gaps[name].argmax())
    said = (
        f"{percent(share['train'][k])} of the training rows, {percent(share[name][k])} of the "
        f"{NAMES.get(name, name)} rows"
    )
    if not gaps[name][k]:
        return ["Each class has the same share of every part."]
    much = gaps[name][k] > 0.05
    return [
        f"The shares of the classes {'differ' if much else 'are much the same'} between the parts; farthest apart is "
        f"{literal(classes[k])}: {said}."
    ]


def _largest(counts: IntArray, names: list[str], place: Place) -> Figure:
    order = np.argsort(-counts, kind="stable")[:MOST]
    fig, axes = figures.figure(height=0.7 + 0.24 * MOST)
    values = counts[order].tolist()
    bars(axes, [names[k] for k in order], values, [f"{value:,}" for value in values])
    axes.set_xlabel("rows")
    held = counts[order].sum() / counts.sum()
    figures.headline(fig, f"The {MOST} largest of {len(names):,} classes hold {percent(held)} of the rows")
    figures.save(fig, place.stem("balance"))
    return Figure(place.stem("balance").name, f"The {MOST} classes with the most rows.")

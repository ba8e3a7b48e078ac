"""Looking at data before anything is trained: classes, examples, values, words."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from groundup.core import Array, IntArray
from groundup.labs import figures
from groundup.labs.lab import Figure, percent
from groundup.labs.mosaic import mosaic
from groundup.labs.plots_sweep import bars


def class_balance(y: IntArray, classes: Sequence[str], stem: Path) -> Figure:
    """Rows of each class as bars. The title says whether they are even, and if not, how far from it."""
    counts = np.bincount(y, minlength=len(classes))
    fig, axes = figures.figure(height=0.7 + 0.24 * len(classes))
    bars(axes, classes, counts.tolist(), [f"{count:,}" for count in counts])
    axes.set_xlabel("rows")
    most, least = int(counts.argmax()), int(counts.argmin())
    if counts[most] == counts[least]:
        said = f"The classes are even: {counts[0]:,} rows each"
    elif counts[least] == 0:
        said = f"Class {classes[least]} has no row at all"
    else:
        said = f"Class {classes[most]} has {counts[most] / counts[least]:.2g} times the rows of class {classes[least]}"
    figures.headline(fig, said)
    figures.save(fig, stem)
    return Figure(
        stem.name,
        f"{len(y):,} rows by class. Who always says {classes[most]} is right in {percent(counts[most] / len(y))}.",
    )


def examples(
    images: Array, y: IntArray, classes: Sequence[str], stem: Path, *, each: int = 10, photo: bool = True
) -> Figure:
    """The first ``each`` pictures (N, C, H, W) in [0, 1] of every class, a row a class; grey as ink unless a ``photo``.

    The title names the two classes whose mean pictures are most alike.
    """
    rows = np.full((len(classes), each, *images.shape[1:]), np.nan, dtype=images.dtype)
    for k in range(len(classes)):
        found = images[y == k][:each]
        rows[k, : len(found)] = found
    sheet = mosaic(rows if photo else 1 - rows, gap=max(1, images.shape[-1] // 10))
    fig, axes = figures.figure(height=min(7.5, 5.4 * sheet.shape[0] / sheet.shape[1]) + 0.5)
    figures.picture(axes, sheet)
    pitch = sheet.shape[0] / len(classes)
    axes.set_yticks(pitch * np.arange(len(classes)) + images.shape[-2] / 2, classes)
    axes.tick_params(length=0)
    figures.headline(fig, _alike(images, y, classes))
    figures.save(fig, stem)
    return Figure(stem.name, f"The first {each} pictures of each class.")


def _alike(images: Array, y: IntArray, classes: Sequence[str]) -> str:
    means = {k: images[y == k].mean(axis=0) for k in range(len(classes)) if (y == k).any()}
    if len(means) < 2:
        return f"All pictures are of {classes[next(iter(means))]}"
    a, b = min(combinations(means, 2), key=lambda pair: float(((means[pair[0]] - means[pair[1]]) ** 2).sum()))
    return f"Most alike on average: {classes[a]} and {classes[b]}"


def values(parts: Mapping[str, Array], stem: Path, *, what: str = "value", bins: int = 40) -> Figure:
    """How the numbers of each part, as training and test, are spread, as shares. The title says mean and deviation."""
    whole = np.concatenate([np.ravel(part) for part in parts.values()]).astype(float)
    edges = np.linspace(whole.min(), whole.max() if whole.max() > whole.min() else whole.min() + 1, bins + 1)
    fig, axes = figures.figure(height=2.3)
    for i, (name, part) in enumerate(parts.items()):
        shares = np.histogram(part, edges)[0] / part.size
        style = {"color": figures.COLOURS[i % 6], "linestyle": figures.LINES[i % 6], "linewidth": 1.3}
        axes.stairs(shares, edges, label=name, **style)
    axes.set(xlabel=what, ylabel="share", xlim=(edges[0], edges[-1]))
    axes.set_ylim(bottom=0)
    figures.in_percent(axes.yaxis)
    figures.grid(axes)
    if len(parts) > 1:
        axes.legend()
    zeros = float((whole == 0).mean())
    also = f"; {percent(zeros)} are zero" if zeros > 0.05 else ""
    figures.headline(fig, f"{what.capitalize()}: mean {whole.mean():.3g}, standard deviation {whole.std():.3g}{also}")
    figures.save(fig, stem)
    return Figure(stem.name, f"{whole.size:,} numbers in {bins} steps.")


def words(counts: Mapping[str, int], stem: Path, *, top: int = 20) -> Figure:
    """The commonest words as bars. The title says how much of the text they make up."""
    total = sum(counts.values())
    order = sorted(counts, key=lambda word: (-counts[word], word))[:top]
    fig, axes = figures.figure(height=0.7 + 0.21 * len(order))
    bars(axes, order, [counts[word] for word in order], [f"{counts[word]:,}" for word in order])
    axes.set_xlabel("times")
    share = sum(counts[word] for word in order) / total
    figures.headline(fig, f"The {len(order)} commonest of {len(counts):,} words make up {percent(share)} of the text")
    figures.save(fig, stem)
    once = sum(count == 1 for count in counts.values())
    return Figure(stem.name, f"Words by how often they occur, of {total:,}; {once:,} of the words occur once only.")

"""The figures of the reports. Each states what it shows in its title, found from the numbers."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import Array, IntArray
from groundup.labs import figures
from groundup.labs.lab import Figure, percent
from groundup.train import Metric


def by_epoch(metrics: Sequence[Metric]) -> dict[str, dict[str, list[float]]]:
    """Epochs, loss and accuracy by split; those of training are means over an epoch's batches."""
    groups: dict[str, dict[int, list[Metric]]] = {"train": defaultdict(list), "val": defaultdict(list)}
    for metric in metrics:
        groups[metric.split][metric.epoch].append(metric)
    return {
        split: {
            "epoch": list(epochs),
            "loss": [_mean(m.loss for m in group) for group in epochs.values()],
            "accuracy": [_mean(m.accuracy or 0.0 for m in group) for group in epochs.values()],
        }
        for split, epochs in groups.items()
    }


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def learning_curves(metrics: Sequence[Metric], best_epoch: int, stem: Path) -> Figure:
    """Loss and accuracy over the epochs, training beside validation."""
    curves = by_epoch(metrics)
    fig, (left, right) = figures.figure(columns=2)
    for axes, what in ((left, "loss"), (right, "accuracy")):
        for i, (split, name) in enumerate((("train", "training"), ("val", "validation"))):
            if curves[split]["epoch"]:
                figures.curve(axes, i, curves[split]["epoch"], curves[split][what], label=name)
        figures.grid(axes)
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
    validated = bool(curves["val"]["epoch"])
    if validated:
        left.axvline(best_epoch, color=figures.INK, linewidth=0.7, linestyle=(0, (1, 2)))
    left.set_title(f"Loss: the weights of epoch {best_epoch} are kept" if validated else "Loss")
    which = curves["val" if validated else "train"]["accuracy"]
    right.set_title(f"Accuracy: {percent(which[0])} at first, {percent(which[-1])} at last")
    left.set_ylabel("mean loss")
    trained = [*curves["train"]["loss"], *curves["val"]["loss"][1:]]  # before training it may be off any scale
    left.set_ylim(0, 1.1 * max(trained, default=1.0) or None)
    right.set_ylabel("share of rows right")
    figures.in_percent(right.yaxis)
    right.legend(loc="lower right")
    figures.save(fig, stem)
    return Figure(stem.name, "Loss and accuracy over the epochs. The dotted line is the epoch whose weights were kept.")


def confusion_matrix(counts: IntArray, classes: Sequence[str], stem: Path) -> Figure:
    """Which class is taken for which. Only mistakes are shaded, in ink of some strength: a dark page can turn it."""
    from matplotlib.patches import Rectangle

    k, wrong = len(classes), counts - np.diag(np.diag(counts))
    cells = k * (0.32 if k > 4 else 0.8)  # inches
    fig, axes = figures.figure(width=min(figures.WIDTH, cells + 1.6), height=cells + 1.1)
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5), aspect="equal", xlabel="said", ylabel="is")
    for i, j in zip(*np.nonzero(counts), strict=True):
        shade = figures.INK, 0.1 + 0.35 * wrong[i, j] / wrong.max() if wrong[i, j] else 0.0
        axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=shade, edgecolor="none"))
        weight = "bold" if i == j else "normal"
        axes.text(j, i, counts[i, j], ha="center", va="center", fontsize=8.5, fontweight=weight)
    axes.set_xticks(range(k), classes)
    axes.set_yticks(range(k), classes)
    axes.tick_params(length=0)
    i, j = divmod(int(wrong.argmax()), k)
    most = f"No mistake is commoner than\n{classes[i]} taken for {classes[j]}"  # others may be as common
    axes.set_title(most if wrong.any() else "No mistake", loc="center")
    figures.save(fig, stem)
    return Figure(stem.name, f"Confusion on the test rows: {wrong.sum()} of {counts.sum()} are off the diagonal.")


def wrong_images(images: Array, y: IntArray, probability: Array, classes: Sequence[str], stem: Path) -> Figure | None:
    """The test images (N, H, W) that were got wrong most surely; None when there is none."""
    said = probability.argmax(axis=1)
    wrong = np.flatnonzero(said != y)
    if not len(wrong):
        return None
    surest = wrong[np.argsort(-probability[wrong, said[wrong]])][:16]
    fig, axes = figures.figure(columns=8, rows=2, height=1.15)
    for ax in axes.flat:
        ax.axis("off")
    for ax, i in zip(axes.flat, surest, strict=False):
        ax.axis("on")
        sure = f"{100 * probability[i, said[i]]:.0f} % sure"
        figures.picture(ax, images[i], f"{classes[y[i]]}, said {classes[said[i]]}\n{sure}")
        ax.xaxis.label.set_fontsize(8)
    figures.save(fig, stem)
    return Figure(stem.name, f"The {len(surest)} test pictures that were got wrong most surely, of {len(wrong)} wrong.")


def boundary(axes: Any, score: Callable[[Array], Array], x: Array, y: IntArray, title: str) -> None:
    """The plane of two features, shaded by class where ``score`` (N, 2) -> (N,) is above or below zero."""
    low, high = x.min(axis=0) - 0.5, x.max(axis=0) + 0.5
    grid = np.stack(np.meshgrid(np.linspace(low[0], high[0], 200), np.linspace(low[1], high[1], 200)), axis=-1)
    z = score(grid.reshape(-1, 2).astype(x.dtype)).reshape(grid.shape[:2])
    side = np.where(z > 0, 1.0, -1.0)
    colours = [figures.COLOURS[1], figures.COLOURS[0]]
    axes.contourf(grid[..., 0], grid[..., 1], side, levels=[-2, 0, 2], colors=colours, alpha=0.13)
    if side.min() != side.max():
        axes.contour(grid[..., 0], grid[..., 1], z, levels=[0], colors=[figures.INK], linewidths=1)
    for k, colour in enumerate(colours):
        points = x[y == k]
        axes.plot(points[:, 0], points[:, 1], linestyle="", marker=figures.MARKERS[k], color=colour, label=f"class {k}")
    axes.set_title(title)
    axes.set_xlabel("$x_1$")
    axes.set_ylabel("$x_2$")


def seeds_curves(runs: Mapping[int, Sequence[Metric]], stem: Path) -> Figure:
    """Validation accuracy over the epochs, one curve a seed."""
    fig, axes = figures.figure(height=2.8)
    last = []
    for i, (seed, metrics) in enumerate(runs.items()):
        curve = by_epoch(metrics)
        split = "val" if curve["val"]["epoch"] else "train"
        trained = slice(1 if split == "val" else 0, None)  # before any training they all guess
        figures.curve(axes, i, curve[split]["epoch"][trained], curve[split]["accuracy"][trained], label=f"seed {seed}")
        last.append(curve[split]["accuracy"][-1])
    axes.set_title(f"{len(last)} seeds end between {percent(min(last))} and {percent(max(last))}")
    axes.set_xlabel("epoch")
    axes.set_ylabel("accuracy")
    axes.xaxis.get_major_locator().set_params(integer=True)
    figures.in_percent(axes.yaxis)
    figures.grid(axes)
    axes.legend(loc="lower right")
    figures.save(fig, stem)
    return Figure(
        stem.name, "The same network from several seeds: another split, other initial weights, another order."
    )

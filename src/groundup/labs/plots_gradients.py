"""What flows through a deep network: numbers of each layer over training, and their size against depth."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from groundup.core import Array
from groundup.labs import figures
from groundup.labs.lab import Figure

COLUMNS = 48  # of a picture of many steps: neighbours are drawn as their mean


def layer_histograms(values: Mapping[str, Sequence[Array]], steps: Sequence[int], stem: Path, *, what: str) -> Figure:
    """A row a layer, a column a step: how its numbers are spread, every panel of a row on one scale.

    ``values`` holds, by layer, an array for each of the steps; ``what`` they are, as "gradient".
    """
    fig, axes = figures.figure(columns=len(steps), rows=len(values), height=0.62, squeeze=False)
    for row, (layer, arrays) in zip(axes, values.items(), strict=True):
        reach = max(float(np.quantile(np.abs(array), 0.99)) for array in arrays) or 1.0
        bins = np.linspace(-reach, reach, 33)
        for ax, array in zip(row, arrays, strict=True):
            _histogram(ax, array, bins)
        row[0].set_ylabel(layer, rotation=0, horizontalalignment="right", verticalalignment="center")
        row[-1].annotate(f"±{reach:.2g}", (1.04, 0.0), xycoords="axes fraction", fontsize=8, annotation_clip=False)
    for ax, step in zip(axes[-1], steps, strict=True):
        ax.set_xlabel(f"step {step:,}")
    figures.headline(fig, _spreads(values, what))
    figures.save(fig, stem)
    return Figure(
        stem.name, f"The {what} of each layer over training. A row has one scale, which ends at the number beside it."
    )


def _histogram(axes: Any, array: Array, bins: Array) -> None:
    counts, _ = np.histogram(np.clip(array, bins[0], bins[-1]), bins)
    axes.stairs(counts, bins, fill=True, color=figures.COLOURS[0], alpha=0.8)
    axes.axvline(0, color=figures.INK, linewidth=0.5, alpha=0.5, linestyle="-")
    figures.bare(axes)


def _spreads(values: Mapping[str, Sequence[Array]], what: str) -> str:
    """The layer whose spread changes most from the first of the steps to the last."""
    spread = {layer: (float(arrays[0].std()), float(arrays[-1].std())) for layer, arrays in values.items()}
    both = {layer: ends for layer, ends in spread.items() if min(ends) > 0}
    if not both:
        return f"The {what} of every layer is zero at one end"
    layer = max(both, key=lambda name: abs(np.log(both[name][1] / both[name][0])))
    first, last = both[layer]
    return f"The spread of the {what} changes most in {layer}: from {first:.2g} to {last:.2g}"


def norms_over_steps(norms: Array, layers: Sequence[str], steps: Sequence[int], stem: Path, *, what: str) -> Figure:
    """The size of each layer's numbers at each step, (layers, steps), as heat on a scale of powers of ten."""
    with np.errstate(divide="ignore"):
        log = np.log10(np.asarray(norms, dtype=float))
    seen = np.isfinite(log)
    low, high = (log[seen].min(), log[seen].max()) if seen.any() else (0.0, 0.0)
    shown, at = _thinned(np.where(seen, log, low), np.asarray(steps))
    fig, axes = figures.figure(height=1.0 + 0.24 * len(layers))
    figures.heat(axes, shown, (f"{10**low:.1g}", f"{10**high:.1g}"), vmin=low, vmax=high if high > low else low + 1)
    axes.set_yticks(range(len(layers)), layers)
    ticks = np.unique(np.linspace(0, len(at) - 1, 6).astype(int))
    axes.set_xticks(ticks, [f"{at[i]:,}" for i in ticks])
    axes.tick_params(length=0)
    axes.set_xlabel("step")
    first, last = norms[0][-1], norms[-1][-1]
    share = f"{first / last:.2g} times that of {layers[-1]}" if last else f"{first:.2g}, and that of {layers[-1]} is 0"
    figures.headline(fig, f"At the last step the {what} of {layers[0]} is {share}")
    figures.save(fig, stem)
    return Figure(stem.name, f"The {what} of each layer over training, from the input above to the output below.")


def _thinned(table: Array, steps: Array) -> tuple[Array, Array]:
    """At most COLUMNS columns, each the mean of its neighbours, and the step each begins at."""
    cuts = np.linspace(0, len(steps), min(COLUMNS, len(steps)) + 1).astype(int)
    parts = [table[:, a:b].mean(axis=1) for a, b in pairwise(cuts)]
    return np.stack(parts, axis=1), steps[cuts[:-1]]


def norms_by_depth(norms: Mapping[str, Mapping[str, Array]], stem: Path, *, what: str) -> Figure:
    """Size against depth, a panel an activation, a curve an initialisation: norms[activation][name] (layers,).

    The title names the pair that keeps its size best from the first layer to the last.
    """
    fig, axes = figures.figure(columns=len(norms), height=2.7, sharey=True, squeeze=False)
    names = list(dict.fromkeys(name for arms in norms.values() for name in arms))
    for ax, (activation, arms) in zip(axes[0], norms.items(), strict=True):
        for name, sizes in arms.items():
            depth = np.arange(1, len(sizes) + 1)
            figures.curve(ax, names.index(name), depth, np.asarray(sizes, dtype=float), label=name)
        ax.set_yscale("log", nonpositive="mask")
        ax.set_title(activation)
        ax.set_xlabel("layer")
        ax.xaxis.get_major_locator().set_params(integer=True)
        figures.grid(ax)
    axes[0][0].set_ylabel(what)
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=min(len(names), 4))
    figures.headline(fig, _keeps_best(norms, what))
    figures.save(fig, stem)
    return Figure(stem.name, f"The {what} layer by layer, on a scale of powers of ten: level is what trains.")


def _keeps_best(norms: Mapping[str, Mapping[str, Array]], what: str) -> str:
    kept = {
        f"{activation} with {name}": float(sizes[-1] / sizes[0])
        for activation, arms in norms.items()
        for name, sizes in arms.items()
        if sizes[0] > 0 and sizes[-1] > 0
    }
    if not kept:
        return f"No arm keeps a {what} above zero"
    best = min(kept, key=lambda arm: abs(np.log(kept[arm])))
    return f"{best} keeps its {what} best: times {kept[best]:.2g} from the first layer to the last"

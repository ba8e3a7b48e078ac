"""What feature-maps says and draws of a network."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundup.core import Array, IntArray, Layer
from groundup.labs import figures
from groundup.labs.explain import RANDOM, SHARES, UNLIKE, Maps, area
from groundup.labs.lab import Figure, Outcome
from groundup.labs.plots_filters import feature_maps, filters
from groundup.labs.plots_saliency import saliency
from groundup.labs.report import table

PICTURES = 2  # whose feature maps are drawn
LAYERS = 4  # of them at most
DELETED = 0.1  # of the pixels: what the table shows of a curve


@dataclass(frozen=True)
class Found:
    """Of a network: example pictures, the first ``right`` of them named rightly, their maps, and the two checks."""

    classes: list[str]
    images: Array  # (N, C, H, W) in [0, 1]
    labels: IntArray
    said: IntArray
    sure: Array
    right: int
    maps: Maps
    seen: Maps
    layers: dict[str, str]
    deletion: dict[str, list[float]]
    rows: int
    correlation: dict[str, float]
    agreement: dict[str, float]

    @property
    def areas(self) -> dict[str, float]:
        """Eq. 2 of explain.py by order."""
        return {name: area(curve) for name, curve in self.deletion.items()}

    def measures(self) -> dict[str, float]:
        """Numbers worth a mean over seeds."""
        return (
            {f"area under deletion, {name}": value for name, value in self.areas.items()}
            | {f"correlation with untrained, {name}": value for name, value in self.correlation.items()}
            | {f"difference from NumPy, {name}": value for name, value in self.agreement.items()}
        )


def tables(found: Found) -> list[str]:
    """The checks, an order a row; and how far the backends agree."""
    i = SHARES.index(DELETED)
    head = ("pixels blanked in the order of", "area", f"probability with {100 * DELETED:.0f} % blank", "with untrained")
    rows = [
        (name, f"{found.areas[name]:.3f}", f"{curve[i]:.2f}", _signed(found.correlation.get(name)))
        for name, curve in found.deletion.items()
    ]
    return [table(head, rows)]


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"


def draw(found: Found, model: Layer, folder: Path) -> list[Figure]:
    """Filters, maps of every layer, what counts in right and in wrong answers, and the curves of deletion."""
    first = next(parameter.value for _, parameter in model.named_parameters())
    drawn = [filters(first, folder / "filters")]
    names = list(found.seen)
    shown = [names[i] for i in np.unique(np.linspace(0, len(names) - 1, LAYERS).astype(int))]
    for i in range(min(PICTURES, len(found.images))):
        for name in shown:
            stem = folder / f"maps-{i + 1}-{name.replace(' ', '-')}"
            drawn.append(feature_maps(found.images[i], found.seen[name][i], stem, name=name))
    for which, rows in (("right", slice(0, found.right)), ("wrong", slice(found.right, None))):
        captions = [_caption(found, i) for i in range(*rows.indices(len(found.images)))]
        if captions:
            heats = {name: maps[rows] for name, maps in found.maps.items()}
            figure = saliency(found.images[rows], heats, folder / which, captions=captions)
            drawn.append(Figure(figure.stem, f"Answers that are {which}, maps of the class that was named. "
                                f"{figure.caption}"))  # fmt: skip
    return [*drawn, _curves(found, folder / "deletion")]


def _caption(found: Found, i: int) -> str:
    said, sure = found.classes[found.said[i]], f"{100 * found.sure[i]:.0f} %"
    if found.said[i] == found.labels[i]:
        return f"{said}, {sure}"
    return f"{found.classes[found.labels[i]]}, said\n{said}, {sure}"


def _curves(found: Found, stem: Path) -> Figure:
    fig, axes = figures.figure(height=3.4)
    asked = [name for name in found.deletion if name not in (RANDOM, UNLIKE)]
    for i, name in enumerate([*asked, UNLIKE]):
        figures.curve(axes, i, SHARES, found.deletion[name], label=name)
    axes.plot(SHARES, found.deletion[RANDOM], color=figures.INK, linestyle="-", linewidth=0.9, label=RANDOM)
    axes.set(xlabel="share of the pixels blanked", ylabel="probability of what it said", ylim=(0, 1))
    figures.in_percent(axes.xaxis)
    figures.grid(axes)
    fig.legend(loc="outside lower center", ncols=4)
    best = min(asked, key=lambda name: found.areas[name])
    better = sum(found.areas[name] < found.areas[RANDOM] for name in asked)
    figures.headline(
        fig, f"{better} of {len(asked)} maps find pixels that count more than random ones; {best} finds them best"
    )
    figures.save(fig, stem)
    return Figure(
        stem.name,
        f"The mean probability of the named class over {found.rows} test pictures while their pixels are blanked, the "
        "most important first. Least blank first asks no network.",
    )


def say(found: Found, outcome: Outcome) -> None:
    """What happened, and what to try."""
    asked = list(found.correlation)
    best = min(asked, key=lambda name: found.areas[name])
    beaten = [name for name in asked if found.areas[name] < found.areas[RANDOM]]
    ink = [name for name in asked if found.areas[name] < found.areas[UNLIKE]]
    least, most = (pick(asked, key=lambda name: found.correlation[name]) for pick in (min, max))
    i = SHARES.index(DELETED)
    outcome.happened = [
        f"With a tenth of the pixels blanked in the order of {best}, the mean probability of the answer falls from "
        f"{found.deletion[best][0]:.2f} to {found.deletion[best][i]:.2f}; at random, to "
        f"{found.deletion[RANDOM][i]:.2f}. {len(beaten)} of {len(asked)} maps do better than random order.",
        f"Taking first the pixels that are least blank, which asks no network, comes to "
        f"{found.deletion[UNLIKE][i]:.2f}; over the whole curve {_listed(ink)} better than that.",
        f"The maps of the untrained network correlate with these by {found.correlation[least]:+.2f} ({least}) to "
        f"{found.correlation[most]:+.2f} ({most}): the nearer to 1, the less a map hangs on what was learned.",
        f"{found.right} right answers and {len(found.images) - found.right} wrong ones are drawn, Grad-CAM from the "
        f"maps of {list(found.layers)[-1]} (layer {list(found.layers.values())[-1]!r}).",
    ]
    if found.agreement:
        alike = {name: value for name, value in found.agreement.items() if name != "SmoothGrad"}
        outcome.happened.append(
            f"PyTorch's autograd and the gradients written by hand give the same maps to {max(alike.values()):.0e} "
            f"relative; SmoothGrad, which draws other noise in each, differs by {found.agreement['SmoothGrad']:.0e}."
        )
    outcome.further = [
        "`--set data=cifar10`, or a folder of your own: do the maps lie on the thing, or on what stands behind it?",
        "`--set checkpoint=RUN/checkpoint.safetensors` looks into a network of mnist-cnn or cifar-numpy.",
        "`--set epochs=1` and 10: how do the correlations with the untrained network change?",
        "Among the wrong answers: does the map lie where you would have looked, too?",
    ]


def _listed(names: list[str]) -> str:
    if not names:
        return "no map does"
    return f"{', '.join(names)} {'does' if len(names) == 1 else 'do'}"

"""What gradient-flow says and draws of its conditions."""

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from groundup.core import Array
from groundup.labs import figures
from groundup.labs.flows import KINDS, Course
from groundup.labs.lab import Figure, Outcome, percent
from groundup.labs.plots_gradients import layer_histograms, norms_by_depth, norms_over_steps
from groundup.labs.report import table
from groundup.labs.study import Arm

if TYPE_CHECKING:
    from groundup.labs.gradient_flow import GradientFlowSettings

SLOPES = {"sigmoid": 0.25, "tanh": 1.0, "relu": sqrt(0.5)}  # rms(φ') of Eq. 2
LEVEL = 100.0  # times: a gradient that changes by less from the last hidden layer to the first counts as level
LEARNED = 0.5  # of the validation rows right
ROWS, COLUMNS = 6, 4  # layers and steps in a picture of histograms


def forecast(activation: str, start: str, width: int) -> float:
    """g of Eqs. 1 and 2."""
    deviation = {"small": 0.01, "large": 1.0, "he": sqrt(2 / width)}.get(start, sqrt(1 / width))
    return deviation * sqrt(width) * SLOPES[activation]


def tables(settings: "GradientFlowSettings", arms: Mapping[str, Arm], ratios: Mapping[str, float]) -> list[str]:
    """For each activation and start: what a layer does to the gradient, the ratio and the accuracy at each depth."""
    deepest = max(settings.depths)
    head = ["activation, start", "a layer: forecast", f"measured at {deepest}"]
    head += [part for depth in settings.depths for part in (f"ratio at {depth}", f"accuracy at {depth}")]
    rows = []
    for activation in settings.activations.split(","):
        for start in settings.starts.split(","):
            names = [f"{activation}, {start}, {depth} layers" for depth in settings.depths]
            a_layer = ratios[f"{activation}, {start}, {deepest} layers"] ** (1 / (deepest - 1))
            row = [f"{activation}, {start}", f"{forecast(activation, start, settings.width):.2g}", f"{a_layer:.2g}"]
            rows.append(row + [part for name in names for part in (f"{ratios[name]:.1e}", accuracy(arms[name]))])
    return [table(head, rows)]


def accuracy(arm: Arm) -> str:
    """On the test rows, or that the loss was no longer a number."""
    return "diverged" if arm.diverged else percent(arm.accuracy)


def draw(
    settings: "GradientFlowSettings",
    arms: Mapping[str, Arm],
    courses: Mapping[str, Course],
    ratios: Mapping[str, float],
    folder: Path,
) -> list[Figure]:
    """Size against depth before training, the course of the least and of the best, histograms, and what it came to."""
    least, best = extremes(settings, arms, ratios)
    drawn: list[Figure] = []
    for kind in KINDS:
        stem = folder / f"{kind.replace(' ', '-')}-by-depth"
        figure = norms_by_depth(_at_start(settings, courses, kind), stem, what=f"norm of the {kind}")
        drawn.append(Figure(figure.stem, f"The norm of the {kind} layer by layer, before training."))
    for name, which in ((least, "vanishing"), (best, "healthy")):
        course = courses[name]
        norms, layers = course.norms["gradient"], [f"layer {i + 1}" for i in range(len(course.norms["gradient"]))]
        found = [norms_over_steps(norms, layers, course.steps, folder / f"{which}-norms", what="norm of the gradient")]
        for kind in ("gradient", "activation"):
            found.append(_histograms(course, kind, folder / f"{which}-{kind}"))
        drawn += [Figure(figure.stem, f"{name}. {figure.caption}") for figure in found]
    return [*drawn, came_to(settings, arms, ratios, folder / "accuracy")]


def extremes(settings: "GradientFlowSettings", arms: Mapping[str, Arm], ratios: Mapping[str, float]) -> tuple[str, str]:
    """Of the deepest networks the one with the least gradient in its first layer, and the best in validation."""
    conditions, deepest = settings.conditions(), max(settings.depths)
    deep = [name for name in arms if conditions[name].depth == deepest]
    least = min(deep, key=lambda name: ratios[name])
    return least, max(deep, key=lambda name: validated(arms[name]))


def validated(arm: Arm) -> float:
    """Accuracy in validation; 0 for one that diverged."""
    return float(arm.facts.get("val_accuracy") or 0.0)


def _at_start(
    settings: "GradientFlowSettings", courses: Mapping[str, Course], kind: str
) -> dict[str, dict[str, Array]]:
    """Norms of the deepest networks before training, by activation and start."""
    deepest, starts = max(settings.depths), settings.starts.split(",")
    return {
        activation: {start: courses[f"{activation}, {start}, {deepest} layers"].norms[kind][:, 0] for start in starts}
        for activation in settings.activations.split(",")
    }


def _histograms(course: Course, kind: str, stem: Path) -> Figure:
    """A few of the layers, from the first to the last, at a few of the steps."""
    samples = course.samples[kind]  # (layers, steps, S)
    rows = np.unique(np.linspace(0, len(samples) - 1, ROWS).astype(int))
    columns = np.unique(np.linspace(0, len(course.steps) - 1, COLUMNS).astype(int))
    shown = {f"layer {i + 1}": [samples[i, j] for j in columns] for i in rows}
    return layer_histograms(shown, [course.steps[j] for j in columns], stem, what=kind)


def came_to(
    settings: "GradientFlowSettings", arms: Mapping[str, Arm], ratios: Mapping[str, float], stem: Path
) -> Figure:
    """Every condition: how much of the gradient reaches the first layer, and what the network then learns."""
    conditions = settings.conditions()
    fig, axes = figures.figure(height=3.2)
    axes.axvspan(1 / LEVEL, LEVEL, color=figures.INK, alpha=0.06, linewidth=0)
    for i, activation in enumerate(settings.activations.split(",")):
        names = [name for name in arms if conditions[name].activation == activation]
        x, y = [ratios[name] for name in names], [arms[name].accuracy for name in names]
        axes.plot(x, y, linestyle="", marker=figures.MARKERS[i], color=figures.COLOURS[i], label=activation, alpha=0.8)
    axes.set_xscale("log")
    axes.set(xlabel="gradient of the first hidden layer / of the last, before training", ylabel="accuracy in the test")
    figures.in_percent(axes.yaxis)
    figures.grid(axes)
    axes.legend()
    inside, outside = learned(arms, ratios)
    figures.headline(
        fig,
        f"Of {inside[1]} networks with a level gradient {inside[0]} learn; of {outside[1]} others {outside[0]}",
    )
    figures.save(fig, stem)
    return Figure(
        stem.name,
        f"Shaded: a gradient that changes less than {LEVEL:.0f} times through the network. One that diverged is at 0.",
    )


def learned(arms: Mapping[str, Arm], ratios: Mapping[str, float]) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many learn, of how many: those whose gradient is level, and the others."""
    level = [name for name in arms if 1 / LEVEL <= ratios[name] <= LEVEL]
    others = [name for name in arms if name not in level]
    inside, outside = (sum(validated(arms[name]) > LEARNED for name in names) for names in (level, others))
    return (inside, len(level)), (outside, len(others))


def say(
    settings: "GradientFlowSettings",
    arms: Mapping[str, Arm],
    courses: Mapping[str, Course],
    ratios: Mapping[str, float],
    outcome: Outcome,
) -> None:
    """What happened, and what to try."""
    least, best = extremes(settings, arms, ratios)
    fewest, most = (pick(ratios, key=lambda name: ratios[name]) for pick in (min, max))
    inside, outside = learned(arms, ratios)
    diverged = [name for name, arm in arms.items() if arm.diverged]
    outcome.happened = [
        f"Before training, the gradient at the first hidden layer of {len(arms)} networks is between "
        f"{ratios[fewest]:.1e} ({fewest}) and {ratios[most]:.1e} ({most}) times that at the last.",
        f"Of the {inside[1]} whose gradient changes less than {LEVEL:.0f} times on its way, {inside[0]} named more "
        f"than half of the validation rows right after {settings.epochs} epochs; of the {outside[1]} others "
        f"{outside[0]}.",
        f"The deepest that did best in validation is {best}: {accuracy(arms[best])} of the test rows, with a ratio of "
        f"{ratios[best]:.2g}. {least} has {accuracy(arms[least])}.",
        forecast_held(settings, ratios),
        weights_too(courses, ratios),
    ] + ([f"The loss was no longer a number in {', '.join(diverged)}."] if diverged else [])
    outcome.further = [
        "`--set lr=0.1`: which networks that learned diverge, and does a larger rate help one whose gradient vanishes?",
        "`--set epochs=60`: does any of those that stood still begin to learn?",
        "`--backend torch` watches the same weights with PyTorch's hooks; the norms are the same to rounding.",
        "Put a batch normalisation before each activation in `net`: which of the starts still matters?",
    ]


def forecast_held(settings: "GradientFlowSettings", ratios: Mapping[str, float]) -> str:
    """How far Eq. 1 is from what was measured for relu, whose slopes do not hang on the size of its inputs."""
    deepest = max(settings.depths)
    apart = {}
    for activation in settings.activations.split(","):
        for start in settings.starts.split(","):
            measured = ratios[f"{activation}, {start}, {deepest} layers"] ** (1 / (deepest - 1))
            apart[f"{activation}, {start}"] = measured / forecast(activation, start, settings.width)
    name = max(apart, key=lambda key: abs(np.log(apart[key])))
    close = sum(0.8 <= value <= 1.25 for value in apart.values())
    return (
        f"With {deepest} layers the rule σ √n rms(φ') forecasts what a layer does to the gradient to within a "
        f"fifth for {close} of {len(apart)} pairs; furthest is {name}, where it is {apart[name]:.2g} times that."
    )


def weights_too(courses: Mapping[str, Course], ratios: Mapping[str, float]) -> str:
    """Of the networks whose gradient vanishes: how many hide it, for their weights' gradients are of one size."""
    vanishing = [name for name in courses if ratios[name] < 1 / LEVEL]
    norms = {name: courses[name].norms["weight gradient"][:-1, 0] for name in vanishing}  # without the output layer
    level = {name: sizes for name, sizes in norms.items() if sizes.max() < LEVEL * sizes.min()}
    if not level:
        return f"In none of the {len(vanishing)} networks where it vanishes are the weights' gradients of one size."
    name = min(level, key=lambda key: float(level[key].max()))
    return (
        f"In {len(level)} of the {len(vanishing)} networks where it vanishes, the gradients of the hidden layers' "
        f"weights are all the same of one size, within a factor of {LEVEL:.0f}: they are products with the "
        f"activations, which shrink the other way. That size is small: in {name} it is at most {level[name].max():.1e}."
    )

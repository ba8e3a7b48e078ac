"""What the lab "optimisers" shows of its trials and arms: tables, figures, sentences."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from groundup.labs import figures, study
from groundup.labs.few import interval, within
from groundup.labs.lab import Figure, Outcome, percent
from groundup.labs.plots_arms import arms_dots
from groundup.labs.plots_sweep import parallel
from groundup.labs.report import table
from groundup.labs.study import Arm
from groundup.labs.trials import Trial, read_trials
from groundup.train import RunFolder

TUNED, SEARCH = "tuned Adam", "search for Adam"
FAMILIES = {
    "one rate for all weights": ("SGD", "momentum", "Nesterov"),
    "a rate for each weight": ("Adagrad", "RMSProp", "Adam", "AdamW", TUNED),
}
Grid = Mapping[str, Sequence[Trial]]


def write(
    folder: RunFolder,
    outcome: Outcome,
    grid: Grid,
    search: Sequence[Trial],
    best: Mapping[str, Trial],
    arms: Mapping[str, Arm],
) -> None:
    """Fill in tables, measures, figures and sentences."""
    goal = max(min(arm.curve("val", "loss")) for arm in arms.values())
    steps = {name: steps_to(arm, goal) for name, arm in arms.items()}
    for name, arm in arms.items():
        outcome.measures |= {
            f"{name}: lowest validation loss": arm.facts["val_loss"],
            f"{name}: ms a step": 1000 * arm.facts["training_seconds"] / last_step(arm),
        }
    outcome.tables = [_grid_table(grid), _search_table(search), _final_table(arms, steps, goal, outcome.sizes["test"])]
    outcome.figures = draw([folder.path], folder.path / "figures", outcome.sizes["test"])
    _say(outcome, grid, best, arms, steps)


def last_step(arm: Arm) -> int:
    """How many steps an arm took."""
    return arm.metrics[-1].step


def steps_to(arm: Arm, goal: float) -> int:
    """Steps until the validation loss is first at the goal, Eq. 1 of the lab; known to an epoch."""
    return next(m.step for m in arm.metrics if m.split == "val" and m.loss <= goal)


def _grid_table(grid: Grid) -> str:
    best = {rule: min(trials, key=lambda t: t.score) for rule, trials in grid.items()}
    rows = []
    for i, lr in enumerate(trial.settings["lr"] for trial in next(iter(grid.values()))):
        cells = [_score(trials[i], trials[i] is best[rule]) for rule, trials in grid.items()]
        rows.append((f"{lr:g}", *cells))
    said = "Lowest validation loss of each trial, the best of each rule in bold:"
    return said + "\n\n" + table(("learning rate", *grid), rows)


def _score(trial: Trial, best: bool) -> str:
    if trial.diverged:
        return "diverged"
    return f"**{trial.score:.3f}**" if best else f"{trial.score:.3f}"


def _search_table(search: Sequence[Trial], shown: int = 5) -> str:
    head = ("trial", "learning rate", "beta1", "beta2", "eps", "weight decay", "validation loss")
    rows = []
    for trial in sorted(search, key=lambda t: t.score)[:shown]:
        s = trial.settings
        rows.append(
            (str(search.index(trial) + 1), f"{s['lr']:g}", f"{s['beta1']:.3f}", f"{s['beta2']:.4f}", f"{s['eps']:g}",
             f"{s['weight_decay']:g}", _score(trial, best=False))
        )  # fmt: skip
    return f"The best of {len(search)} random settings of Adam:\n\n" + table(head, rows)


def _final_table(arms: Mapping[str, Arm], steps: Mapping[str, int], goal: float, rows: int) -> str:
    head = ("rule", "rate", "lowest loss", f"steps to {goal:.3f}", "µs a step", "test", "95 %")
    lines = [
        (
            name, f"{RunFolder.config_of(arm.folder)['settings']['lr']:g}", f"{arm.facts['val_loss']:.3f}",
            f"{steps[name]:,}", f"{1e6 * arm.facts['training_seconds'] / last_step(arm):.0f}",
            percent(arm.accuracy), within(interval(arm.accuracy, rows)),
        )
        for name, arm in arms.items()
    ]  # fmt: skip
    return "Each rule at its best, its lowest validation loss and its test accuracy:\n\n" + table(head, lines)


def _say(
    outcome: Outcome, grid: Grid, best: Mapping[str, Trial], arms: Mapping[str, Arm], steps: Mapping[str, int]
) -> None:
    rates = {rule: best[rule].settings["lr"] for rule in grid}
    low, high = min(rates, key=lambda r: rates[r]), max(rates, key=lambda r: rates[r])
    first, last = (", ".join(name for name in steps if steps[name] == end(steps.values())) for end in (min, max))
    order = sorted(arms, key=lambda name: arms[name].accuracy)
    trials = [trial for tried in grid.values() for trial in tried]
    diverged = sum(trial.diverged for trial in trials)
    outcome.happened = [
        f"The best rates lie a factor of {rates[high] / rates[low]:.0f} apart: {rates[low]:g} of {low}, "
        f"{rates[high]:g} of {high}. One rate for all would have decided between them by itself. Of the {len(trials)} "
        f"trials of the grid {diverged} diverged.{_edges(grid, rates)}",
        f"First at a validation loss that all of them reach: {first}, after {min(steps.values()):,} steps. Last: "
        f"{last}, after {max(steps.values()):,}. The loss is measured after whole epochs.",
        f"On the test rows the best and the worst, {order[-1]} and {order[0]}, are "
        f"{100 * (arms[order[-1]].accuracy - arms[order[0]].accuracy):.1f} points apart.",
        _tuning(best["Adam"].score, best[TUNED].score, arms[TUNED].accuracy - arms["Adam"].accuracy),
    ]
    outcome.further = [
        "`--set batch_size=512`: which of the best rates move, and by how much?",
        "`--set rows=1000 --set epochs=30`: where few rows are learned by heart, is the fastest rule still the best?",
        "`--set momentum=0.99`: what becomes of the best rates of momentum and Nesterov?",
    ]


def _tuning(plain: float, tuned: float, ahead: float) -> str:
    """What the search brought."""
    if tuned == plain:
        return "No trial of the search had a lower validation loss than Adam with its usual means at its best rate."
    return (
        f"The search took Adam's validation loss from {plain:.4f} to {tuned:.4f}, {percent(1 - tuned / plain)} less. "
        "No other rule had as many trials: this is what tuning brings, no merit of the rule. The lowest of many is low "
        f"by luck, too; on the test rows, which have no part in that, the tuned Adam is {abs(100 * ahead):.1f} points "
        f"{'above' if ahead >= 0 else 'below'} the one of the grid."
    )


def _edges(grid: Grid, rates: Mapping[str, float]) -> str:
    """Who may have a better rate beyond the grid."""
    tried = [trial.settings["lr"] for trial in next(iter(grid.values()))]
    found = [rule for rule, lr in rates.items() if lr in (tried[0], tried[-1])]
    return f" At an end of the grid, and perhaps better beyond it: {', '.join(found)}." if found else ""


def draw(folders: Sequence[Path], where: Path, rows: int = 0) -> list[Figure]:
    """Over the seeds; ``rows`` of the test part give the accuracies of one seed their intervals."""
    accuracies = {name: [a.accuracy for a in found] for name, found in _by_arm(folders).items()}
    intervals = {name: interval(values[0], rows) for name, values in accuracies.items()} if rows else None
    drawn = [_sensitivity(folders, where / "rates"), _curves(folders, where / "losses")]
    tried = [trial for trial in read_trials(folders[0], SEARCH) if not trial.diverged]
    if len(folders) == 1 and tried:
        points = [_point(trial.settings) for trial in tried]
        log = tuple(points[0])
        scores = [-trial.score for trial in tried]  # of a mean cross entropy: the mean log-likelihood
        drawn.append(parallel(points, scores, where / "search", log=log, what="log-likelihood"))
    return [*drawn, arms_dots(accuracies, where / "accuracies", what="test accuracy", intervals=intervals)]


def _point(s: Mapping[str, Any]) -> dict[str, float]:
    return {
        "lr": s["lr"], "1 - beta1": 1 - s["beta1"], "1 - beta2": 1 - s["beta2"], "eps": s["eps"],
        "weight decay": s["weight_decay"],
    }  # fmt: skip


def _by_arm(folders: Sequence[Path]) -> dict[str, list[Arm]]:
    studies = [study.read_arms(folder) for folder in folders]
    return {name: [found[name] for found in studies] for names in FAMILIES.values() for name in names}


def _panels(
    stem: Path, series: Mapping[str, tuple[Any, Any]], labels: tuple[str, str], title: str, caption: str, **axis: Any
) -> Figure:
    """A family beside the other: by rule, x and a curve a seed (seeds, points)."""
    fig, axes = figures.figure(columns=2, height=3.1, sharey=True, sharex=True)
    for ax, (family, rules) in zip(axes, FAMILIES.items(), strict=True):
        for i, rule in enumerate(rule for rule in rules if rule in series):
            x, curves = series[rule]
            figures.curve(ax, i, x, curves.mean(axis=0), label=rule, marker=figures.MARKERS[i], markersize=3.5)
            if len(curves) > 1:
                figures.band(ax, i, x, curves.min(axis=0), curves.max(axis=0))
        figures.grid(ax)
        if not axis:
            ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set(title=family, xlabel=labels[0], **axis)
        ax.legend(loc="best", fontsize=8.5)
    axes[0].set_ylabel(labels[1])
    if "accuracy" in labels[1]:
        figures.in_percent(axes[0].yaxis)
    figures.headline(fig, title)
    figures.save(fig, stem)
    return Figure(stem.name, caption)


def _sensitivity(folders: Sequence[Path], stem: Path) -> Figure:
    """Validation accuracy against the rate of the grid."""
    series = {}
    for rule in (rule for rules in FAMILIES.values() for rule in rules if rule != TUNED):
        tried = [read_trials(folder, rule) for folder in folders]
        series[rule] = [t.settings["lr"] for t in tried[0]], np.array([[t.accuracy for t in of] for of in tried])
    reach = {rule: _reach(*found) for rule, found in series.items()}
    wide, narrow = max(reach, key=lambda r: reach[r]), min(reach, key=lambda r: reach[r])
    far, near = (f"a factor of {reach[r]:.0f} of rates" if reach[r] > 1 else "one rate alone" for r in (wide, narrow))
    title = f"Within a point of the best: {wide} over {far}, {narrow} over {near}"
    if far == near:
        title = f"Every rule is within a point of its best over {far}"
    caption = "Validation accuracy of each rule against its learning rate, every other setting alike."
    return _panels(stem, series, ("learning rate", "validation accuracy"), title, caption, xscale="log")


def _reach(rates: Sequence[float], accuracies: Any) -> float:
    """The largest over the smallest of the rates that come within a point of the best."""
    means = accuracies.mean(axis=0)
    good = [rate for rate, accuracy in zip(rates, means, strict=True) if accuracy >= means.max() - 0.01]
    return max(good) / min(good)


def _curves(folders: Sequence[Path], stem: Path) -> Figure:
    """Validation loss over the steps, each rule at its best."""
    series = {}
    for name, arms in _by_arm(folders).items():
        steps = [m.step for m in arms[0].metrics if m.split == "val"][1:]
        series[name] = steps, np.array([arm.curve("val", "loss")[1:] for arm in arms])
    lowest = {name: float(curves.min(axis=1).mean()) for name, (_, curves) in series.items()}
    order = sorted(lowest, key=lambda name: lowest[name])
    title = (
        f"At their best rates, {order[0]} comes to a validation loss of {lowest[order[0]]:.3f}, {order[-1]} to "
        f"{lowest[order[-1]]:.3f}"
    )
    caption = "Validation loss after each epoch, on the same batches in the same order."
    if len(folders) > 1:
        caption += f" The curve is the mean over {len(folders)} seeds, the band reaches from the lowest to the highest."
    return _panels(stem, series, ("step", "validation loss"), title, caption)

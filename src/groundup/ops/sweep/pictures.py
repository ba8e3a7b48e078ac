"""What a sweep looks like: how it went on, and which settings the best trials share."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from groundup.labs import figures, plots_sweep
from groundup.labs.lab import Figure
from groundup.labs.plots_curves import number
from groundup.ops.sweep.plan import Plan
from groundup.ops.sweep.watch import params_of

ENOUGH = 4  # finished trials, before they are drawn as lines through their settings
LOOKS: dict[TrialState, dict[str, Any]] = {
    TrialState.COMPLETE: {"label": "finished", "marker": "o", "color": figures.COLOURS[0], "alpha": 0.8},
    TrialState.PRUNED: {"label": "pruned", "marker": "x", "color": figures.INK, "alpha": 0.5},
}


def draw(
    plan: Plan, trials: Sequence[FrozenTrial], best: Sequence[FrozenTrial], importance: Mapping[str, float]
) -> list[Figure]:
    """The history; with enough finished trials also each as a line through its settings, and what mattered."""
    where = plan.folder / "figures"
    drawn = [_history(plan, trials, where / "history")]
    if len(best) >= ENOUGH:
        scores = [trial.value or 0.0 for trial in best]
        log = [axis.name for axis in plan.space if axis.log]
        what = f"validation {plan.objective}"
        if not plan.higher_is_better:  # in that figure the highest is the best
            scores, what = [-score for score in scores], f"minus the {what}"
        lines: list[Any] = [_drawable(params_of(plan, trial)) for trial in best]
        drawn.append(plots_sweep.parallel(lines, scores, where / "parallel", log=log, what=what))
    if importance:
        drawn.append(plots_sweep.importance(importance, where / "importance", what=f"validation {plan.objective}"))
    return drawn


def _drawable(params: dict[str, Any]) -> dict[str, float | str]:
    return {name: str(value) if isinstance(value, bool) else value for name, value in params.items()}


def _history(plan: Plan, every: Sequence[FrozenTrial], stem: Path) -> Figure:
    """Every trial in its order, and the best so far."""
    trials = [t for t in every if t.state in LOOKS and t.value is not None]
    fig, axes = figures.figure()
    for state, look in LOOKS.items():
        points = [(t.number, t.value) for t in trials if t.state == state]
        if points:
            axes.plot(*zip(*points, strict=True), linestyle="none", **look)
    at, so_far = _best_so_far(plan, [t for t in trials if t.state == TrialState.COMPLETE])
    steps = {"where": "post", "color": figures.INK, "linewidth": 1.2, "linestyle": "-"}
    axes.step([*at, trials[-1].number], [*so_far, so_far[-1]], label="best so far", **steps)
    axes.set(xlabel="trial", ylabel=f"validation {plan.objective}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    if plan.higher_is_better:
        figures.in_percent(axes.yaxis)
    figures.grid(axes)
    axes.legend(loc="best")
    best = at[so_far.index(so_far[-1])]
    figures.headline(
        fig, f"The best of {len(trials)} trials is number {best}, with {number(so_far[-1], plan.objective)}"
    )
    figures.save(fig, stem)
    return Figure(stem.name, "Each trial in validation, in the order in which they began, and the best so far.")


def _best_so_far(plan: Plan, trials: Sequence[FrozenTrial]) -> tuple[list[int], list[float]]:
    better, so_far = max if plan.higher_is_better else min, [trials[0].value or 0.0]
    for trial in trials[1:]:
        so_far.append(better(so_far[-1], trial.value or 0.0))
    return [trial.number for trial in trials], so_far

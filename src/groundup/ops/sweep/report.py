"""What a sweep comes to: its best trials, which setting mattered, and the command that tests the best.

The score of the best of many trials is too high for its own good: it was chosen for being high on these validation
rows. So the report says how many trials it was chosen from, and leaves the test part to the command.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from groundup.labs import figures, page, plots_sweep
from groundup.labs.lab import Figure
from groundup.labs.plots_curves import number
from groundup.labs.report import table
from groundup.labs.runner import find_lab
from groundup.ops.sweep.locks import alone
from groundup.ops.sweep.plan import Plan
from groundup.ops.sweep.study import STATES, repeated, trials_of
from groundup.ops.sweep.watch import outcome_of, params_of, reason_of, seconds_of, tried
from groundup.train import RunFolder

SHOWN = 10  # trials in the table of the best
ENOUGH = 4  # finished trials, before anything is said of settings


def ranked(study: Study, plan: Plan) -> list[FrozenTrial]:
    """Trials that came to their end, the best first; of equals the earlier."""
    complete = [trial for trial in trials_of(study, TrialState.COMPLETE) if trial.value is not None]
    sign = -1 if plan.higher_is_better else 1
    return sorted(complete, key=lambda trial: (sign * (trial.value or 0.0), trial.number))


def command_of(plan: Plan, best: FrozenTrial) -> str:
    """What trains the best settings from three seeds, and tests them."""
    settings = {**plan.fixed, **params_of(plan, best)}
    given = " ".join(f"--set {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    return f"groundup lab run {plan.lab} {given} --seeds 3"


def importance_of(study: Study, plan: Plan) -> dict[str, float]:
    """The share of the differences between trials that each setting explains by itself (fANOVA: Hutter et al., 2014).

    Empty where there are too few trials, or no differences.
    """
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances  # seconds: it loads scikit-learn

    best = ranked(study, plan)
    if len(best) < ENOUGH or len({trial.value for trial in best}) < 2:
        return {}
    shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=plan.seed))
    return {name: float(share) for name, share in shares.items()}


def conclude(study: Study, plan: Plan, seconds: float) -> dict[str, Any]:
    """Write figures, report and result, and return the result. Raises RuntimeError where no trial came to its end."""
    best, again = ranked(study, plan), repeated(study)
    failed = [trial for trial in trials_of(study, TrialState.FAIL) if trial.number not in again]
    if not best:
        why = f"; trial {failed[0].number}: {reason_of(failed[0], again)}" if failed else ""
        raise RuntimeError(f"sweep: expected a trial that came to its end, got none of {plan.trials}{why}")
    run = RunFolder(plan.folder)
    with alone(plan.folder / "report.lock"):
        importance = importance_of(study, plan)
        drawn = _draw(study, plan, best, importance)
        result = _result(study, plan, best, failed, importance) | {"seconds": round(seconds, 3)}
        text = _render(study, plan, best, result, drawn)
        run.write_text("report.md", text)
        run.write_text("report.html", page.to_html(text, run.path, _title(plan)))
        run.write_json("result.json", result)
    return result


def _result(
    study: Study, plan: Plan, best: list[FrozenTrial], failed: list[FrozenTrial], importance: dict[str, float]
) -> dict[str, Any]:
    first = best[0]
    return {
        "sweep": plan.lab, "quick": plan.quick, "sampler": plan.sampler, "pruner": plan.pruner,
        "objective": f"validation {plan.objective}", "trials": plan.trials, "complete": len(best),
        "pruned": len(trials_of(study, TrialState.PRUNED)), "failed": len(failed),
        "running": len(trials_of(study, TrialState.RUNNING)),
        "best": {
            "trial": first.number, "value": first.value, "settings": params_of(plan, first),
            "best_epoch": first.user_attrs["best_epoch"],
        },
        "fixed": plan.fixed, "importance": importance, "command": command_of(plan, first), "run": str(plan.folder),
    }  # fmt: skip


# Figures.


def _draw(study: Study, plan: Plan, best: list[FrozenTrial], importance: dict[str, float]) -> list[Figure]:
    where = plan.folder / "figures"
    drawn = [_history(study, plan, where / "history")]
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


def _history(study: Study, plan: Plan, stem: Path) -> Figure:
    """Every trial in its order, and the best so far."""
    trials = [t for t in trials_of(study, TrialState.COMPLETE, TrialState.PRUNED) if t.value is not None]
    fig, axes = figures.figure()
    for series, state, label in ((0, TrialState.COMPLETE, "finished"), (1, TrialState.PRUNED, "pruned")):
        points = [(t.number, t.value) for t in trials if t.state == state]
        if points:
            look = {"linestyle": "none", "marker": "ox"[series], "color": (figures.COLOURS[0], figures.INK)[series]}
            axes.plot(*zip(*points, strict=True), label=label, alpha=(0.8, 0.5)[series], **look)
    at, so_far = _best_so_far(plan, [t for t in trials if t.state == TrialState.COMPLETE])
    axes.step([*at, trials[-1].number], [*so_far, so_far[-1]], where="post", color=figures.INK, lw=1.2, ls="-",
              label="best so far")  # fmt: skip
    axes.set(xlabel="trial", ylabel=f"validation {plan.objective}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    if plan.higher_is_better:
        figures.in_percent(axes.yaxis)
    figures.grid(axes)
    axes.legend(loc="lower right" if plan.higher_is_better else "upper right")
    best = at[so_far.index(so_far[-1])]
    figures.headline(
        fig, f"The best, {number(so_far[-1], plan.objective)}, was found in trial {best}, of {trials[-1].number + 1}"
    )
    figures.save(fig, stem)
    return Figure(stem.name, "Each trial in validation, in the order in which they began, and the best so far.")


def _best_so_far(plan: Plan, trials: Sequence[FrozenTrial]) -> tuple[list[int], list[float]]:
    better, so_far = max if plan.higher_is_better else min, [trials[0].value or 0.0]
    for trial in trials[1:]:
        so_far.append(better(so_far[-1], trial.value or 0.0))
    return [trial.number for trial in trials], so_far


# report.md.


def _title(plan: Plan) -> str:
    return f"A sweep of {plan.lab}"


def _render(study: Study, plan: Plan, best: list[FrozenTrial], result: dict[str, Any], drawn: Sequence[Figure]) -> str:
    lab = find_lab(plan.lab)
    quick = ["**A quick sweep: a look at how it goes. Its figures are no result.**"] if plan.quick else []
    sections = [
        f"# {_title(plan)}", *quick,
        f"## What was asked\n\nWith which settings does the lab do best in validation? The lab asks: {lab.about}",
        "## What happened\n\n" + "\n\n".join(_happened(study, plan, result)),
        f"## The best trials\n\n{best_table(plan, best)}",
        *(f"![{figure.caption}](figures/{figure.stem}.svg)" for figure in drawn),
        f"## The test, with the best settings\n\n    {result['command']}\n\nNo trial has seen the test rows.",
        f"## What was searched\n\n{_searched(plan)}",
        f"## Every trial\n\n{_every(study, plan)}",
    ]  # fmt: skip
    return "\n\n".join(sections) + "\n"


def _happened(study: Study, plan: Plan, result: dict[str, Any]) -> list[str]:
    best, value = result["best"], number(result["best"]["value"], plan.objective)
    counts = [f"{result['complete']} trials came to their end"]
    counts += [f"{result[what]} were {said}" for what, said in
               (("pruned", "ended early, for others had done better by then"), ("failed", "failed"),
                ("running", "still under way elsewhere")) if result[what]]  # fmt: skip
    said = [
        f"{'; '.join(counts)}.",
        f"The best, trial {best['trial']}, reached a validation {plan.objective} of {value} in epoch "
        f"{best['best_epoch']}. It is the best of {result['complete']} on the same rows and so looks better than it "
        "is: what it is worth, rows will say that chose nothing, the test rows.",
    ]
    shares = result["importance"]
    if shares:
        first = next(iter(shares))
        said.append(
            f"Of the difference between trials that single settings explain, {first} explains "
            f"{100 * shares[first]:.0f} % (fANOVA over {result['complete']} trials: a guess where they are few)."
        )
    else:
        said.append(f"Too few trials differ to say which setting matters: {ENOUGH} finished ones are needed.")
    return said


def best_table(plan: Plan, best: Sequence[FrozenTrial]) -> str:
    """Markdown: the best trials, their settings, their epochs, their time."""
    return table(*best_rows(plan, best))


def best_rows(plan: Plan, best: Sequence[FrozenTrial], shown: int = SHOWN) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of the best trials."""
    names = [axis.name for axis in plan.space]
    rows = []
    for trial in best[:shown]:
        params = params_of(plan, trial)
        value = number(trial.value or 0.0, plan.objective)
        told = [str(trial.user_attrs["best_epoch"]), f"{seconds_of(trial):.1f}"]
        rows.append([str(trial.number), value, *(str(params[name]) for name in names), *told])
    return ["trial", f"validation {plan.objective}", *names, "best epoch", "seconds"], rows


def _searched(plan: Plan) -> str:
    asked = {"lab": plan.lab, "sampler": plan.sampler, "pruner": plan.pruner, "trials": plan.trials, "seed": plan.seed}
    space = {axis.name: axis.said() for axis in plan.space}
    fixed = {name: f"{value} (fixed)" for name, value in plan.fixed.items()}
    return table(("", ""), [(name, str(value)) for name, value in (asked | space | fixed).items()])


def _every(study: Study, plan: Plan) -> str:
    again = repeated(study)
    rows = [(str(t.number), outcome_of(plan, t, again).strip(), tried(plan, t)) for t in trials_of(study, *STATES)]
    return table(("trial", f"validation {plan.objective}", "settings"), rows)

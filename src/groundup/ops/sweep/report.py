"""What a sweep comes to: its best trials, which setting mattered, and the command that tests the best.

The score of the best of many trials is too high for its own good: it was chosen for being high on these validation
rows. So the report says how many trials it was chosen from, and leaves the test part to the command.
"""

import shlex
from collections.abc import Sequence
from typing import Any

from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from groundup.labs import page
from groundup.labs.lab import Figure
from groundup.labs.plots_curves import number
from groundup.labs.report import table
from groundup.labs.runner import find_lab
from groundup.ops.sweep.locks import alone
from groundup.ops.sweep.pictures import draw
from groundup.ops.sweep.plan import Plan
from groundup.ops.sweep.study import STATES, repeated, trials_of
from groundup.ops.sweep.watch import outcome_of, params_of, reason_of, seconds_of, tried
from groundup.train import RunFolder

SHOWN = 10  # trials in the table of the best
ENOUGH = 10  # finished trials, before anything is said of what mattered: with fewer it is noise


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
        drawn = draw(plan, trials_of(study), best, importance)
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
    words = {"pruned": "pruned, for others had done better by then", "failed": "failed", "running": "still under way"}
    counts += [f"{said}: {result[what]}" for what, said in words.items() if result[what]]
    said = [
        f"{'; '.join(counts)}.",
        f"The best, trial {best['trial']}, reached a validation {plan.objective} of {value} in epoch "
        f"{best['best_epoch']}. It was chosen as the best of {result['complete']} on these rows, so it looks better "
        "than it is: what it is worth, only rows can say that chose nothing, the test rows.",
    ]
    shares = result["importance"]
    if shares:
        first = next(iter(shares))
        said.append(
            f"Of the difference between trials that single settings explain, {first} explains "
            f"{100 * shares[first]:.0f} % (fANOVA over the finished ones; pruned ones do not count)."
        )
    else:
        said.append(f"Which setting mattered is not said: it takes {ENOUGH} finished trials that differ.")
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

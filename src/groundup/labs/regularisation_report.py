"""What the lab "regularisation" makes of its arms: verdicts on the test rows, tables, figures, sentences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from groundup.core import IntArray
from groundup.labs import study
from groundup.labs.few import FewSettings, ended, interval, named, within
from groundup.labs.lab import Figure, Outcome, percent
from groundup.labs.plots_arms import arms_dots
from groundup.labs.report import table
from groundup.labs.study import Arm
from groundup.labs.task import Task
from groundup.train import RunFolder
from groundup.train.metrics import accuracy, mcnemar

PLAIN, COMBINED, LAST = "plain", "combined", "plain, last epoch"
ALONE, ABLATED = "alone", "ablated"
LEVEL = 0.05


@dataclass(frozen=True)
class Verdict:
    """An arm on the test rows. ``lost`` and ``won`` are rows that the arm it is set against, or it alone, has right."""

    group: str
    val: float
    test: float
    low: float
    high: float
    gap: float  # accuracy on the training rows, in evaluation, less that in validation
    lost: int
    won: int
    p: float  # McNemar's
    kept: int  # epoch
    epochs: int


def outcome_of(
    folder: RunFolder,
    asked: Mapping[str, FewSettings],
    tasks: Mapping[str, Task],
    arms: Mapping[str, Arm],
    chosen: Sequence[str],
    ablated: Collection[str],
) -> Outcome:
    """The answers of each arm's kept weights, and all that is said of them."""
    whole = ended(arms, PLAIN)
    found = verdicts(asked, tasks, whole, ablated)
    outcome = tasks[PLAIN].outcome(study.scores(arms))
    outcome.measures = {f"{name}: gap in accuracy": v.gap for name, v in found.items()}
    outcome.facts = {
        "training_seconds": study.mean_seconds(arms),
        "combined": list(chosen),
        "diverged": {name: arm.diverged for name, arm in arms.items() if arm.diverged},
        "verdicts": {name: asdict(v) for name, v in found.items()},
    }
    outcome.tables = [_table(found, ALONE, PLAIN), _table(found, ABLATED, COMBINED)]
    outcome.figures = draw([outcome.facts["verdicts"]], folder.path / "figures")
    outcome.notes.append("An arm's answers are those of its checkpoint: the weights that gave its test accuracy.")
    lost = [name for name, arm in arms.items() if arm.diverged and name in ablated]
    outcome.happened = [*_alone(found), *_together(found, whole, chosen), *_ablated(found, lost)]
    outcome.further = [
        "`--set rows=4000`: which of the techniques still pay where there are more digits?",
        "`--set weight_decay=0.001` decays weights in every arm but that of L2. Does the order of the others stay?",
        "Take every part of the combined arm away in turn, as batch norm was, in `ablations`.",
    ]
    return outcome


def verdicts(
    asked: Mapping[str, FewSettings], tasks: Mapping[str, Task], arms: Mapping[str, Arm], ablated: Collection[str]
) -> dict[str, Verdict]:
    """Each arm, and the plain one at its last epoch, against the plain arm; ablations against the combined arm."""
    found: dict[str, Verdict] = {}
    said: dict[str, IntArray] = {}
    for name, arm in arms.items():
        for title, last in ((name, False), *([(LAST, True)] if name == PLAIN else [])):
            said[title], seen = (named(arm, asked[name], tasks[name], part, last=last) for part in ("test", "train"))
            group = ABLATED if name in ablated else ALONE
            against = said.get(COMBINED, said[PLAIN]) if group == ABLATED else said[PLAIN]
            found[title] = _verdict(arm, tasks[name], group, (against, said[title], seen), last)
    return found


def _verdict(arm: Arm, task: Task, group: str, said: tuple[IntArray, IntArray, IntArray], last: bool) -> Verdict:
    against, test, seen = said
    epochs = len(arm.curve("train", "loss"))
    val = arm.curve("val", "accuracy")[-1] if last else float(arm.facts["val_accuracy"])
    share = accuracy(task.labels["test"], test)
    gap = accuracy(task.labels["train"], seen) - val
    lost, won, p = mcnemar(task.labels["test"], against, test)
    kept = epochs if last else int(arm.facts["best_epoch"])
    return Verdict(group, val, share, *interval(share, len(test)), gap, lost, won, p, kept, epochs)


def _table(found: Mapping[str, Verdict], group: str, against: str) -> str:
    head = ("arm", "validation", "test", "95 %", "gap", "lost", "won", "p", "epoch")
    shown = {name: v for name, v in found.items() if v.group == group or name == against}
    lines = [
        (
            name, f"{100 * v.val:.1f}", f"{100 * v.test:.1f}", within((v.low, v.high)), f"{100 * v.gap:.1f}",
            *(("", "", "") if name == against else (str(v.lost), str(v.won), _p(v.p))), str(v.kept),
        )
        for name, v in shown.items()
    ]  # fmt: skip
    return (
        "Accuracies in per cent; the gap between training and validation; the test rows that the arm lost to "
        f"{against} and won from it, with McNemar's p; the epoch whose weights were kept.\n\n{table(head, lines)}"
    )


def _p(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "<0.001"


def _chance(value: float) -> str:
    """A p-value in a sentence."""
    return f"p = {value:.3f}" if value >= 0.001 else "p < 0.001"


def _alone(found: Mapping[str, Verdict]) -> list[str]:
    """What the techniques did one at a time."""
    plain = found[PLAIN]
    alone = {n: v for n, v in found.items() if v.group == ALONE and n not in (PLAIN, LAST, COMBINED)}
    best, least = max(alone, key=lambda n: alone[n].test), min(alone, key=lambda n: alone[n].test)
    surely = [n for n, v in alone.items() if v.p < LEVEL / len(alone)]
    verbs = {n: "better" if alone[n].won > alone[n].lost else "worse" for n in surely}
    told = ", ".join(f"{n} ({verbs[n]})" for n in surely) or "none"
    said = [
        f"Of the techniques alone, {best} came furthest on the test rows, {_points(alone[best].test - plain.test)} the "
        f"plain arm, and {least} least far, {_points(alone[least].test - plain.test)} it.",
        f"McNemar's test looks only at the rows on which two arms differ. Of {len(alone)} comparisons at a level of "
        f"{LEVEL:g} in all (Bonferroni: {LEVEL / len(alone):.4f} each), these differ from the plain arm: {told}.",
        f"The plain arm's weights of the last epoch have {percent(found[LAST].test)}, those that validation chose "
        f"{percent(plain.test)}; the gap of the plain arm is {100 * plain.gap:.1f} points.",
    ]
    if "early stopping" in alone:
        stop = alone["early stopping"]
        same = stop.kept == plain.kept and not stop.lost + stop.won
        said.append(
            f"Early stopping ended after {stop.epochs} of {plain.epochs} epochs and kept epoch {stop.kept}, "
            + ("as the choice among all of them did." if same else f"the choice among all of them epoch {plain.kept}.")
        )
    return said


def _points(ahead: float) -> str:
    return f"{abs(100 * ahead):.1f} points {'above' if ahead >= 0 else 'below'}"


def _together(found: Mapping[str, Verdict], arms: Mapping[str, Arm], chosen: Sequence[str]) -> list[str]:
    """What they did together."""
    if COMBINED not in found:
        return [f"The combined arm ({', '.join(chosen)}) diverged; its ablations are set against the plain arm."]
    whole = found[COMBINED]
    best = max((n for n, v in found.items() if v.group == ALONE), key=lambda n: found[n].val)
    rank = "the best in validation" if best == COMBINED else f"in validation behind {best}"
    return [
        f"Combined: {', '.join(chosen)}. Of the arms so far it is {rank}, with {percent(whole.test)} on the test rows, "
        f"{_points(whole.test - found[PLAIN].test)} the plain arm ({_chance(whole.p)}), and a gap of "
        f"{100 * whole.gap:.1f} points."
    ]


def _ablated(found: Mapping[str, Verdict], diverged: Collection[str]) -> list[str]:
    """What each change to the combined arm did."""
    changes = {n: v for n, v in found.items() if v.group == ABLATED}
    test = found.get(COMBINED, found[PLAIN]).test
    said = [f"{n}: {_points(v.test - test)} ({_chance(v.p)})" for n, v in changes.items()]
    said += [f"{n}: diverged" for n in diverged]
    if not said:
        return []
    told = f"Changed from the combined arm, on the test rows: {'; '.join(said)}."
    better = max(changes, key=lambda n: changes[n].val, default=COMBINED)
    if COMBINED in found and better in changes and changes[better].val > found[COMBINED].val:
        told += f" By validation one would go on from {better}: the combined arm was not yet at its best."
    return [told]


def draw(seeds: Sequence[Mapping[str, Mapping[str, Any]]], figures: Path) -> list[Figure]:
    """Verdicts by arm, of one seed (with intervals) or of several; arms that diverged in any seed are left out."""
    names = [name for name in seeds[0] if all(name in found for found in seeds)]

    def values(what: str, group: str = "") -> dict[str, list[float]]:
        kept = [n for n in names if not group or seeds[0][n]["group"] == group or (group == ABLATED and n == COMBINED)]
        return {n: [float(found[n][what]) for found in seeds] for n in kept}

    intervals = {n: (float(v["low"]), float(v["high"])) for n, v in seeds[0].items()} if len(seeds) == 1 else None
    drawn = [
        arms_dots(values("test", group), figures / group, what="test accuracy", intervals=intervals)
        for group in (ALONE, ABLATED)
        if values("test", group)
    ]
    return [*drawn, arms_dots(values("gap"), figures / "gaps", what="gap in accuracy", least=True)]

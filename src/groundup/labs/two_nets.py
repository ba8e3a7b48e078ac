"""two-nets: the two-layer network by hand in NumPy beside the same in PyTorch, on the same digits.

Both begin with the same weights and get the same batches in the same order, so their losses must be the same but for
rounding. With a and b the losses of a step,

    (1)  d = |a - b| / max(|a|, |b|)

is asked to stay below 1e-4 over 100 steps in float64. Rounding errors grow along a training: a second, longer run in
float64 and in float32 shows where the curves part. Then both are trained whole, each as its own user would.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.console import Console

from groundup.core import Array, IntArray, expect_positive, load_state
from groundup.labs import figures, study
from groundup.labs.blueprint import Blueprint, concept
from groundup.labs.few import FewSettings, few_pictures, for_arm
from groundup.labs.lab import Figure, Lab, Outcome, percent
from groundup.labs.network import learner_of, loader_of
from groundup.labs.plots_curves import beside
from groundup.labs.report import table
from groundup.labs.study import Arm
from groundup.labs.task import Task
from groundup.labs.torch_learner import need_torch
from groundup.train import RunFolder

STEPS, LIMIT = 100, 1e-4  # the target of Eq. 1
SIDES = {"NumPy, by hand": "numpy", "PyTorch": "torch"}
OURS, THEIRS = SIDES
SINGLE, DOUBLE = "float32", "float64"


@dataclass(frozen=True)
class TwoNetsSettings(FewSettings):
    """``steps`` are taken side by side to see where the curves part; both backends are run, whatever ``backend``."""

    epochs: int = 20
    rows: int = 2_000
    batch_size: int = 50
    lr: float = 0.02
    hidden: int = 128
    activation: str = "relu"
    steps: int = 3_000

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", hidden=self.hidden, steps=self.steps)


def net(settings: TwoNetsSettings, pixels: int, classes: int) -> Blueprint:
    """pixels-hidden-classes."""
    return concept("models.mlp", "MLP", layers=[pixels, settings.hidden, classes], activation=settings.activation)


def task(settings: TwoNetsSettings) -> Task:
    """Few digits."""
    return few_pictures(settings, net)


@dataclass(frozen=True)
class Sides:
    """Everything that was measured of the two."""

    close: dict[str, list[float]]  # compare.same_steps, in float64
    losses: dict[str, tuple[Array, Array]]  # by precision, ours and theirs, over the long run
    arms: dict[str, Arm]
    alike: float  # the share of the test rows on which the two trained networks say the same
    milliseconds: dict[str, float]
    megabytes: dict[str, dict[str, float]]

    @property
    def largest(self) -> dict[str, float]:
        """The largest relative differences over the first steps in float64: of loss, outputs, gradients, weights."""
        names = {"by_loss": "losses", "by_output": "outputs", "by_gradient": "gradients", "by_weight": "weights"}
        return {name: max(self.close[key]) for key, name in names.items()}

    def apart(self, precision: str) -> Array:
        """Eq. 1 at each step of the long run."""
        return relative(*self.losses[precision])

    def parts(self, precision: str, limit: float = LIMIT) -> int | None:
        """The first step, from 1, at which Eq. 1 is above the limit; None where it never is."""
        above = np.flatnonzero(self.apart(precision) > limit)
        return int(above[0]) + 1 if len(above) else None


def relative(a: Array, b: Array) -> Array:
    """Eq. 1 for losses (N,); 0 where both are 0."""
    size = np.maximum(np.abs(a), np.abs(b))
    return np.abs(a - b) / np.where(size > 0, size, 1)


def side_by_side(settings: TwoNetsSettings, digits: Task, steps: int) -> tuple[Array, Array]:
    """The losses of so many steps of both, in the precision of the digits."""
    ours, theirs = (learner_of(replace(settings, backend=backend), digits) for backend in SIDES.values())
    loader = loader_of(settings, digits)
    found: list[tuple[float, float]] = []
    while len(found) < steps:
        for x, target in loader:
            found.append((ours.step(x, target)[0], theirs.step(x, target)[0]))
            if len(found) == steps:
                break
    a, b = np.array(found).T
    return a, b


def run(folder: RunFolder, settings: TwoNetsSettings, console: Console) -> Outcome:
    """Side by side; then each alone; then what each costs."""
    need_torch("lab two-nets")
    settings = replace(settings, device="cpu", threads=1)
    digits = task(settings)
    return _outcome(digits, measure(folder, settings, digits, console), folder.path / "figures")


def measure(folder: RunFolder, settings: TwoNetsSettings, digits: Task, console: Console) -> Sides:
    """Everything; training into the arms of the run folder."""
    from groundup.labs import compare, costs  # they know every lab, this one too
    from groundup.labs.subjects import Subject

    chosen = Subject("two-nets", LAB.title, settings, lambda asked: digits)
    close = compare.same_steps(chosen, STEPS)
    wide = digits.doubled()
    losses = {name: side_by_side(settings, rows, settings.steps) for name, rows in ((DOUBLE, wide), (SINGLE, digits))}
    conditions = {name: replace(settings, backend=backend) for name, backend in SIDES.items()}
    arms = study.run_arms(folder, conditions, lambda asked: for_arm(digits, asked, net), console)
    said = [_said(arms[name], conditions[name], digits) for name in SIDES]
    return Sides(
        close, losses, arms, float((said[0] == said[1]).mean()),
        costs.times(chosen, digits), {side: costs.memory(chosen, side) for side in SIDES.values()},
    )  # fmt: skip


def _said(arm: Arm, settings: TwoNetsSettings, digits: Task) -> IntArray:
    """The classes that an arm's kept weights give the test rows."""
    learner = learner_of(settings, digits)
    learner.load_weights(load_state(arm.folder / "checkpoint.safetensors"))
    said: IntArray = learner.predict(digits.x["test"]).argmax(axis=1)
    return said


def _outcome(digits: Task, sides: Sides, folder: Path) -> Outcome:
    outcome = digits.outcome({name: arm.accuracy for name, arm in sides.arms.items()})
    single, ms, mb = sides.apart(SINGLE), sides.milliseconds, sides.megabytes
    outcome.measures = {f"float64, {STEPS} steps, {name}": value for name, value in sides.largest.items()} | {
        f"float32, {STEPS} steps, losses": float(single[:STEPS].max()),
        "float32, steps until losses part by 1e-4": float(sides.parts(SINGLE) or len(single)),
        "share of test rows named alike": sides.alike,
        "ms a step, NumPy": ms["numpy"],
        "ms a step, PyTorch": ms["torch"],
        "PyTorch's time over NumPy's": ms["ratio"],
        "MB above the imports, NumPy": mb["numpy"]["growth"],
        "MB above the imports, PyTorch": mb["torch"]["growth"],
    }
    outcome.facts = {"within_target": max(sides.close["by_loss"]) <= LIMIT, "training_seconds": study.mean_seconds(
        sides.arms)}  # fmt: skip
    outcome.tables = [_parting(sides), _costs(sides)]
    outcome.figures = _draw(sides, folder)
    _say(sides, outcome)
    return outcome


def _parting(sides: Sides) -> str:
    limits = (1e-12, 1e-9, 1e-6, 1e-4, 1e-2)
    rows = [[name, *(_step(sides.parts(name, limit)) for limit in limits)] for name in (DOUBLE, SINGLE)]
    return table(("losses first differ by more than", *(f"{limit:.0e}" for limit in limits)), rows)


def _step(step: int | None) -> str:
    return "never" if step is None else f"step {step:,}"


def _costs(sides: Sides) -> str:
    rows: list[tuple[str, ...]] = [("one step, ms", *(f"{sides.milliseconds[s]:.3f}" for s in SIDES.values()))]
    for what, key in (("memory above the imports, MB", "growth"), ("memory: imports and data, MB", "imports")):
        rows.append((what, *(f"{sides.megabytes[s][key]:.1f}" for s in SIDES.values())))
    rows.append(("training, s", *(f"{sides.arms[name].facts['training_seconds']:.2f}" for name in SIDES)))
    return table(("float32, one thread", *SIDES), rows)


def _draw(sides: Sides, folder: Path) -> list[Figure]:
    """One curve over the other: the first steps in float64, the whole training in float32; and where they part."""
    whole = {
        name: [metric.loss for metric in arm.metrics if metric.split == "train"] for name, arm in sides.arms.items()
    }
    names = (OURS, THEIRS)
    same = beside(range(1, STEPS + 1), sides.close["numpy"], sides.close["torch"], folder / "same", names=names)
    long = beside(range(1, len(whole[OURS]) + 1), whole[OURS], whole[THEIRS], folder / "whole", names=names)
    return [
        Figure(same.stem, f"{same.caption} In float64."),
        _draw_parting(sides, folder / "parting"),
        Figure(long.stem, f"{long.caption} Each trained whole, in float32."),
    ]


def _draw_parting(sides: Sides, stem: Path) -> Figure:
    fig, axes = figures.figure(height=2.8)
    for i, precision in enumerate((DOUBLE, SINGLE)):
        apart = sides.apart(precision)
        some = np.flatnonzero(apart)  # where they are equal to the last bit there is nothing to draw
        figures.curve(axes, i, some + 1, apart[some], label=precision, linewidth=0.8, linestyle="-")
    axes.axhline(LIMIT, color=figures.INK, linewidth=0.7, linestyle=(0, (1, 2)))
    axes.set_yscale("log")
    axes.set(xlabel="step", ylabel="relative difference of the losses")
    figures.grid(axes)
    axes.legend(loc="center right")
    step = sides.parts(SINGLE)
    figures.headline(
        fig,
        f"In float32 the losses part by 1e-4 in step {step:,}" if step else "In float32 the losses never part by 1e-4",
    )
    figures.save(fig, stem)
    return Figure(
        stem.name, "How far the losses of the two are apart (Eq. 1 of the lab), over a longer run; dotted, 1e-4."
    )


def _say(sides: Sides, outcome: Outcome) -> None:
    largest, single, double = sides.largest, sides.apart(SINGLE), sides.apart(DOUBLE)
    ours, theirs = (arm.accuracy for arm in sides.arms.values())
    held = "held" if outcome.facts["within_target"] else "**not held**"
    ratio = sides.milliseconds["ratio"]
    outcome.happened = [
        f"The target of {LIMIT:g} is {held}: over {STEPS} steps in float64 the losses differ by at most "
        f"{largest['losses']:.1e}, the outputs by {largest['outputs']:.1e}, the gradients by "
        f"{largest['gradients']:.1e} and the weights by {largest['weights']:.1e}.",
        f"In float32 it is {single[:STEPS].max():.1e} over the same steps. Over {len(single):,} steps the largest "
        f"difference is {single.max():.1e} in float32, above {LIMIT:g} first: {_step(sides.parts(SINGLE))}; in float64 "
        f"it is {double.max():.1e}.",
        f"Trained whole in float32, they have {percent(ours)} and {percent(theirs)} of the test rows right, and say "
        f"the same of {percent(sides.alike)} of them.",
        f"PyTorch takes {ratio:.2f} times the time of NumPy for a step of this size on one thread.",
    ]
    outcome.further = [
        "`--set activation=tanh`: without the kink of relu, do the curves in float32 part later?",
        "`--set hidden=1024 --set batch_size=256`: where does the time of a step go when the products are larger?",
        "`groundup lab run two-nets --mine` puts your own layers in the place of ours.",
    ]


LAB = Lab(
    name="two-nets",
    title="Two networks, one curve: by hand in NumPy, and in PyTorch",
    covers=("02.11",),
    about="From the same weights, on the same batches: does the network written by hand take the same steps as "
    "PyTorch's, for how long, and at what cost?",
    expects="Losses equal to 1e-4 over the first 100 steps in float64, by rounding alone to about 1e-13; in float32 "
    "curves that part in the end, and the same accuracy.",
    settings=TwoNetsSettings,
    run=run,
    quick={"epochs": 2, "rows": 500, "steps": 200},
    task=task,
)

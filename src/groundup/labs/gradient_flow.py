"""gradient-flow: how large the gradient is in every layer, for several activations, initialisations and depths.

Back through a hidden layer of n units with weights of variance σ², the gradient at the outputs δ of one layer becomes
that of the layer below, and its size is multiplied on average by

    (1)  g = σ √n · rms(φ'),        |δ₁| / |δ_D| ≈ g^(D-1)

    (2)  rms(φ') = √½ for relu;   1 for tanh and ¼ for sigmoid where their inputs are near 0, less elsewhere

Below 1 it vanishes with depth, above 1 it explodes. Eq. 1 is a forecast: the lab measures the left side of its second
part by hooks on a batch (flows.py), before training and in its course, and what each network then learns.
Sources: Glorot and Bengio, AISTATS 2010, section 4.2; He et al., ICCV 2015, section 2.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from rich.console import Console

from groundup.core import Array, expect_positive
from groundup.labs import study
from groundup.labs.blueprint import STARTS, Blueprint, stack
from groundup.labs.few import FewSettings, few_pictures, for_arm
from groundup.labs.flows import Course, Flows, course_of
from groundup.labs.gradient_flow_report import draw, say, tables
from groundup.labs.lab import Figure, Lab, Outcome
from groundup.labs.plots_curves import arms_curves
from groundup.labs.study import Arm
from groundup.labs.task import Task
from groundup.train import Callback, RunFolder

ACTIVATIONS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU"}
PROBE_ROWS = 128
PROBES = 12  # looks at the flow in the course of training, closer together at its beginning


@dataclass(frozen=True)
class GradientFlowSettings(FewSettings):
    """``activations`` and ``starts`` are names with commas between them; ``depths`` counts hidden layers."""

    epochs: int = 6
    rows: int = 2_000
    batch_size: int = 32
    lr: float = 0.01
    width: int = 64
    depths: tuple[int, ...] = (2, 8, 16)
    activations: str = ",".join(ACTIVATIONS)
    starts: str = "small,glorot,he,large,orthogonal"
    depth: int = 2  # this and the next two are set by the conditions
    activation: str = "relu"
    start: str = "he"

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_positive("lab", width=self.width, **{f"depths[{i}]": d for i, d in enumerate(self.depths)})
        for name, known in (("activations", ACTIVATIONS), ("starts", STARTS)):
            unknown = [part for part in getattr(self, name).split(",") if part not in known]
            if unknown:
                raise ValueError(f"lab: expected {name} among {','.join(known)}, got {','.join(unknown)}")
        if max(self.depths) < 2:
            raise ValueError(f"lab: expected a depth of at least 2 hidden layers, got {self.depths}")

    def conditions(self) -> dict[str, "GradientFlowSettings"]:
        """Every activation with every start and depth, by name."""
        names = product(self.activations.split(","), self.starts.split(","), self.depths)
        return {
            f"{activation}, {start}, {depth} layers": replace(self, activation=activation, start=start, depth=depth)
            for activation, start, depth in names
        }


def net(settings: GradientFlowSettings, pixels: int, classes: int) -> Blueprint:
    """``depth`` hidden layers of one width."""
    w, act = settings.width, (ACTIVATIONS[settings.activation],)
    hidden = [part for inputs in [pixels] + [w] * (settings.depth - 1) for part in (("Linear", inputs, w), act)]
    return stack(*hidden, ("Linear", w, classes), start=settings.start)


def probe_steps(last: int) -> tuple[int, ...]:
    """Where training is looked at: the steps from 1 to the last, each about as many times the one before."""
    return tuple(sorted({round(step) for step in np.geomspace(1, last, PROBES)}))


def run(folder: RunFolder, settings: GradientFlowSettings, console: Console) -> Outcome:
    """Every condition in turn, each looked at by hooks; then tables, figures and words."""
    digits = few_pictures(settings, net)
    batches = -(-len(digits.x["train"]) // settings.batch_size)
    rows = slice(0, PROBE_ROWS)
    x, target = digits.x["train"][rows], digits.target["train"][rows]

    def watchers(name: str, arm: RunFolder) -> Sequence[Callback]:
        return [Flows(arm.path / "flow", x, target, probe_steps(settings.epochs * batches))]

    def task(condition: GradientFlowSettings) -> Task:
        return for_arm(digits, condition, net)

    conditions = settings.conditions()
    arms = study.run_arms(folder, conditions, task, console, watchers)
    courses = {name: course_of(arm.folder / "flow") for name, arm in arms.items()}
    return _outcome(folder, settings, digits, arms, courses)


def _outcome(
    folder: RunFolder, settings: GradientFlowSettings, digits: Task, arms: dict[str, Arm], courses: dict[str, Course]
) -> Outcome:
    conditions, deepest = settings.conditions(), max(settings.depths)
    ratios = {name: ratio(course.norms["gradient"][:, 0]) for name, course in courses.items()}
    deep = {name: arm for name, arm in arms.items() if conditions[name].depth == deepest}
    outcome = digits.outcome(study.scores(deep))
    outcome.measures = {
        f"log10 of first to last gradient, {name}": float(np.log10(value))
        for name, value in ratios.items()
        if name in deep
    }
    outcome.facts = {
        "accuracy": {name: arm.accuracy for name, arm in arms.items()},
        "diverged": [name for name, arm in arms.items() if arm.diverged],
        "training_seconds": study.mean_seconds(arms),
    }
    outcome.tables = tables(settings, arms, ratios)
    outcome.figures = draw(settings, arms, courses, ratios, folder.path / "figures")
    say(settings, arms, courses, ratios, outcome)
    return outcome


def ratio(norms: Array) -> float:
    """|δ₁| / |δ_D|, held to where float32 has numbers: 1e-45 for nothing left, 1e38 for more than it can hold."""
    first, last = float(norms[0]), float(norms[-1])
    if not (np.isfinite(first) and np.isfinite(last)):
        return 1e38
    return float(np.clip(first / last, 1e-45, 1e38)) if last > 0 else 1e-45


def together(folders: list[Path], figures: Path) -> list[Figure]:
    """Accuracy of the deepest relu networks over the seeds, by how their weights began."""
    train, val = (study.over_seeds(folders, split, "accuracy") for split in ("train", "val"))
    deepest = max((int(name.split(", ")[2].split()[0]) for name in train), default=0)
    shown = [name for name in train if name.startswith("relu") and name.endswith(f" {deepest} layers")]
    if not shown:
        return []
    val_curves = {name: [curve[1:] for curve in val[name]] for name in shown}  # the first is before any training
    return [arms_curves({name: train[name] for name in shown}, val_curves, figures / "seeds")]


LAB = Lab(
    name="gradient-flow",
    title="Where the gradient goes in a deep network",
    covers=("02.12",),
    about="How large is the gradient that reaches the first layer, by activation, initial weights and depth; "
    "and which of these networks can learn?",
    expects="With small weights the gradient of the first layer vanishes, with large ones that of relu explodes, each "
    "the more the deeper the network; sigmoid loses at least three quarters a layer with Glorot's start. He's start "
    "keeps it level for relu, Glorot's and orthogonal weights for tanh; those learn at every depth.",
    settings=GradientFlowSettings,
    run=run,
    quick={"epochs": 1, "rows": 600, "depths": (2, 8), "activations": "tanh,relu", "starts": "small,he,large"},
    together=together,
)

"""The plan of a sweep: which lab, what varies, what is fixed, how many trials; and its folder.

config.json          the plan; a resumed sweep keeps to it
study.sqlite         Optuna's study, shared by all who work on it
trials/0007/         a run folder a trial: config.json, metrics.jsonl, resume.safetensors, log.txt, result.json
figures/ report.md report.html result.json         written at the end
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from groundup.labs.lab import Lab, Settings
from groundup.labs.runner import find_lab
from groundup.ops.sweep.space import Axis, space_of
from groundup.train import RunError, RunFolder
from groundup.train.folder import differences

SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("median", "halving", "none")
TRIALS = 20


@dataclass(frozen=True)
class Plan:
    """What is searched. ``objective`` is "accuracy" (the higher the better) or "loss", in validation."""

    lab: str
    folder: Path
    trials: int
    space: tuple[Axis, ...]
    fixed: dict[str, str] = field(default_factory=dict)
    quick: bool = False
    sampler: str = "tpe"
    pruner: str = "median"
    objective: str = "accuracy"

    @property
    def seed(self) -> int:
        """Of the search, and of every trial's split, first weights and order."""
        return self.settings({}).seed

    @property
    def higher_is_better(self) -> bool:
        return self.objective == "accuracy"

    def settings(self, params: Mapping[str, Any]) -> Settings:
        """The lab's settings with what a trial tries. Raises ValueError where the lab refuses them."""
        return find_lab(self.lab).configure(quick=self.quick, **{**self.fixed, **params})

    def trial_folder(self, number: int) -> Path:
        return self.folder / "trials" / f"{number:04d}"

    def config(self) -> dict[str, Any]:
        """The plan as config.json has it."""
        return {
            "sweep": self.lab, "trials": self.trials, "quick": self.quick, "sampler": self.sampler,
            "pruner": self.pruner, "objective": self.objective, "fixed": self.fixed,
            "space": {axis.name: asdict(axis) for axis in self.space},
        }  # fmt: skip

    def resume_command(self) -> str:
        """What goes on with it."""
        return f"groundup sweep --resume {self.folder}"


def new_plan(
    name: str, folder: Path, trials: int, fixed: Mapping[str, str], quick: bool, sampler: str, pruner: str
) -> Plan:
    """A plan for a new sweep. Raises LookupError for an unknown lab, ValueError for one that cannot be swept."""
    lab = find_lab(name)
    if lab.task is None:
        raise ValueError(f"sweep: expected a lab that trains one network, got {name}; it has no task to search over")
    for what, value, known in (("--sampler", sampler, SAMPLERS), ("--pruner", pruner, PRUNERS)):
        if value not in known:
            raise ValueError(f"sweep: expected {what} to be one of {', '.join(known)}, got {value!r}")
    settings = lab.configure(quick=quick, **fixed)
    space = space_of(lab, fixed)
    return Plan(
        name, folder, _at_least_one(trials), space, dict(fixed), quick, sampler, pruner, _objective(lab, settings)
    )


def _objective(lab: Lab, settings: Settings) -> str:
    """What can be measured in validation; the data are read once for it."""
    task = lab.task(settings) if lab.task else None
    if task is None or "val" not in task.x:
        raise ValueError(f"sweep: expected a lab with validation rows, got {lab.name}, which has none")
    return "accuracy" if task.measure else "loss"


def read_plan(folder: Path) -> Plan:
    """The plan of a sweep's folder. Raises RunError where there is none."""
    config = RunFolder.config_of(folder)
    if "sweep" not in config:
        raise RunError(f"run folder {folder}: expected a sweep, got a run of the lab {config.get('lab', 'unknown')}")
    space = tuple(Axis(**{**axis, "choices": tuple(axis["choices"])}) for axis in config["space"].values())
    kept = {key: config[key] for key in ("trials", "quick", "sampler", "pruner", "objective", "fixed")}
    return Plan(config["sweep"], folder, space=space, **kept)


def resumed_plan(folder: Path, asked: Mapping[str, Any], trials: int | None) -> Plan:
    """The plan that is there, for more trials if asked. Raises RunError where anything else is asked than before."""
    plan = read_plan(folder)
    had = {key: plan.config()[key] for key in asked}
    different = differences(had, {**had, **{key: value for key, value in asked.items() if value}})
    if different:
        raise RunError(
            f"run folder {folder}: expected what the sweep began with, got {'; '.join(different)}. "
            "Leave these options out, or start a new sweep"
        )
    plan = replace(plan, trials=_at_least_one(plan.trials if trials is None else trials))
    RunFolder(folder).write_json("config.json", plan.config())
    return plan


def _at_least_one(trials: int) -> int:
    if trials < 1:
        raise ValueError(f"sweep: expected --trials of at least 1, got {trials}")
    return trials

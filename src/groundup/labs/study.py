"""Study: one training repeated under several conditions, the *arms*, each in a folder of its own inside the run's.

An arm that is finished is read, not run again, so a study that was killed goes on where it stood. A loss that is no
number ends its arm alone, and is a result: the arm says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from rich.console import Console

from groundup.labs import network, plots
from groundup.labs.network import NetworkSettings
from groundup.labs.task import Task
from groundup.train import Callback, DivergedError, Metric, RunFolder


@dataclass(frozen=True)
class Arm:
    """What one condition came to. ``facts`` has what ``Trained.facts`` says, and "test_accuracy"."""

    name: str
    folder: Path
    metrics: list[Metric]
    facts: dict[str, Any]

    @property
    def diverged(self) -> str:
        """Why it ended without a number; "" where it has one."""
        return str(self.facts.get("diverged", ""))

    @property
    def accuracy(self) -> float:
        """On the test part; 0 where it diverged, for it then says nothing of use."""
        return float(self.facts.get("test_accuracy", 0.0))

    def curve(self, split: str, what: str) -> list[float]:
        """ "loss" or "accuracy" of "train" or "val" by epoch."""
        values: list[float] = plots.by_epoch(self.metrics)[split][what]
        return values


Watchers = Callable[[str, RunFolder], Sequence[Callback]]


def run_arms(
    run: RunFolder,
    arms: Mapping[str, NetworkSettings],
    task: Callable[[Any], Task],
    console: Console,
    watchers: Watchers = lambda name, folder: (),
) -> dict[str, Arm]:
    """Train every arm on ``task(settings)``, and look at its test part once; ``watchers`` gives an arm callbacks."""
    done = {}
    for i, (name, settings) in enumerate(arms.items(), 1):
        folder = run.path / "arms" / slug(name)
        console.print(f"{i} of {len(arms)}: {name}", style="bold", markup=False)
        done[name] = _run_arm(folder, name, settings, task, console, watchers)
    return done


def _run_arm(
    folder: Path,
    name: str,
    settings: NetworkSettings,
    task: Callable[[Any], Task],
    console: Console,
    watchers: Watchers,
) -> Arm:
    config = {"arm": name, "settings": asdict(settings)}
    arm = (RunFolder.resume if (folder / "config.json").is_file() else RunFolder.create)(folder, config)
    if arm.result is None:
        with arm:
            arm.write_json("result.json", _train(arm, name, settings, task(settings), console, watchers))
    return read_arm(folder)


def _train(
    arm: RunFolder, name: str, settings: NetworkSettings, task: Task, console: Console, watchers: Watchers
) -> dict[str, Any]:
    try:
        trained = network.train(arm, settings, task, console, watchers(name, arm))
    except DivergedError as error:
        console.print(f"{name}: {error}", markup=False, soft_wrap=True)
        return {"diverged": str(error)}
    return trained.facts() | {"test_accuracy": trained.accuracy}


def read_arm(folder: Path) -> Arm:
    """A finished arm out of its folder."""
    arm = RunFolder(folder)
    return Arm(RunFolder.config_of(folder)["arm"], folder, arm.metrics(), arm.result or {})


def read_arms(folder: Path) -> dict[str, Arm]:
    """The finished arms of a study in the order in which they were begun."""
    found = sorted((f.parent for f in (folder / "arms").glob("*/config.json")), key=lambda f: _began(f))
    return {arm.name: arm for arm in map(read_arm, found)}


def _began(folder: Path) -> float:
    return (folder / "config.json").stat().st_mtime


def over_seeds(folders: Sequence[Path], split: str, what: str) -> dict[str, list[list[float]]]:
    """A curve a seed, by arm, of a study that was run from several seeds; arms that diverged in any are left out."""
    studies = [read_arms(folder) for folder in folders]
    whole = [name for name in studies[0] if not any(study[name].diverged for study in studies)]
    return {name: [study[name].curve(split, what) for study in studies] for name in whole}


def scores(arms: Mapping[str, Arm]) -> dict[str, float]:
    """Test accuracies for an outcome, the best in validation first: that is the one that one would have chosen."""
    order = sorted(arms.values(), key=lambda arm: -(arm.facts.get("val_accuracy") or 0.0))
    return {arm.name: arm.accuracy for arm in order}


def mean_seconds(arms: Mapping[str, Arm]) -> float:
    """Of training, over the arms that came to their end."""
    taken: list[float] = [arm.facts["training_seconds"] for arm in arms.values() if not arm.diverged]
    return mean(taken or [0.0])


def slug(name: str) -> str:
    """A name as a folder: "Adam, lr 0.001" is adam-lr-0-001."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")

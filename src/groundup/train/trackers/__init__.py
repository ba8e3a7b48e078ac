"""Experiment trackers as callbacks: TensorBoard, Weights & Biases (offline) and MLflow, none of them needed.

    callbacks += tracker("tensorboard,mlflow", run, config)     # after MetricsWriter and Checkpoint
    conclude("tensorboard,mlflow", run, config)                 # when result.json and figures/ are written

How to look at what they recorded: docs/tracking.md.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from groundup.core.suggest import nearest
from groundup.train.folder import RunFolder
from groundup.train.trackers.base import Tracker, failures
from groundup.train.trackers.mlflow import MLflow
from groundup.train.trackers.tensorboard import TensorBoard
from groundup.train.trackers.wandb import WandB

__all__ = ["TRACKERS", "Tracker", "conclude", "failures", "tracker", "tracker_names"]

TRACKERS: dict[str, type[Tracker]] = {kind.name: kind for kind in (TensorBoard, WandB, MLflow)}


def tracker_names(names: str) -> list[str]:
    """ "tensorboard,mlflow" as a list, each once. Raises LookupError for an unknown one, ImportError for a missing one.

    >>> tracker_names("")
    []
    """
    asked = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    for name in asked:
        if name not in TRACKERS:
            raise LookupError(nearest("tracker", name, TRACKERS))
        found = find_spec(name)
        if found is None or found.origin is None:  # a mere folder of that name is a namespace, and no package
            raise ImportError(
                f"tracker {name}: expected the package {name}, found none; "
                "the trackers are an extra: pip install 'groundup[track]'"
            )
    return asked


def tracker(names: str, run: RunFolder, config: Mapping[str, Any]) -> list[Tracker]:
    """The trackers of a run, for the callbacks of its training. Raises what ``tracker_names`` raises."""
    return [TRACKERS[name](run, config) for name in tracker_names(names)]


def conclude(names: str, run: RunFolder, config: Mapping[str, Any]) -> None:
    """Record what the run came to. A run that was not tracked in training is recorded whole, out of metrics.jsonl."""
    for one in tracker(names, run, config):
        one.conclude()

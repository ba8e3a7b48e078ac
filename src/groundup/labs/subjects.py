"""What ``lab compare`` can set side by side: the labs that train one network, and every model of the library."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from groundup.core.suggest import nearest
from groundup.labs.lab import Lab
from groundup.labs.network import NetworkSettings
from groundup.labs.registry import LABS
from groundup.labs.task import Task
from groundup.labs.zoo import MODELS, NOTES

ROWS = 1000  # at most, of a lab that takes as many as it is told


@dataclass(frozen=True)
class Subject:
    """A network with its data and settings, ready to be built twice."""

    name: str
    title: str
    settings: NetworkSettings
    task: Callable[[Any], Task]
    notes: tuple[str, ...] = ()

    def on(self, backend: str) -> NetworkSettings:
        """The settings for one side."""
        return replace(self.settings, backend=backend)

    def plain(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self.settings)


def names() -> list[str]:
    """Labs with a network in NumPy first, then models."""
    return [name for name, lab in LABS.items() if _comparable(lab)] + list(MODELS)


def subject(name: str, **asked: Any) -> Subject:
    """The subject of that name, without what is random and differs: dropout, augmentation, reduced precision.

    Raises LookupError with the nearest name.
    """
    if name not in names():
        if name in LABS:
            raise ValueError(f"lab compare: expected a lab with one network in NumPy, got {name}; try {names()[0]}")
        raise LookupError(nearest("lab or model", name, names()))
    if name in LABS:
        lab = LABS[name]
        settings, title, task = lab.configure(**asked), lab.title, lab.task
    else:
        title, kind, options, task = MODELS[name]
        settings = replace(kind(**options), **{key: value for key, value in asked.items() if value is not None})
    assert isinstance(settings, NetworkSettings)
    assert task is not None
    notes = [NOTES[name]] if name in NOTES else []
    exact = _exact(settings)
    if getattr(exact, "batch_norm", False) and exact.optimiser_options()[0] != "SGD":
        notes.append(
            f"Here it takes steps with momentum. Its own rule, {exact.optimiser}, divides a gradient by its size, and "
            "that of a bias before a batch normalisation is zero but for rounding: the rule would blow rounding up."
        )
        exact = replace(exact, optimiser="momentum", lr=0.01, weight_decay=0.0)
    return Subject(name, title, exact, task, tuple(notes))


def _comparable(lab: Lab) -> bool:
    return lab.task is not None and getattr(lab.settings, "backend", "") == "numpy"


def _exact(settings: NetworkSettings) -> NetworkSettings:
    known = {f.name for f in fields(settings)}
    rows = min(getattr(settings, "rows", 0) or ROWS, ROWS)
    off: dict[str, Any] = {"dropout": 0.0, "augment": "none", "precision": "float32", "threads": 1, "device": "cpu"}
    off["rows"] = rows
    return replace(settings, **{key: value for key, value in off.items() if key in known})

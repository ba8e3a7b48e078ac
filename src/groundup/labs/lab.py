"""What a lab is, what it is asked, and what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from rich.console import Console

from groundup.train import RunFolder


@dataclass(frozen=True)
class Settings:
    """What can be asked of every lab; a lab adds its own. The seed decides split, initial weights and order."""

    seed: int = 0
    epochs: int = 10

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"lab: expected a seed of at least 0, got {self.seed}")
        if self.epochs < 1:
            raise ValueError(f"lab: expected at least 1 epoch, got {self.epochs}")

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose: drawing more for one changes nothing in another."""
        return np.random.default_rng([self.seed, *purpose.encode()])


@dataclass(frozen=True)
class Figure:
    """A figure in the run's folder and the sentence under it."""

    stem: str
    caption: str


@dataclass
class Outcome:
    """What one run came to. ``scores`` is test accuracy by who reached it, the lab's own model first."""

    dataset: str
    source: str
    stand_in: bool
    sizes: dict[str, int]
    scores: dict[str, float]
    facts: dict[str, Any] = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    further: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lab:
    """An experiment: the question, what to expect, and the function that runs it into a run folder."""

    name: str
    title: str
    covers: tuple[str, ...]
    about: str
    expects: str
    settings: type[Settings]
    run: Callable[[RunFolder, Any, Console], Outcome]
    quick: dict[str, Any] = field(default_factory=dict)
    task: Callable[[Any], Any] | None = None  # its data and loss, for a lab whose network PyTorch can train beside it

    def configure(self, *, quick: bool = False, **asked: Any) -> Settings:
        """Defaults, then those of a quick run, then what was asked. Raises ValueError for what the lab has not."""
        given = {key: value for key, value in asked.items() if value is not None}
        known = [f.name for f in fields(self.settings)]
        unknown = [key for key in given if key not in known]
        if unknown:
            names = ", ".join("--" + key.replace("_", "-") for key in unknown)
            raise ValueError(
                f"lab {self.name}: expected settings among {', '.join(known)}, got {names}; this lab has none"
            )
        return replace(self.settings(), **({**self.quick, **given} if quick else given))


def percent(value: float) -> str:
    """A share as people write it: "93.4 %"."""
    return f"{100 * value:.1f} %"

"""What a lab is, what it is asked, and what it comes to."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

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
    """What one run came to.

    ``scores`` is test accuracy by who reached it, the lab's own model first; none in a lab that trains nothing.
    ``measures`` are other numbers worth a mean and a spread over seeds. ``tables`` are Markdown, in the report as is.
    """

    dataset: str
    source: str
    stand_in: bool
    sizes: dict[str, int]
    scores: dict[str, float] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    happened: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    further: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lab:
    """An experiment: the question, what to expect, and the function that runs it into a run folder.

    ``together`` draws what several seeds of it show, out of their run folders, into a folder of figures.
    ``recipes`` are named sets of settings, chosen by ``--recipe``. ``space`` is what a sweep may vary: for each setting
    a list of choices, or (low, high), or (low, high, "log").
    """

    name: str
    title: str
    covers: tuple[str, ...]
    about: str
    expects: str
    settings: type[Settings]
    run: Callable[[RunFolder, Any, Console], Outcome]
    quick: dict[str, Any] = field(default_factory=dict)
    task: Callable[[Any], Any] | None = None  # data, network and loss, for a lab that trains one network
    together: Callable[[list[Path], Path], list[Figure]] | None = None
    recipes: dict[str, dict[str, Any]] = field(default_factory=dict)
    space: dict[str, Any] = field(default_factory=dict)

    def configure(self, *, quick: bool = False, recipe: str | None = None, **asked: Any) -> Settings:
        """Defaults, then the recipe's, then those of a quick run, then what was asked.

        A value may come as text, as from a command line. Raises ValueError for what the lab has not.
        """
        if recipe is not None and recipe not in self.recipes:
            names = ", ".join(self.recipes) or "none"
            raise ValueError(f"lab {self.name}: expected a recipe among {names}, got {recipe!r}")
        kinds = get_type_hints(self.settings)
        given = {key: _read(self.name, key, value, kinds.get(key)) for key, value in asked.items() if value is not None}
        known = [f.name for f in fields(self.settings)]
        unknown = [key for key in given if key not in known]
        if unknown:
            names = ", ".join("--" + key.replace("_", "-") for key in unknown)
            raise ValueError(
                f"lab {self.name}: expected settings among {', '.join(known)}, got {names}; this lab has none"
            )
        chosen = self.recipes[recipe] if recipe else {}
        return replace(self.settings(), **{**chosen, **(self.quick if quick else {}), **given})


def _read(lab: str, name: str, value: Any, kind: Any) -> Any:
    """A setting given as text, as what it is: "0.1" for a float, "32,64" for numbers, "true" for a choice of two."""
    if not isinstance(value, str) or kind is str:
        return tuple(value) if isinstance(value, list) else value  # JSON has no tuples
    try:
        if kind is bool:
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[value.lower()]
        if kind in (int, float):
            return kind(value)
        return tuple(int(part) for part in value.split(","))
    except (ValueError, KeyError) as error:
        what = kind.__name__ if isinstance(kind, type) else "numbers with commas between them"
        raise ValueError(f"lab {lab}: expected {name} to be {what}, got {value!r}") from error


def percent(value: float) -> str:
    """A share as people write it: "93.4 %"."""
    return f"{100 * value:.1f} %"

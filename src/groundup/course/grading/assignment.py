"""class.toml: what a class is set, what each part is worth, and the seeds that it is graded with.

    title = "Week 2"        id = "week-2"       pass_mark = 70      seeds = [...]

    [[section]]             title, weight (all weights make 100), exercises
    [[section.hand]]        id, title, points: a part that a person marks

A section's percentage is of the points of its exercises and of its hand-marked parts. A checkpoint is passed at the
pass mark in every section. The seeds are drawn once: everyone gets the same numbers, and so does a second grading.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from groundup.core.suggest import nearest
from groundup.course.exercise import Exercise, Text
from groundup.course.handout import place_of
from groundup.course.manifest import load_course

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Points = Annotated[Decimal, Field(gt=0, le=1000, decimal_places=2)]


class ClassError(ValueError):
    """Something of a class is not as it should be; the message says what, in one sentence."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HandPart(_Strict):
    """A part that a person marks."""

    id: Slug
    title: Text
    points: Points


class Section(_Strict):
    """A part of the assignment that has to be passed by itself."""

    title: Text
    weight: Points
    exercises: list[Text] = []
    hand: list[HandPart] = []

    @model_validator(mode="after")
    def _not_empty(self) -> "Section":
        if not self.exercises and not self.hand:
            raise ValueError(f"the section {self.title!r} has neither exercises nor hand-marked parts")
        return self


class Plan(_Strict):
    """class.toml as its author wrote it."""

    title: Text
    id: Slug
    due: str = ""
    pass_mark: Annotated[Decimal, Field(gt=0, le=100)] = Decimal(70)
    seeds: Annotated[list[Annotated[int, Field(ge=0, lt=2**31)]], Field(min_length=1, max_length=20)]
    section: Annotated[list[Section], Field(min_length=1)]

    @model_validator(mode="after")
    def _adds_up(self) -> "Plan":
        weights = sum(section.weight for section in self.section)
        if weights != 100:
            raise ValueError(f"the weights of the sections make {weights}, not 100")
        for what, ids in {
            "section": [s.title for s in self.section],
            "exercise": [e for s in self.section for e in s.exercises],
            "hand-marked part": [h.id for s in self.section for h in s.hand],
            "seed": [str(seed) for seed in self.seeds],
        }.items():
            twice = next((name for name in ids if ids.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"the {what} {twice!r} is there twice")
        return self


@dataclass(frozen=True)
class Assignment:
    """A plan in its class folder, with the exercises that it names."""

    folder: Path
    plan: Plan

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """In the order of class.toml."""
        by_id = load_course().exercise_by_id
        return tuple(by_id[name] for section in self.plan.section for name in section.exercises)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files that a learner hands in, as paths in the workspace."""
        return tuple(dict.fromkeys(place_of(exercise) for exercise in self.exercises))

    @property
    def submissions(self) -> Path:
        return self.folder / "submissions"

    def hand_parts(self) -> Iterator[HandPart]:
        """Every part that a person marks."""
        return (part for section in self.plan.section for part in section.hand)

    def learners(self) -> list[str]:
        """Everyone who handed something in, by name."""
        if not self.submissions.is_dir():
            return []
        return sorted(p.name for p in self.submissions.iterdir() if p.is_dir() and not p.name.startswith("."))


def find_class(start: Path | None = None) -> Assignment:
    """The class of this folder or of one around it. Raises ClassError."""
    here = (start or Path.cwd()).resolve()
    for folder in [here, *here.parents] if start is None else [here]:
        if (folder / "class.toml").is_file():
            return read_class(folder)
    raise ClassError(f"groundup class: expected a class.toml in {here}, found none; `groundup class assign` makes one")


def read_class(folder: Path) -> Assignment:
    """Read and validate a class.toml. Raises ClassError that names the file and each fault."""
    path = folder / "class.toml"
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        plan = Plan.model_validate(raw)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ClassError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(": ".join(filter(None, [".".join(map(str, e["loc"])), e["msg"]])) for e in error.errors())
        raise ClassError(f"{path}: {faults}") from error
    by_id = load_course().exercise_by_id
    for name in (name for section in plan.section for name in section.exercises):
        if name not in by_id:
            raise ClassError(f"{path}: {nearest('exercise', name, by_id)}")
    return Assignment(folder, plan)

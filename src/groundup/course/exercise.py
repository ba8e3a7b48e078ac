"""exercise.toml as typed values: what is blanked, how it is checked, what is said to one who is stuck.

kinds of exercise
    write     functions of the concept's own file are blanked
    predict   questions about shapes and values, answered before anything runs
    repair    a training run that is sick: a healthy file of the concept with some lines exchanged
    test      the learner writes the checks; they are graded by how many planted bugs they catch
    speed     a function that is right and slow has to become fast: right, then within a ratio of ours
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Text = Annotated[str, Field(min_length=1)]


class ManifestError(ValueError):
    """A course file is not as it should be; the message says which file and where in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Case(_Strict):
    """One thing tried. Either the layer form (``layer``, ``args``, ``x``) or steps (``do``)."""

    name: Text
    layer: str | None = None
    args: dict[str, Any] = {}
    x: dict[str, Any] | None = None
    repeat: int = 1
    gradcheck: bool = False
    training: bool = True
    dtype: str = "float64"
    do: list[dict[str, Any]] = []
    observe: list[Text] = ["y"]
    mutates: list[str] = []
    rtol: float | None = None
    at_least: dict[str, float] = {}  # results that have a bound in place of a value: a training run has no other
    at_most: dict[str, float] = {}
    says: str = ""  # what a result beyond its bound tells
    timed: bool = False  # of a speed exercise: the case whose time is taken

    @property
    def bounded(self) -> bool:
        """Whether it is a training run, whose results have bounds."""
        return bool(self.at_least or self.at_most)

    @property
    def has_draws(self) -> bool:
        """Whether some of its numbers are drawn anew in each check."""
        return any(f"'{kind}'" in repr((self.x, self.do)) for kind in ("normal", "integers", "uniform", "labels"))

    @model_validator(mode="after")
    def _one_form(self) -> "Case":
        if (self.layer is None) == (not self.do):
            raise ValueError("a case has either layer = ... or do = [...]")
        if self.layer is not None and self.x is None:
            raise ValueError("a case with layer = ... needs x = { ... }")
        if self.gradcheck and self.repeat > 1:
            raise ValueError("a case with gradcheck has one backward: repeat adds up the gradients of several")
        return self


class Swap(_Strict):
    """Lines that stand in place of others, once in the file."""

    old: Text
    new: str
    how: str = ""


class WrongAnswer(_Strict):
    """An answer that people give, as an expression, and what is said to them."""

    answer: Text
    says: Text


class Question(_Strict):
    """One thing to predict. ``ask`` and the expressions may use the drawn names; ``ask`` holds them as {name}."""

    ask: Text
    answer: Text
    draw: dict[str, Annotated[list[Any], Field(min_length=1)]] = {}
    wrong: list[WrongAnswer] = []
    rtol: float = 0.01


class ExerciseSpec(_Strict):
    """One exercise as its author wrote it."""

    kind: Literal["write", "predict", "repair", "test", "speed"] = "write"
    file: Annotated[str, Field(pattern=r"^([a-z0-9_]+\.py)?$")] = ""  # in the concept's folder; else its own file

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    functions: list[Text] = []
    points: Annotated[int, Field(ge=1)]
    minutes: Annotated[int, Field(ge=1)]
    hints: Annotated[list[Text], Field(min_length=3, max_length=3)]
    seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    taps: list[Text] = []  # local names whose values are compared, in the order they are computed
    case: list[Case] = []
    sick: list[Swap] = []  # repair: what made it ill, all of it to be found
    cure: list[Swap] = []  # repair: other right ways to mend it, for the audit
    question: list[Question] = []
    subject: str = ""  # test: the function or class that the learner's checks are given
    catch: Annotated[float, Field(gt=0, le=1)] = 0.8  # test: the part of the planted bugs to be caught
    ratio: Annotated[float, Field(gt=1)] = 3.0  # speed: at most so many times the time of ours

    @model_validator(mode="after")
    def _what_the_kind_needs(self) -> "ExerciseSpec":
        needs: dict[str, dict[str, Any]] = {
            "write": {"functions": self.functions, "case": self.case},
            "predict": {"question": self.question},
            "repair": {"file": self.file, "functions": self.functions, "case": self.case, "sick": self.sick},
            "test": {"file": self.file, "functions": self.functions, "subject": self.subject},
            "speed": {"file": self.file, "functions": self.functions, "case": any(c.timed for c in self.case)},
        }
        missing = [name for name, given in needs[self.kind].items() if not given]
        if missing:
            raise ValueError(f"an exercise of kind {self.kind} needs {', '.join(missing)}")
        return self


class _File(_Strict):
    covers: list[str]
    part: dict[str, str] = {}  # curriculum id -> what is still missing of it
    exercise: Annotated[list[ExerciseSpec], Field(min_length=1)]


@dataclass(frozen=True)
class Exercise:
    """An exercise in its place: the concept it belongs to, and the library file that is its solution."""

    id: str
    concept: str
    module: str
    file: Path
    spec: ExerciseSpec

    @property
    def kind(self) -> str:
        return self.spec.kind

    @property
    def title(self) -> str:
        return self.spec.title

    @property
    def functions(self) -> list[str]:
        return self.spec.functions

    @property
    def points(self) -> int:
        return self.spec.points


@dataclass(frozen=True)
class ExerciseFile:
    """What one exercise.toml says."""

    covers: tuple[str, ...]
    part: dict[str, str]
    specs: tuple[ExerciseSpec, ...]


def read_exercises(path: Path) -> ExerciseFile:
    """Read and validate an exercise.toml. Raises ManifestError naming the file and each fault."""
    try:
        parsed = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ManifestError(f"{path}: {faults}") from error
    return ExerciseFile(tuple(parsed.covers), parsed.part, tuple(parsed.exercise))

"""exercise.toml as typed values: what is blanked, how it is checked, what is said to one who is stuck."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

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

    @model_validator(mode="after")
    def _one_form(self) -> "Case":
        if (self.layer is None) == (not self.do):
            raise ValueError("a case has either layer = ... or do = [...]")
        if self.layer is not None and self.x is None:
            raise ValueError("a case with layer = ... needs x = { ... }")
        if self.gradcheck and self.repeat > 1:
            raise ValueError("a case with gradcheck has one backward: repeat adds up the gradients of several")
        return self


class ExerciseSpec(_Strict):
    """One exercise as its author wrote it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    functions: Annotated[list[Text], Field(min_length=1)]
    points: Annotated[int, Field(ge=1)]
    minutes: Annotated[int, Field(ge=1)]
    hints: Annotated[list[Text], Field(min_length=3, max_length=3)]
    seconds: Annotated[float, Field(gt=0, le=30)] = 5.0
    taps: list[Text] = []  # local names whose values are compared, in the order they are computed
    case: Annotated[list[Case], Field(min_length=1)]


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

"""The course in order: course.toml, and the concept folders it names."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from groundup.course.exercise import Exercise, ExerciseFile, ExerciseSpec, ManifestError, read_exercises

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Concept:
    """A folder that holds all there is to know about one idea: ``nn/linear``."""

    path: str

    @property
    def slug(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> Path:
        return PACKAGE / self.path

    @property
    def package(self) -> str:
        return f"groundup.{self.path.replace('/', '.')}"

    @property
    def module(self) -> str:
        """The module that a learner's file takes the place of."""
        return f"{self.package}.{self.slug}"

    @property
    def file(self) -> Path:
        return self.folder / f"{self.slug}.py"

    @property
    def lesson(self) -> Path:
        return self.folder / "lesson.md"

    @property
    def test(self) -> Path:
        return self.folder / f"test_{self.slug}.py"

    @cached_property
    def title(self) -> str:
        """The heading of the lesson."""
        with self.lesson.open(encoding="utf-8") as lines:
            return next((line[2:].strip() for line in lines if line.startswith("# ")), self.slug)

    @cached_property
    def exercise_file(self) -> ExerciseFile:
        return read_exercises(self.folder / "exercise.toml")

    @property
    def covers(self) -> tuple[str, ...]:
        return self.exercise_file.covers

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        return tuple(self._exercise(spec) for spec in self.exercise_file.specs)

    def _exercise(self, spec: ExerciseSpec) -> Exercise:
        file = self.folder / spec.file if spec.file else self.file
        if not file.is_file():
            raise ManifestError(f"{self.folder / 'exercise.toml'}: {spec.id} names {spec.file}, but there is no {file}")
        return Exercise(spec.id, self.slug, f"{self.package}.{file.stem}", file, spec)

    @property
    def functions(self) -> list[str]:
        """Every function of the concept's own file that some exercise blanks, in the order of the exercises."""
        return list(dict.fromkeys(name for e in self.exercises if e.kind == "write" for name in e.functions))

    def anatomy(self) -> dict[str, Path]:
        """Every file of the concept by what it is for."""
        names = {"library": self.file.name, "twin": "torch_twin.py", "lesson": "lesson.md", "exercise": "exercise.toml"}
        names |= {"misconceptions": "misconceptions.py", "tests": self.test.name, "exports": "__init__.py"}
        return {what: self.folder / name for what, name in names.items()}


@dataclass(frozen=True)
class Unit:
    """A stretch of the course."""

    id: str
    title: str
    objectives: tuple[str, ...]
    prerequisites: tuple[str, ...]
    hours: float
    concepts: tuple[str, ...]
    labs: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """Where a requirement that no concept or lab answers is met, and what of it is still missing."""

    paths: tuple[str, ...]
    missing: str = ""


@dataclass(frozen=True)
class Course:
    units: tuple[Unit, ...]
    concepts: dict[str, Concept]  # by slug, in the order of the course
    answers: dict[str, Answer]  # by curriculum id

    def exercises(self) -> Iterator[Exercise]:
        """Every exercise in the order of the course."""
        for concept in self.concepts.values():
            yield from concept.exercises

    @cached_property
    def exercise_by_id(self) -> dict[str, Exercise]:
        return {exercise.id: exercise for exercise in self.exercises()}

    def names(self) -> list[str]:
        """Everything a learner can name: concepts by slug and by path, then exercises."""
        return [*self.concepts, *(c.path for c in self.concepts.values()), *self.exercise_by_id]

    def exercise(self, name: str) -> Exercise | None:
        """The exercise of that name; only its own concept is read in full."""
        for concept in self.concepts.values():
            if f'"{name}"' in (concept.folder / "exercise.toml").read_text(encoding="utf-8"):
                found = next((e for e in concept.exercises if e.id == name), None)
                if found:
                    return found
        return None

    def concept(self, name: str) -> Concept | None:
        """The concept of that slug, path or exercise; None when there is none."""
        known = self.concepts.get(name) or next((c for c in self.concepts.values() if c.path == name), None)
        exercise = None if known else self.exercise(name)
        return self.concepts[exercise.concept] if exercise else known


def _course_file() -> Path:
    """course.toml at the root of the repository; inside the package when it was installed from a wheel."""
    packaged = PACKAGE / "course.toml"
    return packaged if packaged.is_file() else PACKAGE.parents[1] / "course.toml"


@cache
def load_course() -> Course:
    """Read course.toml. Raises ManifestError for what it names and is not there, and for a name used twice."""
    path = _course_file()
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    units = tuple(_unit(path, raw) for raw in data["unit"])
    concepts: dict[str, Concept] = {}
    for name in (name for unit in units for name in unit.concepts):
        concept = Concept(name)
        if not concept.file.is_file():
            raise ManifestError(f"{path}: names the concept {name}, but there is no {concept.file}")
        if concept.slug in concepts:
            raise ManifestError(f"{path}: two concepts are called {concept.slug}")
        concepts[concept.slug] = concept
    answers = {key: Answer(tuple(raw["paths"]), raw.get("missing", "")) for key, raw in data.get("answers", {}).items()}
    return Course(units, concepts, answers)


def _unit(path: Path, raw: dict[str, Any]) -> Unit:
    try:
        lists = {key: tuple(raw[key]) for key in ("objectives", "prerequisites", "concepts", "labs")}
        return Unit(id=raw["id"], title=raw["title"], hours=float(raw["hours"]), **lists)
    except KeyError as missing:
        raise ManifestError(f"{path}: unit {raw.get('id', '?')} has no {missing}") from missing

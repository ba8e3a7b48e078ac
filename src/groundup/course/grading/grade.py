"""Grading a class in parallel. Each result goes into the record as it comes, and what is there is not run again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.grading.assignment import Assignment, ClassError
from groundup.course.grading.container import expect_running, find_engine, grade_in_container
from groundup.course.grading.record import Key, Record, Result, course_version, sha256
from groundup.course.grading.worker import grade_source
from groundup.course.handout import place_of

Engine = Literal["processes", "ray"]
Sandbox = Literal["process", "container"]
IMAGE = "groundup"
IDLE_SECONDS = 20  # after which a worker ends whose parent was killed


@dataclass
class Graded:
    """What a grading did: how many were run, how many stood in the record, and what could not be graded."""

    run: int = 0
    known: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def keys(assignment: Assignment, learner: str) -> dict[str, Key]:
    """What decides each result of a learner, by exercise; no key where the file was not handed in."""
    seeds, found = tuple(assignment.plan.seeds), {}
    for exercise in assignment.exercises:
        file = _file(assignment, learner, place_of(exercise))
        if file.is_file():
            found[exercise.id] = Key(learner, exercise.id, sha256(file.read_bytes()), course_version(), seeds)
    return found


def results(assignment: Assignment, record: Record) -> dict[str, dict[str, Result | None]]:
    """By learner, each exercise's result as the record has it; None where it is not graded yet."""
    known = record.results(course_version(), tuple(assignment.plan.seeds))
    found: dict[str, dict[str, Result | None]] = {}
    for learner in assignment.learners():
        own = keys(assignment, learner)
        found[learner] = {
            e.id: known.get(own[e.id]) if e.id in own else _absent(assignment, learner, e) for e in assignment.exercises
        }
    return found


def _absent(assignment: Assignment, learner: str, exercise: Exercise) -> Result:
    """The result where there is no file: nothing needs to run to know it."""
    verdict = Verdict(exercise.id, "missing", f"{place_of(exercise)} was not handed in.")
    key = Key(learner, exercise.id, "", course_version(), tuple(assignment.plan.seeds))
    return Result(key, (verdict.to_json(),), "")


def grade(
    assignment: Assignment, record: Record, *, jobs: int = -1, engine: Engine = "processes",
    sandbox: Sandbox = "process", image: str = IMAGE, progress: Callable[[int, int], None] = lambda done, of: None,
) -> Graded:  # fmt: skip
    """Grade what is not in the record. ``progress`` hears how many are done, of how many."""
    known = record.results(course_version(), tuple(assignment.plan.seeds))
    every = [key for learner in assignment.learners() for key in keys(assignment, learner).values()]
    waiting = [key for key in every if key not in known]
    graded = Graded(known=len(every) - len(waiting))
    container = _container(image) if sandbox == "container" else None
    progress(graded.known, len(every))
    for key, verdicts, error in _run(engine, jobs, _sources(assignment, waiting), container):
        if error:
            graded.failed[f"{key.learner}, {key.exercise}"] = error
        else:
            record.keep(key, verdicts)
            graded.run += 1
        progress(graded.known + graded.run + len(graded.failed), len(every))
    return graded


def _run(
    engine: Engine, jobs: int, sources: Iterator[tuple[Key, bytes]], container: tuple[str, str] | None
) -> Iterator[tuple[Key, list[dict[str, Any]], str]]:
    """Each result as it comes; Ray's backend gives none before all of a call are there, so it is called in rounds."""
    from joblib import Parallel, delayed, effective_n_jobs

    tasks = (delayed(_grade)(key, source, container) for key, source in sources)
    with _on(engine, jobs):
        if engine == "processes":
            yield from Parallel(return_as="generator_unordered", batch_size=1)(tasks)
            return
        size = 2 * effective_n_jobs(jobs)
        with Parallel(batch_size=1) as parallel:
            while round_ := list(islice(tasks, size)):
                yield from parallel(round_)


def _sources(assignment: Assignment, waiting: list[Key]) -> Iterator[tuple[Key, bytes]]:
    places = {e.id: place_of(e) for e in assignment.exercises}
    for key in waiting:
        source = _file(assignment, key.learner, places[key.exercise]).read_bytes()
        if sha256(source) != key.source:
            raise ClassError(f"{places[key.exercise]} of {key.learner} changed while it was graded; grade again")
        yield key, source


def _file(assignment: Assignment, learner: str, place: str) -> Path:
    return assignment.submissions / learner / place


def _container(image: str) -> tuple[str, str]:
    engine = find_engine()
    expect_running(engine, image)
    return engine, image


def _grade(key: Key, source: bytes, container: tuple[str, str] | None) -> tuple[Key, list[dict[str, Any]], str]:
    """In a worker: the verdicts, or what went wrong that is not the learner's doing."""
    try:
        if container is None:
            return key, grade_source(key.exercise, source, key.seeds), ""
        return key, grade_in_container(*container, key.exercise, source, key.seeds), ""
    except Exception as error:  # one that cannot be graded must not stop the others; it is told at the end
        return key, [], f"{type(error).__name__}: {error}"


def _on(engine: Engine, jobs: int) -> AbstractContextManager[Any]:
    """joblib's settings for this engine. Raises ClassError where Ray is not installed."""
    if engine == "processes":
        return _settings("loky", n_jobs=jobs, idle_worker_timeout=IDLE_SECONDS)
    try:
        register = import_module("ray.util.joblib").register_ray
    except ImportError as error:
        raise ClassError(
            "groundup class grade: --engine ray needs Ray, which is not installed; pip install 'groundup[scale]'"
        ) from error
    register()
    ray = import_module("ray")
    if not ray.is_initialized():  # RAY_ADDRESS names a cluster; else one is started on this machine
        ray.init(log_to_driver=False)
    return _settings("ray", n_jobs=jobs)


def _settings(backend: str, **more: int) -> AbstractContextManager[Any]:
    from joblib import parallel_config

    settings: AbstractContextManager[Any] = parallel_config(backend, **more)
    return settings

"""The parent's side of a check: have the child started, bound it, and read back plain arrays.

The child gets a scratch folder, its own process group, a wall-clock limit, and a cap on what it may print and write.
What it leaves is read as data only: JSON of strings and numbers, and .npy files whose header must agree with their
size.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import groundup
from groundup.course.check.kit import kit_for
from groundup.course.check.launch import run_in_child
from groundup.course.check.plan import AnyArray
from groundup.course.check.prepare import Prepared


@dataclass
class CaseResult:
    """What the child left of one case."""

    results: dict[str, AnyArray] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)  # results that were no arrays, and what they were
    error: dict[str, Any] | None = None
    what: str = ""
    changed: list[int] = field(default_factory=list)
    taps: dict[str, AnyArray] = field(default_factory=dict)
    passes: int = 0


@dataclass
class Outcome:
    """How the child ended: ``ended`` is "ok", "timeout", "output", "disk" or "died"."""

    ended: str
    output: str
    returncode: int
    cpu: float = 0.0  # seconds of processor time
    load_error: dict[str, Any] | None = None
    tried: list[str] = field(default_factory=list)  # what the guard stopped
    cases: list[CaseResult] = field(default_factory=list)
    complaints: list[dict[str, Any] | None] = field(default_factory=list)  # of the learner's checks, one a candidate


@dataclass(frozen=True)
class Candidate:
    """What the learner's checks are tried on: ``subject`` of a module, with the answer of that name in it."""

    module: str
    subject: str
    answers: str  # the module of the misconception or variant; "" for the library's own
    name: str


@dataclass(frozen=True)
class Job:
    """What the child is to run: a file in place of a module, and the taps to set in these functions of it."""

    file: Path
    module: str
    functions: Sequence[str]
    seconds: float
    taps: Sequence[str] = ()
    kind: str = "write"  # of the exercise: what may be imported depends on it


def run_child(job: Job, cases: list[Prepared], *, times: int = 1) -> Outcome:
    """Run a learner's file on prepared cases, each so many times. Never raises for what the file does."""
    with _scratch() as folder:
        sent = []
        for i, case in enumerate(cases):
            names = [f"input-{i}-{k}.npy" for k in range(len(case.arrays))]
            for name, array in zip(names, case.arrays, strict=True):
                np.save(folder / name, array, allow_pickle=False)
            sent.append({"steps": case.steps, "arrays": names, "observe": case.observe})
        return _run(folder, job, {"cases": sent, "times": times}, cases)


def run_candidates(job: Job, candidates: list[Candidate]) -> Outcome:
    """Run the checks of a learner's file on each candidate."""
    with _scratch() as folder:
        return _run(folder, job, {"cases": [], "candidates": [vars(c) for c in candidates]}, [])


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="groundup-check-")).resolve()
    try:
        (folder / "scratch").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path, job: Job, more: dict[str, Any], cases: list[Prepared]) -> Outcome:
    request = {
        "file": str(job.file.resolve()), "module": job.module, "functions": list(job.functions), "seconds": job.seconds,
        "taps": list(job.taps), "kit": str(kit_for(job.module, job.kind)),
        "hidden": [str(Path(groundup.__file__).resolve().parent)], **more,
    }  # fmt: skip
    (folder / "request.json").write_text(json.dumps(request))
    ended = run_in_child(folder, job.seconds)
    outcome = Outcome(ended.how, ended.output, ended.returncode, ended.cpu)
    if ended.how == "ok":
        _read_result(folder, job, cases, outcome)
    return outcome


def _read_result(folder: Path, job: Job, cases: list[Prepared], outcome: Outcome) -> None:
    """Read result.json and the arrays it names; anything malformed makes the outcome "died"."""
    try:
        report = json.loads(_text(folder / "result.json"))
        outcome.load_error = report.get("load_error")
        outcome.tried = [str(what) for what in report.get("tried", [])]
        outcome.complaints = [dict(raw) if raw else None for raw in report.get("complaints", [])]
        outcome.cases = [
            _read_case(folder, job, i, case, report) for i, case in enumerate(cases[: len(report["cases"])])
        ]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        outcome.ended, outcome.output = "died", f"{outcome.output}\n(the result could not be read: {error})"


def _read_case(folder: Path, job: Job, i: int, case: Prepared, report: dict[str, Any]) -> CaseResult:
    raw = report["cases"][i]
    result = CaseResult(
        odd=dict(raw["odd"]), error=raw.get("error"), what=str(raw.get("what", "")), changed=raw["changed"],
        passes=int(raw.get("passes", 0)),
    )  # fmt: skip
    for k, name in enumerate(case.observe):
        if name in raw["results"]:
            result.results[name] = read_array(folder / f"result-{i}-{k}.npy")
    for k, name in enumerate(job.taps):
        if (folder / f"tap-{i}-{k}.npy").exists():
            result.taps[name] = read_array(folder / f"tap-{i}-{k}.npy")
    return result


def _text(path: Path) -> str:
    """A small regular file of the child's; a link or a pipe put in its place is refused. Raises ValueError, OSError."""
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)), "rb") as f:
        data = f.read(16 * 1024 * 1024)
    return data.decode("utf-8")


def read_array(path: Path) -> AnyArray:
    """A .npy file of plain numbers whose header agrees with its size. Raises ValueError, OSError."""
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name}: not a regular file")
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"{path.name}: .npy version {version}")
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        size = path.stat().st_size - file.tell()
    if dtype.kind not in "fiub" or int(np.prod(shape, dtype=object)) * dtype.itemsize != size:
        raise ValueError(f"{path.name}: header says {shape} of {dtype}, the file holds {size} bytes")
    array: AnyArray = np.load(path, allow_pickle=False)
    return array

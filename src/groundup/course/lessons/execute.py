"""The parent's side of running a lesson: start the child, bound it, read what its cells printed and drew.

The cells are the course's own code, so the child is bounded in time and kept apart, not distrusted. One BLAS thread:
the same numbers on every run.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from groundup.course.lessons.parse import Document, LessonError

SECONDS = 60.0  # for a whole lesson, on a slow machine
OUTPUT_CHARACTERS = 6000  # more than a reader reads


@dataclass(frozen=True)
class CellResult:
    """What one cell printed and drew; ``missing`` names the libraries for want of which it was left out."""

    output: str
    figures: list[str]
    seconds: float
    missing: list[str]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def execute(document: Document, seconds: float = SECONDS) -> list[CellResult]:
    """Run every cell of a lesson in one child. Raises LessonError at the line that failed."""
    with tempfile.TemporaryDirectory(prefix="groundup-lesson-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "scratch").mkdir()
        request = {"path": str(document.path), "cells": _cells(document)}
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run(document, folder, seconds)
        raw = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return [_result(document, i, cell) for i, cell in enumerate(raw)]


def _cells(document: Document) -> list[dict[str, Any]]:
    return [
        {"line": c.line, "source": c.body, "needs": c.options.get("needs", "").split(), "warns": "warns" in c.options}
        for c in document.cells
    ]


def _run(document: Document, folder: Path, seconds: float) -> None:
    command = [sys.executable, "-X", "utf8", "-m", "groundup.course.lessons.child", str(folder)]
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = os.environ | threads | {"MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"}
    with (folder / "stderr").open("wb") as stderr:
        try:
            done = subprocess.run(
                command, cwd=folder / "scratch", env=environment, timeout=seconds,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            line = _current(document, folder)
            raise LessonError(document.path, line, f"the cell had not ended when {seconds:g} s were up") from None
    if done.returncode:
        said = (folder / "stderr").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = said[-1] if said else "it said nothing"
        raise LessonError(
            document.path, _current(document, folder), f"the cell ended Python (status {done.returncode}): {reason}"
        )


def _current(document: Document, folder: Path) -> int:
    """The line of the cell that the child was in."""
    file = folder / "current"
    return document.cells[int(file.read_text())].line if file.is_file() else 1


def _result(document: Document, index: int, raw: dict[str, Any]) -> CellResult:
    cell = document.cells[index]
    if raw["error"]:
        error = LessonError(document.path, raw["error"]["line"], f"the cell raised {raw['error']['says']}")
        error.add_note(raw["error"]["trace"])
        raise error
    if len(raw["output"]) > OUTPUT_CHARACTERS:
        says = f"the cell prints {len(raw['output'])} characters; {OUTPUT_CHARACTERS} are more than is read"
        raise LessonError(document.path, cell.line, says)
    if raw["figures"] and not cell.options.get("caption"):
        raise LessonError(document.path, cell.line, "the cell draws a figure but has no :caption: to say what it shows")
    return CellResult(raw["output"], raw["figures"], raw["seconds"], raw["missing"])

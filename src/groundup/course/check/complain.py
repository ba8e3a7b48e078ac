"""What went wrong, as plain strings; and what a learner's checks say of one candidate."""

import importlib
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundup.core import Misconception
from groundup.course.check.replace import replaced


def explain(error: BaseException, file: Path) -> dict[str, Any]:
    """An exception as plain strings: type, message, the last line of the learner's file it passed, and the trace."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(file)]
    line = own[-1].lineno if own else None
    where = [f'  File "{file.name}", line {f.lineno}, in {f.name}\n    {f.line}' for f in own[-8:]]
    text = "\n".join(["Traceback (your file only):", *where, f"{type(error).__name__}: {error}"])
    return {"type": type(error).__name__, "message": str(error)[:2000], "line": line, "trace": text[:8000]}


def complaint(
    candidate: Mapping[str, str], namespace: Mapping[str, Any], functions: Sequence[str], file: Path
) -> dict[str, Any] | None:
    """The exception that the checks raise when they are given this candidate, or None."""
    target, function = candidate["subject"], None
    if candidate["answers"]:
        answer = getattr(importlib.import_module(candidate["answers"]), candidate["name"])
        target, function = answer.target, answer.wrong if isinstance(answer, Misconception) else answer.right
    library = importlib.import_module(candidate["module"])
    subject = replaced(candidate["module"], Path(str(library.__file__)), target, function)[candidate["subject"]]
    try:
        for name in functions:
            namespace[name](subject)
    except BaseException as error:
        return explain(error, file)
    return None

"""The child that runs the cells of one lesson: ``python -m groundup.course.lessons.child FOLDER``.

It reads FOLDER/request.json, keeps FOLDER/current (the cell it is in) and leaves FOLDER/result.json. The cells share
one namespace. Each is compiled at the lines it has in the lesson, so that a traceback names the lesson's own line. A
warning is an error, unless the cell says ``:warns:``; then it is printed, as the reader would see it.
"""

import contextlib
import importlib.util
import io
import json
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results: list[dict[str, Any]] = []
    for i, cell in enumerate(request["cells"]):
        (folder / "current").write_text(str(i))
        results.append(run_cell(request["path"], cell, namespace))
        if results[-1]["error"]:
            break
    (folder / "result.json").write_text(json.dumps(results), encoding="utf-8")


def run_cell(path: str, cell: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Run one cell; what it printed, drew or raised."""
    missing = [name for name in cell["needs"] if importlib.util.find_spec(name) is None]
    out, error, began = io.StringIO(), None, time.perf_counter()
    if not missing:
        try:
            with contextlib.redirect_stdout(out), warnings.catch_warnings():
                _warn_into(out if cell["warns"] else None)
                source = "\n" * (cell["line"] - 1) + cell["source"]
                exec(compile(source, path, "exec"), namespace)  # noqa: S102  the lesson's own code
        except (Exception, SystemExit) as raised:
            error = _describe(raised, path, cell["line"])
    seconds = time.perf_counter() - began
    figures = [] if error else take_figures()
    return {"output": out.getvalue(), "figures": figures, "seconds": seconds, "missing": missing, "error": error}


def _warn_into(stream: io.StringIO | None) -> None:
    """Print warnings into the cell's output; without a stream they are errors."""
    warnings.simplefilter("error" if stream is None else "always")
    if stream is not None:
        warnings.showwarning = lambda message, category, *_, **__: print(f"{category.__name__}: {message}", file=stream)


def _describe(error: BaseException, path: str, first_line: int) -> dict[str, Any]:
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == path else (frames or [None])[-1]
    text = "".join(traceback.format_exception(error))
    says = error.msg if isinstance(error, SyntaxError) else str(error)
    return {"line": line or first_line, "says": f"{type(error).__name__}: {says}", "trace": text}


def take_figures() -> list[str]:
    """Every open matplotlib figure as SVG, then closed."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    from groundup.labs import figures

    drawn = [figures.to_svg(pyplot.figure(number)).decode("utf-8") for number in pyplot.get_fignums()]
    pyplot.close("all")
    return drawn


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The child of a check: runs a learner's file behind the guard and leaves plain arrays. Nothing it says is trusted.

It reads request.json and the .npy files of its folder, writes one .npy file a result, and result.json last. The parent
compares; a child that dies leaves no result, and that is a fail.
"""

import json
import os
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

from groundup.course.check import guard
from groundup.course.check.complain import complaint, explain
from groundup.course.check.effort import counted
from groundup.course.check.plan import NotPlainError, StepError, observe, run
from groundup.course.check.taps import Taps


def load(file: Path, module_name: str) -> types.ModuleType:
    """Execute the learner's file; it takes the place of the course's own module, which is not here."""
    module = types.ModuleType(module_name)
    module.__file__ = str(file)
    sys.modules["exercise"] = sys.modules[module_name] = module
    source = file.read_text(encoding="utf-8")
    exec(compile(source, str(file), "exec"), module.__dict__)  # noqa: S102 (this is what the child is for)
    return module


def enter(kit: Path) -> None:
    """Only the kit, the standard library and NumPy can be imported from now on."""
    installed = ("site-packages", "dist-packages", "src")
    sys.path[:] = [str(kit), *(p for p in sys.path if Path(p).is_dir() and not p.endswith(installed))]
    sys.dont_write_bytecode = True
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "groundup" and hasattr(module, "__path__"):
            module.__path__ = [str(kit.joinpath(*name.split(".")))]
            module.__dict__.update(_exports_of(kit, name))


def _exports_of(kit: Path, package: str) -> dict[str, Any]:
    """The kit's own table of a package that was loaded before."""
    init = kit.joinpath(*package.split("."), "__init__.py")
    namespace: dict[str, Any] = {"__name__": package}
    if init.is_file():
        exec(compile(init.read_text(encoding="utf-8"), str(init), "exec"), namespace)  # noqa: S102 (ours)
    return {name: value for name, value in namespace.items() if name == "__getattr__" or not name.startswith("__")}


def main(folder: Path) -> None:
    """Load the file, run every case, write what came of it."""
    request = json.loads((folder / "request.json").read_text())
    file, kit = Path(request["file"]), Path(request["kit"])
    folder = folder.resolve()
    os.chdir(folder / "scratch")
    enter(kit)
    tried: list[str] = []
    readable = [*guard.system_files(), Path(guard.__file__).parents[3], kit, file]
    guard.limit(request["seconds"])
    walls = guard.close_files(readable, folder)
    taps = Taps(request["taps"], request["functions"], str(file))
    taps.set()
    hook = guard.Watch([p.resolve() for p in readable], folder, [Path(p) for p in request["hidden"]], tried)
    sys.addaudithook(hook)
    report: dict[str, Any] = {"cases": [], "tried": tried, "walls": walls}
    try:
        namespace = vars(load(file, request["module"]))
    except BaseException as error:
        report["load_error"] = explain(error, file)
    else:
        for i, case in enumerate(request["cases"]):
            report["cases"].append(run_case(i, case, namespace, folder, file, taps, request["times"]))
        if "candidates" in request:
            report["complaints"] = [complaint(c, namespace, request["functions"], file) for c in request["candidates"]]
    (folder / "result.json").write_text(json.dumps(report))


def run_case(
    i: int, case: dict[str, Any], namespace: dict[str, Any], folder: Path, file: Path, taps: Taps, times: int
) -> dict[str, Any]:
    """One case: {"results": {name: file}} or {"error": ...}; "changed" lists input arrays that were altered."""
    arrays = [np.load(folder / name, allow_pickle=False) for name in case["arrays"]]
    before = [array.copy() for array in arrays]
    report: dict[str, Any] = {"results": {}, "odd": {}}
    taps.seen.clear()
    try:
        with counted() as effort:
            for _ in range(times):
                values = run(case["steps"], arrays, namespace)
        report["passes"] = effort.passes
        for k, name in enumerate(case["observe"]):
            try:
                np.save(folder / f"result-{i}-{k}.npy", observe(values, name), allow_pickle=False)
                report["results"][name] = f"result-{i}-{k}.npy"
            except NotPlainError as odd:
                report["odd"][name] = str(odd)
    except StepError as error:
        report |= {"error": explain(error.__cause__ or error, file), "step": error.step, "what": error.what}
    except BaseException as error:  # sys.exit, KeyboardInterrupt: a verdict, too
        report |= {"error": explain(error, file), "step": -1, "what": "your file"}
    pairs = enumerate(zip(arrays, before, strict=True))
    report["changed"] = [k for k, (now, then) in pairs if not np.array_equal(now, then, equal_nan=True)]
    for k, name in enumerate(taps.names):
        if name in taps.seen:
            np.save(folder / f"tap-{i}-{k}.npy", taps.seen[name], allow_pickle=False)
    return report

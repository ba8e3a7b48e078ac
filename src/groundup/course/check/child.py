"""The child of a check: runs a learner's file under limits and leaves plain arrays behind. Nothing it says is trusted.

Run as ``python -I -m groundup.course.check.child FOLDER``. It reads request.json and the .npy files of the folder,
writes one .npy file a result, and result.json last. The parent compares; a child that dies leaves no result, and that is a fail.
"""

import ctypes
import json
import os
import sys
import traceback
import types
from pathlib import Path
from typing import Any

import numpy as np

from groundup.course.check.plan import NotPlainError, StepError, observe, run

MEMORY_BYTES = 2 * 1024**3
FILE_BYTES = 64 * 1024**2
NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET


def limit(seconds: float) -> None:
    """Bound time, memory, file size and open files, and leave the network, where the system has such limits."""
    if sys.platform == "win32":
        return  # the parent's wall-clock limit still holds
    import resource

    cpu = int(seconds) + 1
    bounds = {
        "RLIMIT_CPU": cpu,
        "RLIMIT_AS": MEMORY_BYTES,
        "RLIMIT_FSIZE": FILE_BYTES,
        "RLIMIT_NOFILE": 128,
        "RLIMIT_CORE": 0,
    }
    for name, bound in bounds.items():
        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        soft = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        # the hard limit on time stays above the soft one, so that SIGXCPU comes first and tells why
        resource.setrlimit(which, (soft, hard if name == "RLIMIT_CPU" else soft))
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(NEW_USER_AND_NETWORK)  # refused in some containers: then the network stays


def load(file: Path) -> types.ModuleType:
    """Execute the learner's file as a module called ``exercise``."""
    module = types.ModuleType("exercise")
    module.__file__ = str(file)
    sys.modules["exercise"] = module
    source = file.read_text(encoding="utf-8")
    exec(compile(source, str(file), "exec"), module.__dict__)  # noqa: S102 (this is what the child is for)
    return module


def explain(error: BaseException, file: Path) -> dict[str, Any]:
    """An exception as plain strings: type, message, the last line of the learner's file it passed, and the trace."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == str(file)]
    line = own[-1].lineno if own else None
    where = [f'  File "{file.name}", line {f.lineno}, in {f.name}\n    {f.line}' for f in own[-8:]]
    text = "\n".join(["Traceback (your file only):", *where, f"{type(error).__name__}: {error}"])
    return {"type": type(error).__name__, "message": str(error)[:2000], "line": line, "trace": text[:8000]}


def main(folder: Path) -> None:
    """Load the file, run every case, write what came of it."""
    request = json.loads((folder / "request.json").read_text())
    limit(request["seconds"])
    file = Path(request["file"])
    os.chdir(folder / "scratch")
    report: dict[str, Any] = {"cases": []}
    try:
        namespace = vars(load(file))
    except BaseException as error:
        report["load_error"] = explain(error, file)
    else:
        for i, case in enumerate(request["cases"]):
            report["cases"].append(run_case(i, case, namespace, folder, file))
    (folder / "result.json").write_text(json.dumps(report))


def run_case(i: int, case: dict[str, Any], namespace: dict[str, Any], folder: Path, file: Path) -> dict[str, Any]:
    """One case: {"results": {name: file}} or {"error": ...}; "changed" lists input arrays that were altered."""
    arrays = [np.load(folder / name, allow_pickle=False) for name in case["arrays"]]
    before = [array.copy() for array in arrays]
    report: dict[str, Any] = {"results": {}, "odd": {}}
    try:
        values = run(case["steps"], arrays, namespace)
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
    return report


if __name__ == "__main__":
    main(Path(sys.argv[1]))

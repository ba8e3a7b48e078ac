"""The parent's side of a check: start the child, bound it, and read back plain arrays.

The child gets a scratch folder, its own process group, a wall-clock limit and a cap on what it may print. What it
leaves is read as data only: JSON of strings and numbers, and .npy files whose header must agree with their size.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from groundup.course.check.plan import AnyArray
from groundup.course.check.prepare import Prepared

OUTPUT_BYTES = 1024 * 1024
START_SECONDS = 3.0  # what starting Python and importing NumPy may take on a slow machine


@dataclass
class CaseResult:
    """What the child left of one case."""

    results: dict[str, AnyArray] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)  # results that were no arrays, and what they were
    error: dict[str, Any] | None = None
    what: str = ""
    changed: list[int] = field(default_factory=list)


@dataclass
class Outcome:
    """How the child ended: ``ended`` is "ok", "timeout", "output", or "died"."""

    ended: str
    output: str
    returncode: int
    load_error: dict[str, Any] | None = None
    cases: list[CaseResult] = field(default_factory=list)


def run_child(file: Path, cases: list[Prepared], seconds: float) -> Outcome:
    """Run a learner's file on prepared cases. Never raises for what the file does."""
    folder = Path(tempfile.mkdtemp(prefix="groundup-check-"))
    try:
        _write_request(folder, file, cases, seconds)
        ended, output, returncode = _spawn(folder, seconds)
        outcome = Outcome(ended, output, returncode)
        if ended == "ok":
            _read_result(folder, cases, outcome)
        return outcome
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_request(folder: Path, file: Path, cases: list[Prepared], seconds: float) -> None:
    (folder / "scratch").mkdir()
    request: dict[str, Any] = {"file": str(file.resolve()), "seconds": seconds, "cases": []}
    for i, case in enumerate(cases):
        names = [f"input-{i}-{k}.npy" for k in range(len(case.arrays))]
        for name, array in zip(names, case.arrays, strict=True):
            np.save(folder / name, array, allow_pickle=False)
        request["cases"].append({"steps": case.steps, "arrays": names, "observe": case.observe})
    (folder / "request.json").write_text(json.dumps(request))


def _environment(folder: Path) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "LANG", "LD_LIBRARY_PATH") if key in os.environ}
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | {"HOME": str(folder / "scratch"), "TMPDIR": str(folder / "scratch")}


def _spawn(folder: Path, seconds: float) -> tuple[str, str, int]:
    command = [sys.executable, "-I", "-X", "utf8", "-m", "groundup.course.check.child", str(folder)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=_environment(folder), cwd=folder, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None  # it is a pipe
    reader = _CappedReader(process.stdout)
    deadline = time.monotonic() + seconds + START_SECONDS
    ended = "ok"
    while process.poll() is None:
        if reader.overflowed or time.monotonic() > deadline:
            ended = "output" if reader.overflowed else "timeout"
            break
        time.sleep(0.005)
    _kill_group(process)
    returncode = process.wait()
    output = reader.finish()
    if reader.overflowed:
        ended = "output"
    elif ended == "ok" and sys.platform != "win32" and returncode == -signal.SIGXCPU:
        ended = "timeout"
    elif ended == "ok" and not (folder / "result.json").is_file():
        ended = "died"
    return ended, output, returncode


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End the child and whatever it started."""
    if sys.platform == "win32":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the whole group has ended already


class _CappedReader:
    """Reads a pipe to its end but keeps no more than OUTPUT_BYTES."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._kept, self.overflowed = stream, bytearray(), False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while chunk := os.read(self._stream.fileno(), 65536):
            self._kept += chunk[: max(0, OUTPUT_BYTES - len(self._kept))]
            self.overflowed = self.overflowed or len(self._kept) >= OUTPUT_BYTES

    def finish(self) -> str:
        self._thread.join(timeout=2)
        if not self._thread.is_alive():
            self._stream.close()
        return self._kept.decode("utf-8", "replace")


def _read_result(folder: Path, cases: list[Prepared], outcome: Outcome) -> None:
    """Read result.json and the arrays it names; anything malformed makes the outcome "died"."""
    try:
        report = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        outcome.load_error = report.get("load_error")
        for i, raw in enumerate(report["cases"]):
            result = CaseResult(
                odd=dict(raw["odd"]), error=raw.get("error"), what=str(raw.get("what", "")), changed=raw["changed"]
            )
            for k, name in enumerate(cases[i].observe):
                if name in raw["results"]:
                    result.results[name] = read_array(folder / f"result-{i}-{k}.npy")
            outcome.cases.append(result)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        outcome.ended, outcome.output = "died", f"{outcome.output}\n(the result could not be read: {error})"


def read_array(path: Path) -> AnyArray:
    """A .npy file of plain numbers whose header agrees with its size. Raises ValueError, OSError."""
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

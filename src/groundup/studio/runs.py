"""Lab runs as the studio sees them: a child process that writes a run folder, and what it has written so far.

The folder is the only thing shared with the child, so a run that was started in the terminal can be followed too, and a
studio that restarts finds all of them again.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

from groundup.studio import results

RUN_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)")
LOG = "output.txt"
GRACE = 5.0  # seconds that a stopped run has to write what it has

State = Literal["running", "done", "stopped", "failed"]


@dataclass
class Run:
    """A run folder, and the process that writes it where the studio started it."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    stopped: bool = False
    asked_quick: bool = False  # until config.json says it

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def result(self) -> dict[str, Any] | None:
        """What the lab printed last; None before it is done."""
        file = self.folder / "result.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None

    @property
    def state(self) -> State:
        if self.process is not None and self.process.poll() is None:
            return "running"
        if (self.folder / "result.json").is_file():
            return "done"
        if self.process is None and self._held_elsewhere():
            return "running"
        return "failed" if self.process is not None and not self.stopped else "stopped"

    def _held_elsewhere(self) -> bool:
        """Whether a terminal is at work in the folder, or in that of one of its seeds."""
        return any(_is_held(lock) for place in ("", "seed-*/") for lock in self.folder.glob(f"{place}run.lock"))

    @property
    def output(self) -> str:
        """What the process printed; "" of one that was started in a terminal."""
        file = self.folder / LOG
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    @property
    def config(self) -> dict[str, Any]:
        """What was asked; empty before that is written."""
        file = self.folder / "config.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}

    @property
    def lab(self) -> str:
        """The name of its lab: config.json says it; before that is written, the folder's name up to the time."""
        said = self.config.get("lab")
        return str(said) if said else re.sub(r"-\d{8}-\d{6}(-\d+)?$", "", self.id)

    @property
    def quick(self) -> bool:
        """Whether it is a look, and no result."""
        return bool(self.config.get("quick", self.asked_quick))

    @property
    def has_page(self) -> bool:
        """Whether its report can be opened as a page."""
        return (self.folder / "report.html").is_file()

    @property
    def outcome(self) -> str:
        """Its result in a word or two; "" before it is done."""
        return results.short(self.result or {})

    @property
    def when(self) -> str:
        """When it was begun, as its name says: "2026-11-21 10:15:30"; the name where it does not say."""
        found = STAMP.search(self.id)
        return "{}-{}-{} {}:{}:{}".format(*found.groups()) if found else self.id

    def note(self) -> str:
        """What it said last, other than of its epochs, which are drawn; "" before it said anything, and at its end."""
        _, _, said = ("" if self.has_page else self.output).partition("run folder: ")
        lines = [line for line in said.splitlines()[1:] if line.strip() and not line.startswith("epoch ")]
        return lines[-1].strip() if lines else ""

    def sentence(self) -> str:
        """How the run stands, for a reader."""
        match self.state:
            case "running":
                return "Starting." if self.process is not None else "Running in a terminal."
            case "done":
                return results.sentence(self.result or {})
            case "stopped":
                again = f"groundup lab run {self.lab} --resume {self.folder}"
                return f"Stopped before its end; what was measured until then is kept. Go on with: {again}"
        code = self.process.returncode if self.process else "unknown"
        return f"The run ended with an error (exit code {code}); what it printed stands below."

    def stop(self) -> None:
        """Ask the run to end, as Ctrl-C does; kill it when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.stopped = True
        _signal(self.process, signal.SIGINT)
        try:
            self.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            _signal(self.process, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            self.process.wait(GRACE)


def _is_held(lock: Path) -> bool:
    """Whether run.lock names a living process."""
    holder = lock.read_text(encoding="ascii")
    if os.name != "posix" or not holder.isdecimal():
        return False
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """To the run and whatever it started: it leads a process group of its own."""
    if os.name == "posix":
        os.killpg(process.pid, number)
    else:
        process.terminate()


class Runs:
    """Every run of a workspace, in ``runs/``."""

    def __init__(self, root: Path) -> None:
        self.folder, self.root = root / "runs", root
        self._started: dict[str, Run] = {}

    def __iter__(self) -> Iterator[Run]:
        """The latest first."""
        folders = [f for f in self.folder.iterdir() if f.is_dir()] if self.folder.is_dir() else []
        named = [f for f in folders if RUN_NAME.fullmatch(f.name)]
        for folder in sorted(named, key=lambda f: (f.stat().st_mtime, f.name), reverse=True):
            yield self._started.get(folder.name) or Run(folder)

    def get(self, name: str) -> Run | None:
        """The run of that name; None when there is none, or when it is no name of a run."""
        folder = self.folder / name
        if RUN_NAME.fullmatch(name) is None or not folder.is_dir():
            return None
        return self._started.get(name) or Run(folder)

    def start(self, lab: str, *options: str) -> Run:
        """Start a lab in a process of its own. Its output goes to a file, so that no amount of it fills a pipe."""
        folder = self.folder / f"{lab}-{datetime.now():%Y%m%d-%H%M%S}"
        while folder.exists():
            folder = folder.with_name(f"{lab}-{datetime.now():%Y%m%d-%H%M%S-%f}")
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "groundup", "lab", "run", lab, "--run-dir", str(folder), *options]
        environment = os.environ | {"GROUNDUP_WORKSPACE": str(self.root), "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}
        with (folder / LOG).open("wb") as log:
            run = Run(folder, _popen(command, log, environment), asked_quick="--quick" in options)
        self._started[run.id] = run
        return run

    def running(self) -> list[Run]:
        return [run for run in self._started.values() if run.state == "running"]

    def stop_all(self) -> None:
        """The studio ends: so do its runs, each keeping what it has."""
        for run in self.running():
            run.stop()


def _popen(command: list[str], log: IO[bytes], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
    )

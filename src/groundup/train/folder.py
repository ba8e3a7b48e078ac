"""A run is a folder: whatever it needs to go on after kill -9, and whatever a reader wants to know afterwards.

    config.json              what was asked, and of which data; a resumed run must ask the same
    environment.json         what it ran on
    data.json                which rows it was trained on
    metrics.jsonl            one JSON object a line and step, flushed at once
    resume.safetensors       model, optimiser, random state, place in the data: all in one file, so never at odds
    checkpoint.safetensors   the best weights by validation; PyTorch loads it as it is
    figures/ report.md result.json       written at the end

Every file but metrics.jsonl is replaced whole. metrics.jsonl grows, and is cut back to where the resume file stands.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from groundup.core import Array, StateDict, load_state_and_metadata, save_state, write_atomically
from groundup.train.environment import environment
from groundup.train.lock import RunLock


class RunError(ValueError):
    """The run folder is not what the call takes it for."""


@dataclass(frozen=True)
class Metric:
    """One line of metrics.jsonl. ``split`` is "train" (one batch) or "val" (the whole split)."""

    step: int
    epoch: int
    split: str
    loss: float
    accuracy: float | None = None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into one sentence that names the file and the way on."""
    try:
        yield
    except OSError as error:
        raise OSError(
            f"run folder {path.parent}: expected to write {path.name}, got: {error.strerror or error}; "
            "what was saved before is whole. Make room or choose another place with --run-dir, then --resume"
        ) from error


class RunFolder:
    """Use it as ``with RunFolder.create(path, config) as run``: it is locked inside the block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RunLock(path / "run.lock")
        self._metrics_file = path / "metrics.jsonl"

    @classmethod
    def create(cls, path: Path, config: Mapping[str, Any]) -> "RunFolder":
        """A new run. Raises RunError where there is one already, OSError where nothing can be written."""
        if (path / "config.json").exists():
            raise RunError(
                f"run folder {path}: expected a new folder, got one with a run in it; "
                f"--resume {path} continues it, another --run-dir starts a new one"
            )
        run = cls(path)
        run.write_json("config.json", config)
        run.write_json("environment.json", environment())
        return run

    @classmethod
    def resume(cls, path: Path, config: Mapping[str, Any]) -> "RunFolder":
        """The run that is there. Raises RunError where there is none, or one of another configuration."""
        different = differences(cls.config_of(path), json.loads(json.dumps(config)))
        if different:
            raise RunError(
                f"run folder {path}: expected the configuration that the run began with, got {'; '.join(different)}. "
                "Leave these options as they were, or start a new run"
            )
        return cls(path)

    @staticmethod
    def config_of(path: Path) -> dict[str, Any]:
        """What a run was asked. Raises RunError where there is no run."""
        if not (path / "config.json").is_file():
            raise RunError(f"run folder {path}: expected a run with its config.json, found none")
        return RunFolder(path).read_json("config.json")

    def __enter__(self) -> "RunFolder":
        with writing(self._metrics_file):
            self._lock.__enter__()
            self._metrics = self._metrics_file.open("ab", buffering=0)  # what is written is with the system at once
        return self

    def __exit__(self, *exception: Any) -> None:
        self._metrics.close()
        self._lock.__exit__(*exception)

    def pin(self, name: str, facts: Mapping[str, Any]) -> None:
        """Note facts in a new run; in one that goes on, raise RunError where they are no longer the same."""
        if not (self.path / name).is_file():
            self.write_json(name, facts)
            return
        different = differences(self.read_json(name), facts)
        if different:
            raise RunError(
                f"run folder {self.path}: expected what {name} says, got {'; '.join(different)}; "
                "was GROUNDUP_DATA changed, or more fetched since?"
            )

    # Metrics.

    def add_metric(self, metric: Metric) -> None:
        """Append one line; a process killed after this call has it on file."""
        line = json.dumps(asdict(metric), allow_nan=False).encode() + b"\n"
        with writing(self._metrics_file):
            if self._metrics.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def metrics(self) -> list[Metric]:
        """Every whole line; the last may have been cut short by a kill."""
        if not self._metrics_file.is_file():
            return []
        lines = self._metrics_file.read_bytes().split(b"\n")[:-1]
        return [Metric(**json.loads(line)) for line in lines]

    # State.

    def save_resume(self, state: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        """Write everything that going on needs, with the length of metrics.jsonl at this moment."""
        with writing(self.path / "resume.safetensors"):
            os.fsync(self._metrics.fileno())  # the metrics must not be younger than the state that counts them
            facts = {**facts, "metrics_bytes": self._metrics.tell()}
            save_state(self.path / "resume.safetensors", state, {"facts": json.dumps(facts)})

    def load_resume(self) -> tuple[StateDict, dict[str, Any]] | None:
        """What ``save_resume`` last wrote, with metrics.jsonl cut back to that moment; None before the first save."""
        file = self.path / "resume.safetensors"
        if not file.is_file():
            self._cut_metrics(0)
            return None
        state, strings = load_state_and_metadata(file)
        facts = json.loads(strings["facts"])
        self._cut_metrics(facts["metrics_bytes"])
        return state, facts

    def _cut_metrics(self, size: int) -> None:
        found = self._metrics_file.stat().st_size
        if found < size:
            raise RunError(
                f"run folder {self.path}: expected metrics.jsonl of at least {size} bytes, got {found}; was it edited?"
            )
        self._metrics.truncate(size)
        self._metrics.seek(size)

    def save_checkpoint(self, state: Mapping[str, Array]) -> None:
        """Write model weights alone."""
        with writing(self.path / "checkpoint.safetensors"):
            save_state(self.path / "checkpoint.safetensors", state)

    # What is written for readers.

    def write_text(self, name: str, text: str) -> Path:
        """Write a file whole."""
        with writing(self.path / name):
            write_atomically(self.path / name, text.encode())
        return self.path / name

    def write_json(self, name: str, value: Mapping[str, Any]) -> Path:
        """Write a file whole, as indented JSON."""
        return self.write_text(name, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")

    def read_json(self, name: str) -> dict[str, Any]:
        """What ``write_json`` wrote. Raises FileNotFoundError."""
        value: dict[str, Any] = json.loads((self.path / name).read_text(encoding="utf-8"))
        return value

    @property
    def result(self) -> dict[str, Any] | None:
        """What the run came to; None while it is not finished."""
        return self.read_json("result.json") if (self.path / "result.json").is_file() else None


def differences(had: Mapping[str, Any], asked: Mapping[str, Any], prefix: str = "") -> list[str]:
    """One phrase for each setting that is not the same: "lr 0.2 (the run has 0.1)"."""
    found = []
    for key in dict.fromkeys([*had, *asked]):
        old, new = had.get(key), asked.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += differences(old, new, f"{prefix}{key}.")
        elif old != new:
            found.append(f"{prefix}{key} {new!r} (the run has {old!r})")
    return found

"""The parts of a run: every folder of it in which something was trained, in the order in which they were begun.

    metrics.jsonl                       a lab that trains one network
    arms/SLUG/metrics.jsonl             a study: one of its conditions
    seed-K/...                          the same from several seeds
    ours/...   pytorch/...              what --mine sets beside the learner's own

A run trains one part at a time, and begins no part twice.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLACES = ("", "arms/*/", "seed-*/", "seed-*/arms/*/")
SIDES = ("", "ours/", "pytorch/")
COUNTED = re.compile(r"^(\d+ of \d+): (.+)$", re.MULTILINE)  # what a study prints as it begins an arm


@dataclass(frozen=True)
class Part:
    """A folder with metrics: ``where`` it stands, "seed 1", and which ``arm`` it is; both "" for the run as a whole."""

    folder: Path
    where: str
    arm: str

    @property
    def name(self) -> str:
        """ "seed 1, Adam"; "" for the run as a whole."""
        return ", ".join(filter(None, (self.where, self.arm)))

    def said(self, output: str) -> str:
        """Its name, and which of how many where the run has printed that: "seed 1, 3 of 7: Adam"."""
        counts = {arm: count for count, arm in COUNTED.findall(output)}
        arm = f"{counts[self.arm]}: {self.arm}" if self.arm in counts else self.arm
        return ", ".join(filter(None, (self.where, arm)))

    def metrics(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """The whole lines from byte ``offset`` on, and the offset after them; from the start where the file was cut."""
        with (self.folder / "metrics.jsonl").open("rb") as lines:
            lines.seek(max(offset - 1, 0))
            if offset and lines.read(1) != b"\n":
                offset = lines.seek(0)
            whole, _, _ = lines.read().rpartition(b"\n")
        return [json.loads(line) for line in whole.splitlines()], offset + len(whole) + bool(whole)


def parts_of(run: Path) -> list[Part]:
    """The parts that were begun, the first first: one that is new stands last."""
    places = (side + place for side in SIDES for place in PLACES)
    folders = {file.parent for place in places for file in run.glob(place + "metrics.jsonl")}
    begun = sorted(((folder / "config.json").stat().st_mtime_ns, folder) for folder in folders if _has_config(folder))
    return [_part(run, folder) for _, folder in begun]


def _has_config(folder: Path) -> bool:
    return (folder / "config.json").is_file()


def _part(run: Path, folder: Path) -> Part:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    arm = str(config.get("arm", ""))
    steps = (folder.parents[1] if arm else folder).relative_to(run).parts  # an arm stands in arms/SLUG
    whose = ["yours"] if config.get("mine") else []
    return Part(folder, ", ".join([*whose, *map(_word, steps)]), arm)


def _word(step: str) -> str:
    return {"pytorch": "PyTorch"}.get(step, step.replace("-", " "))

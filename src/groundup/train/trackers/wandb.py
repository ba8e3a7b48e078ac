"""Weights & Biases, offline: files in the run folder's wandb/, which ``wandb sync`` uploads if you want it to.

Nothing leaves the machine and nobody is asked to log in, whatever WANDB_MODE says. Each part of a resumed run is a
folder of its own with the same run id; ``wandb sync`` puts them together.
"""

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundup.train.trackers.base import Point, Tracker, flat, home

BLOCK = 32768


class WandB(Tracker):
    """History, configuration, summary and figures of an offline run."""

    name = "wandb"

    def open(self, step: int) -> dict[str, int]:
        os.environ["WANDB_ERROR_REPORTING"] = "false"  # read on import: no crash reports to its makers
        import wandb

        if "id" not in self.notes:
            self.note(id=uuid.uuid4().hex[:8])
        folder = self.run.path.resolve()
        sent = _steps(folder / "wandb", self.notes["id"])
        self._wandb: Any = wandb
        self._run: Any = wandb.init(
            mode="offline", id=self.notes["id"], resume="allow", dir=folder, project=self.config.get("lab", "groundup"),
            name=folder.relative_to(home(folder)).as_posix(),
            config={**self.config, "environment": self.environment()},
            settings=wandb.Settings(
                silent=True, console="off", save_code=False, disable_code=True, disable_git=True,
                x_disable_stats=True, x_disable_machine_info=True,  # the environment is in config
                x_transaction_log_flush_interval=1.0,  # seconds until a value is on file, which are 15 else
            ),
        )  # fmt: skip
        return sent

    def send(self, points: Sequence[Point]) -> None:
        for point in points:
            self._run.log(point.values, step=point.step)

    def report(self, step: int, result: Mapping[str, Any], figures: Sequence[Path]) -> None:
        images = {f"figures/{figure.stem}": self._wandb.Image(str(figure)) for figure in figures}
        self._run.log(images, step=step)
        self._run.summary.update({f"result/{key}": value for key, value in flat(result).items()})

    def close(self, status: str) -> None:
        self._run.finish(exit_code=0 if status == "FINISHED" else 1)
        self._wandb.teardown()  # waits for the process that writes; finish alone returns before all is on file


def _steps(folder: Path, run_id: str) -> dict[str, int]:
    """The last step of each split in the files of a run: what a killed process had not yet written is not there."""
    from wandb.proto.wandb_internal_pb2 import Record

    last: dict[str, int] = {}
    for file in sorted(folder.glob(f"offline-run-*/run-{run_id}.wandb")):
        for data in records(file.read_bytes()):
            history = Record.FromString(data).history
            for item in history.item:
                split = (item.key or "/".join(item.nested_key)).partition("/")[0]
                last[split] = max(last.get(split, -1), history.step.num)
    return last


def records(data: bytes) -> Iterator[bytes]:
    """The whole records of a .wandb file: LevelDB's log format after a head of 7 bytes.

    Blocks of 32 KiB hold pieces of a checksum (4 bytes), a length (2), a kind (1) and the data; a record is one piece
    (kind 1), or several (2 the first, 3, 4 the last). See doc/log_format.md of LevelDB.
    """
    at, record = 7, b""
    while at + 7 <= len(data):
        room = BLOCK - at % BLOCK
        if room < 7:  # no head fits into the rest of the block
            at += room
            continue
        end = at + 7 + int.from_bytes(data[at + 4 : at + 6], "little")
        kind = data[at + 6]
        if end > len(data):  # cut short by a kill
            return
        record, at = record + data[at + 7 : end], end
        if kind in (1, 4):
            yield record
            record = b""

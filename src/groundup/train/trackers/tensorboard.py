"""TensorBoard: an event file in the run folder's tensorboard/, written record by record.

The records are TensorBoard's protocol buffers and so is their framing; no TensorFlow is imported, be it installed.
Each part of a resumed run is a file of its own, which begins by taking back the steps that it will write again.
"""

import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from groundup.train.trackers.base import Point, Tracker, flat, numbers


class TensorBoard(Tracker):
    """Scalars, hyper-parameters, texts and images for ``tensorboard --logdir``."""

    name = "tensorboard"

    def open(self, step: int) -> dict[str, int]:
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder = self.run.path / "tensorboard"
        folder.mkdir(exist_ok=True)
        order = f"{time.time_ns():020d}"  # TensorBoard reads the files by name
        file = folder / f"events.out.tfevents.{order}.{socket.gethostname()}.{os.getpid()}"
        self._writer: Any = RecordWriter(file.open("xb"))
        self._add(0, time.time(), file_version="brain.Event:2")
        sent = {split: min(last, step) for split, last in self.notes.get("sent", {}).items()}
        self._take_back(max(sent.values(), default=-1) + 1)
        if not sent:
            self._describe()
        return sent

    def send(self, points: Sequence[Point]) -> None:
        for point in points:
            self._add(point.step, point.time, summary=self._scalars(point.values))
        self._writer.flush()
        self.note(sent=self._sent)

    def report(self, step: int, result: Mapping[str, Any], figures: Sequence[Path]) -> None:
        self._summary(step, self._scalars({f"result/{key}": value for key, value in numbers(result).items()}))
        self._summary(step, self._text("result", result))
        for figure in figures:
            self._summary(step, self._image(f"figures/{figure.stem}", figure.read_bytes()))

    def close(self, status: str) -> None:
        self._writer.close()

    def _describe(self) -> None:
        """Configuration and machine: as texts, and the settings as hyper-parameters too."""
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb

        self._summary(0, hparams_pb(flat(self.config), trial_id=self.run.path.resolve().name))
        self._summary(0, self._text("config", self.config))
        self._summary(0, self._text("environment", self.environment()))

    def _take_back(self, step: int) -> None:
        """Purge what earlier files say of this step and later ones."""
        from tensorboard.compat.proto.event_pb2 import SessionLog

        self._add(step, time.time(), session_log=SessionLog(status=SessionLog.START))

    def _summary(self, step: int, summary: Any) -> None:
        self._add(step, time.time(), summary=summary)

    def _add(self, step: int, at: float, **what: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        self._writer.write(Event(step=step, wall_time=at, **what).SerializeToString())

    @staticmethod
    def _scalars(values: Mapping[str, float]) -> Any:
        from tensorboard.compat.proto.summary_pb2 import Summary

        return Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])

    @staticmethod
    def _text(tag: str, value: Mapping[str, Any]) -> Any:
        from tensorboard.plugins.text.summary_v2 import text_pb

        return text_pb(tag, "```json\n" + json.dumps(value, indent=2, ensure_ascii=False) + "\n```")

    @staticmethod
    def _image(tag: str, png: bytes) -> Any:
        from tensorboard.compat.proto.summary_pb2 import Summary

        width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))  # the head of every PNG
        image = Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=png)
        return Summary(value=[Summary.Value(tag=tag, image=image)])

"""What every experiment tracker does alike: which points it is given, when, and what happens when it fails.

A tracker is a second record of a run, for comparing many in a browser; the first is the run folder, which needs none.
From that follow its three rules:

    thinned      one training step in EVERY: a batch's loss jumps from step to step, a chart of a thousand pixels shows
                 no more than the trend, and a database takes its time for every row. metrics.jsonl has each step.
    in its place a run that goes on asks its tracker how far it has got, sends what it lacks out of metrics.jsonl, and
                 nothing a second time: the steps after the last save come out as they did before the kill.
    never fatal  a full disk or a lost server is said once, noted in trackers.json, and the training goes on.

It stands after MetricsWriter and Checkpoint among the callbacks: they put a resumed run in its place first.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundup.train.callbacks import Callback
from groundup.train.folder import Metric, RunFolder

if TYPE_CHECKING:
    from groundup.train.trainer import Trainer

EVERY = 10  # steps
SECONDS = 1.0  # between two deliveries
NOTES = "trackers.json"  # what each must know to go on: {"wandb": {"id": "1f0c..."}}


@dataclass(frozen=True)
class Point:
    """Values by name ("train/loss") at a step, and the time they were taken."""

    step: int
    values: dict[str, float]
    time: float


class Tracker(Callback):
    """A record of the run elsewhere. What is particular to one is in ``open``, ``send``, ``report`` and ``close``."""

    name: str

    def __init__(self, run: RunFolder, config: Mapping[str, Any]) -> None:
        self.run, self.config = run, config
        self.failed = False
        self._sent: dict[str, int] = {}  # by split, the last step that it has
        self._pending: list[Point] = []
        self._sent_at = time.monotonic()
        self._interrupted = False

    # The moments of a run.

    def on_start(self, trainer: "Trainer") -> None:
        self._try(lambda: self._begin(trainer.step))

    def on_step(self, trainer: "Trainer", metric: Metric) -> None:
        self._try(lambda: self._take(metric, learning_rate=trainer.learner.lr))

    def on_epoch(self, trainer: "Trainer", metric: Metric | None) -> None:
        if metric is not None:
            self._try(lambda: self._take(metric))

    def on_interrupt(self, trainer: "Trainer") -> None:
        self._interrupted = True

    def on_end(self, trainer: "Trainer") -> None:
        self._try(lambda: self._end("FINISHED" if trainer.over else "KILLED" if self._interrupted else "FAILED"))

    def conclude(self) -> None:
        """Record what the run came to, once: result.json and the figures. Unless it failed before."""
        if not {"failed", "concluded"} & self.notes.keys():
            self._try(self._conclude)

    # What a tracker is.

    def open(self, step: int) -> dict[str, int]:
        """Begin, or go on with the run, which stands at ``step``; return the last step that it has, by split."""
        raise NotImplementedError

    def send(self, points: Sequence[Point]) -> None:
        """Record points of ascending steps."""
        raise NotImplementedError

    def report(self, step: int, result: Mapping[str, Any], figures: Sequence[Path]) -> None:
        """Record the result, and the figures (PNG files)."""
        raise NotImplementedError

    def close(self, status: str) -> None:
        """End for now: FINISHED, KILLED (it was interrupted) or FAILED."""
        raise NotImplementedError

    # What is the same for all.

    @property
    def notes(self) -> dict[str, Any]:
        """What trackers.json says of this one."""
        found: dict[str, Any] = _notes(self.run).get(self.name, {})
        return found

    def note(self, **facts: Any) -> None:
        """Add to trackers.json; None takes a fact away."""
        mine = {key: value for key, value in {**self.notes, **facts}.items() if value is not None}
        self.run.write_json(NOTES, {**_notes(self.run), self.name: mine})

    def environment(self) -> dict[str, Any]:
        """Machine and packages, as the run folder has them."""
        return self.run.read_json("environment.json")

    def _begin(self, step: int) -> None:
        """Open, and catch up with metrics.jsonl."""
        self.note(failed=None)  # a run that goes on tries again
        self._sent = self.open(step)
        for metric in self.run.metrics():
            if metric.step <= step:
                self._take(metric)
        self._flush()

    def _take(self, metric: Metric, **more: float) -> None:
        thin = metric.split == "train" and metric.step % EVERY != 1
        if thin or metric.step <= self._sent.get(metric.split, -1):
            return
        values = {"loss": metric.loss, **more} | ({} if metric.accuracy is None else {"accuracy": metric.accuracy})
        self._pending.append(Point(metric.step, {f"{metric.split}/{k}": v for k, v in values.items()}, time.time()))
        self._sent[metric.split] = metric.step
        if time.monotonic() - self._sent_at > SECONDS:
            self._flush()

    def _flush(self) -> None:
        if self._pending:
            self.send(self._pending)
            self._pending = []
        self._sent_at = time.monotonic()

    def _end(self, status: str) -> None:
        self._flush()
        self.close(status)

    def _conclude(self) -> None:
        step = max((metric.step for metric in self.run.metrics()), default=0)
        self._begin(step)
        self.report(step, self.run.result or {}, sorted((self.run.path / "figures").glob("*.png")))
        self._end("FINISHED")
        self.note(concluded=True)

    def _try(self, moment: Callable[[], None]) -> None:
        """Do it, unless it has failed before; a failure is said and noted, and goes no further."""
        if self.failed:
            return
        try:
            moment()
        except Exception as error:  # each library raises its own; a run of hours is worth more than its second record
            self.failed = True
            self._say(error)

    def _say(self, error: Exception) -> None:
        what = (str(error).strip() or "no reason given").splitlines()[0]
        sentence = (
            f"{self.name}: expected to record the run {self.run.path}, got {type(error).__name__}: {what}; "
            "the training goes on without it, and metrics.jsonl has every step"
        )
        try:
            self.note(failed=sentence)
        except OSError as also:
            sentence += f" (this could not be noted in {NOTES}: {also.strerror or also})"
        print(sentence, file=sys.stderr)


def failures(run: RunFolder) -> list[str]:
    """What went wrong with the trackers of a run, a sentence each."""
    return [notes["failed"] for notes in _notes(run).values() if "failed" in notes]


def _notes(run: RunFolder) -> dict[str, Any]:
    return run.read_json(NOTES) if (run.path / NOTES).is_file() else {}


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as one level: {"settings.lr": 0.1}. What is no plain value becomes JSON."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value if isinstance(value, bool | int | float | str) else json.dumps(value)
    return found


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Those of the ``values``, made flat, that are numbers."""
    return {k: v for k, v in flat(values).items() if isinstance(v, int | float) and not isinstance(v, bool)}


def home(run: Path) -> Path:
    """The folder that holds the runs: above the run, and above the run of several seeds that it is a part of."""
    folder = run.resolve().parent
    return home(folder) if (folder / "config.json").is_file() else folder

"""Watching a run in the terminal: loss and accuracy drawn as they come, the time left, or plain lines in a log."""

import math
import time
from collections import defaultdict
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from groundup.train.callbacks import Callback
from groundup.train.folder import Metric
from groundup.train.trainer import Trainer

REDRAW_SECONDS = 0.15
LINES = 10  # about as many in the log of a run
Curve = tuple[list[float], list[float]]  # epochs, with their fractions, and values


def progress_display(console: Console, earlier: list[Metric]) -> Callback:
    """A live chart on a terminal, plain lines elsewhere. ``earlier`` are the metrics of a run that goes on."""
    roomy = console.is_terminal and console.width >= 60 and console.height >= 18
    return LiveChart(console, earlier) if roomy else PlainLines(console)


class PlainLines(Callback):
    """A line an epoch, or about ten for many epochs; inside a long epoch one every few seconds."""

    def __init__(self, console: Console, *, every_seconds: float = 10.0) -> None:
        self.console, self.every_seconds = console, every_seconds
        self._said = time.monotonic()
        self._train: list[Metric] = []

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        self._train.append(metric)
        if time.monotonic() - self._said > self.every_seconds:
            self._say(trainer, None)

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        if trainer.epoch % math.ceil(trainer.epochs / LINES) == 0 or trainer.epoch == trainer.epochs:
            self._say(trainer, metric)
        self._train.clear()

    def _say(self, trainer: Trainer, val: Metric | None) -> None:
        words = [f"epoch {trainer.epoch:>{len(str(trainer.epochs))}}/{trainer.epochs}  step {trainer.step:>5}"]
        words += [f"training {_figures(_mean(self._train))}"] if self._train else []
        words += [f"validation {_figures(val)}"] if val else []
        self.console.print("  ".join(words), highlight=False, soft_wrap=True)
        self._said = time.monotonic()


def _mean(metrics: list[Metric]) -> Metric:
    """The mean over the batches of an epoch."""
    n, last = len(metrics), metrics[-1]
    accuracy = None if last.accuracy is None else sum(m.accuracy or 0.0 for m in metrics) / n
    return Metric(last.step, last.epoch, "train", sum(m.loss for m in metrics) / n, accuracy)


def _figures(metric: Metric) -> str:
    accuracy = "" if metric.accuracy is None else f" accuracy {metric.accuracy:6.1%}"
    return f"loss {metric.loss:.4f}{accuracy}"


class LiveChart(Callback):
    """Two charts side by side and a bar below, redrawn a few times a second."""

    def __init__(self, console: Console, earlier: list[Metric]) -> None:
        self.console = console
        self._loss: dict[str, Curve] = defaultdict(lambda: ([], []))
        self._accuracy: dict[str, Curve] = defaultdict(lambda: ([], []))
        self._latest: dict[str, Metric] = {}
        self._drawn = 0.0
        self._earlier = earlier

    def on_start(self, trainer: Trainer) -> None:
        for metric in self._earlier:
            if metric.step <= trainer.step:
                self._note(trainer, metric)
        columns = (TextColumn("{task.description}"), BarColumn(None), TimeElapsedColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=self.console, expand=True)
        total = trainer.epochs * len(trainer.loader)
        self._task = self._bar.add_task("", total=total, completed=trainer.step)
        self._live = Live(console=self.console, auto_refresh=False)
        self._live.start()

    def on_step(self, trainer: Trainer, metric: Metric) -> None:
        self._note(trainer, metric)
        if time.monotonic() - self._drawn > REDRAW_SECONDS:
            self._draw(trainer)

    def on_epoch(self, trainer: Trainer, metric: Metric | None) -> None:
        if metric:
            self._note(trainer, metric)

    def on_end(self, trainer: Trainer) -> None:
        if hasattr(self, "_live"):
            self._draw(trainer)
            self._live.stop()

    def _note(self, trainer: Trainer, metric: Metric) -> None:
        self._latest[metric.split] = metric
        for curves, value in ((self._loss, metric.loss), (self._accuracy, metric.accuracy)):
            if value is not None:
                epochs, values = curves[metric.split]
                epochs.append(metric.step / len(trainer.loader))
                values.append(value)

    def _draw(self, trainer: Trainer) -> None:
        self._bar.update(
            self._task,
            completed=trainer.step,
            description=f"epoch {min(trainer.epoch + 1, trainer.epochs)}/{trainer.epochs}",
        )
        charts = [(title, curves) for title, curves in (("loss", self._loss), ("accuracy", self._accuracy)) if curves]
        width = (min(self.console.width, 120) - 2) // max(1, len(charts))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_row(
            *(Text.from_ansi(draw_chart(title, curves, width - 2, 13, trainer.epochs)) for title, curves in charts)
        )
        key = "   ".join(f"{name} {_figures(m)}" for name, m in self._named())
        self._live.update(Group(table, Text("  " + key, style="dim"), self._bar), refresh=True)
        self._drawn = time.monotonic()

    def _named(self) -> list[tuple[str, Metric]]:
        names = {"train": "⣿ training", "val": "o validation"}
        return [(names[split], self._latest[split]) for split in names if split in self._latest]


def draw_chart(title: str, curves: dict[str, Curve], width: int, height: int, epochs: int) -> str:
    """One chart over the epochs, in terminal colours: training as a smoothed line, validation as circles."""
    import plotext

    plot: Any = plotext.figure
    plot.clear()
    plot.plot_size(width, height)
    plot.theme("colorless")  # the terminal's own colours, whatever they are
    plot.axes(False, side=1)
    plot.title(title)
    ticks = list(range(0, epochs + 1, math.ceil(epochs / 5)))
    plot.ruler("x").lim(0, epochs)
    plot.ruler("x").ticks(ticks, [str(tick) for tick in ticks])
    for split, marker in (("train", plotext.marker("braille", "blue")), ("val", plotext.marker("o", "orange"))):
        x, values = thin(*curves[split], points=2 * width) if split in curves else ([], [])
        if x:
            signal = plot.signal(x, values, marker=marker)
            plot.draw(signal.lines() if split == "train" else signal)
    return str(plot.build())


def thin(x: list[float], values: list[float], points: int) -> Curve:
    """At most ``points`` points, each a mean of neighbours: a batch's loss jumps, what matters is where it goes."""
    size = max(1, math.ceil(len(x) / points))
    groups = [values[i : i + size] for i in range(0, len(x), size)]
    return [x[min(i + size, len(x)) - 1] for i in range(0, len(x), size)], [sum(group) / len(group) for group in groups]

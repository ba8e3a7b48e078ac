"""A run as it goes, drawn out of its metrics.jsonl: what the studio draws in the browser, in the terminal."""

import time
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from groundup.train import Metric, RunFolder
from groundup.train.chart import REDRAW_SECONDS, Curve, draw_chart


class Screen:
    """Loss and accuracy so far, side by side in the terminal as they come; elsewhere a line an epoch."""

    def __init__(self, console: Console, epochs: int, steps: int) -> None:
        self.console, self.epochs, self.steps = console, epochs, steps
        roomy = console.is_terminal and console.width >= 60 and console.height >= 14
        self._live = Live(console=console, auto_refresh=False) if roomy else None
        self._shown = 0.0

    def __enter__(self) -> "Screen":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        if self._live:
            self._live.stop()

    def show(self, run: RunFolder, *, epoch_ended: bool = False) -> None:
        """Draw what metrics.jsonl has, a few times a second and after each epoch."""
        if self._live and (epoch_ended or time.monotonic() - self._shown > REDRAW_SECONDS):
            metrics, width = run.metrics(), (min(self.console.width, 120) - 4) // 2
            table = Table.grid(padding=(0, 2, 0, 0))
            table.add_row(*(Text.from_ansi(self.chart(metrics, what, width)) for what in ("loss", "accuracy")))
            self._live.update(table, refresh=True)
            self._shown = time.monotonic()
        elif epoch_ended and not self._live:
            last = run.metrics()[-1]
            said = f"epoch {last.epoch}/{self.epochs}  validation loss {last.loss:.4f} accuracy {last.accuracy:.1%}"
            self.console.print(said, highlight=False)

    def chart(self, metrics: list[Metric], what: str, width: int) -> str:
        """One chart as the terminal shows it."""
        curves: dict[str, Curve] = {}
        for metric in metrics:
            epochs, values = curves.setdefault(metric.split, ([], []))
            epochs.append(metric.step / self.steps)
            values.append(getattr(metric, what))
        return draw_chart(what, curves, width, 13, self.epochs)

"""What a terminal shows, and what a log keeps."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from groundup.train import Metric, progress_display
from groundup.train.chart import LiveChart, PlainLines, draw_chart, thin
from groundup.train.test_trainer import trainer


def test_a_log_gets_about_ten_plain_lines(tmp_path: Path) -> None:
    out = StringIO()
    trainer(progress_display(Console(file=out, width=80), [])).fit(40)
    lines = out.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("epoch  0/40  step     0  validation loss")
    assert lines[-1].startswith("epoch 40/40  step   320  training loss")
    assert "\x1b" not in out.getvalue()


def test_a_long_epoch_speaks_up_in_the_middle() -> None:
    out = StringIO()
    trainer(PlainLines(Console(file=out), every_seconds=0)).fit(1)
    assert len(out.getvalue().splitlines()) == 1 + 8 + 1


def test_a_terminal_gets_both_charts_and_the_bar() -> None:
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=100, height=40)
    display = progress_display(console, [Metric(0, 0, "val", 9.75, 0.1)])
    assert isinstance(display, LiveChart)
    trainer(display).fit(3)
    shown = out.getvalue()
    for word in ("loss", "accuracy", "epoch 3/3", "training loss", "validation loss", "9.8┤"):
        assert word in shown, word


def test_a_small_terminal_gets_lines() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=50, height=40)
    assert isinstance(progress_display(console, []), PlainLines)


def test_a_chart_has_the_size_asked_for() -> None:
    curves = {"train": ([1.0, 2.0, 3.0], [1.0, 0.5, 0.25]), "val": ([3.0], [0.3])}
    lines = Text.from_ansi(draw_chart("loss", curves, 50, 13, epochs=3)).plain.splitlines()
    assert len(lines) == 13
    assert "loss" in lines[0]
    assert lines[-1].split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("n", [1, 5, 10, 11, 99])
def test_thinning_keeps_the_mean_and_the_last_step(n: int) -> None:
    steps, values = thin([float(i) for i in range(n)], [float(i) for i in range(n)], points=10)
    assert len(steps) <= 10
    assert steps[-1] == n - 1
    if n % 10 == 0:
        assert sum(values) / len(values) == (n - 1) / 2

"""Table, pictures and raw figures of a run, in benchmarks/results/."""

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.growth import Growth
from benchmarks.harness import Ratio
from groundup.labs import figures

RESULTS = Path(__file__).parent / "results"


def write(rows: list[Ratio], growth: list[Growth], left_out: list[str]) -> str:
    """Write everything and return the Markdown."""
    RESULTS.mkdir(exist_ok=True)
    versions = f"NumPy {np.__version__}, PyTorch {torch.__version__}, Python {platform.python_version()}"
    text = (
        "# Speed beside PyTorch\n\n"
        "Time of the reference / time of ours: above 1 is faster than the reference. Forward, backward and update in\n"
        "float32, through the public API, timed in turns in one process (`make bench`); median and quartiles over the\n"
        f"turns. {versions}, {platform.machine()}, one thread on one core unless a row says otherwise.\n\n"
        f"{ratios(rows)}\n![Ratios and targets](ratios.svg)\n"
    )
    text += "".join(f"\n{line}\n" for line in left_out)
    if growth:
        text += (
            "\n# Cost against size\n\nEach size is twice the one before, four times. The exponent is that of the\n"
            "last doubling: 1 doubles with the size, 2 quadruples. Memory is the peak of one forward and backward.\n\n"
            f"{exponents(growth)}\n![Cost against size](growth.svg)\n"
        )
    (RESULTS / "README.md").write_text(text, encoding="utf-8")
    raw = {"ratios": [asdict(r) for r in rows], "growth": [asdict(g) for g in growth]}
    (RESULTS / "results.json").write_text(json.dumps(raw, indent=2) + "\n", encoding="utf-8")
    draw_ratios(rows)
    if growth:
        draw_growth(growth)
    return text


def ratios(rows: list[Ratio]) -> str:
    head = "| workload | reference | ratio | quartiles | target | met |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| {r.name} | {r.reference} | {r.median:.2f} | {r.low:.2f} to {r.high:.2f} | {r.target:g} | "
        f"{'yes' if r.met else 'no'} |\n"
        for r in rows
    )


def exponents(growth: list[Growth]) -> str:
    head = "| doubled | time: measured | theory | memory: measured | theory |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| {g.name} | {g.time_exponent:.2f} | {g.time_theory:g} | {g.memory_exponent:.2f} | {g.memory_theory:g} |\n"
        for g in growth
    )


def draw_ratios(rows: list[Ratio]) -> None:
    """A dot and its quartiles a row; the target is the bar."""
    fig, ax = figures.figure(height=0.34 * len(rows) + 1.0)
    places = range(len(rows), 0, -1)
    for place, row in zip(places, rows, strict=True):
        colour = figures.COLOURS[0] if row.met else figures.COLOURS[1]
        ax.plot([row.low, row.high], [place, place], color=colour, linestyle="-", linewidth=2.5)
        ax.plot(row.median, place, marker="o" if row.met else "s", color=colour, linestyle="none")
        ax.plot(row.target, place, marker="|", markersize=13, color=figures.INK, linestyle="none")
    ax.set_xscale("log")
    ticks = [
        t for t in (0.5, 1, 2, 5, 10, 20, 50) if min(r.low for r in rows) / 1.6 < t < 1.6 * max(r.high for r in rows)
    ]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.axvline(1, color=figures.INK, linewidth=0.6, linestyle="-")
    ax.set_yticks(list(places), [f"{r.name}\n{r.reference}" for r in rows], fontsize=6.5)
    ax.set_xlabel("times as fast as the reference (bar: target; dot: met, square: missed)")
    ax.set_title("Hand-written NumPy beside the reference", loc="left")
    figures.save(fig, RESULTS / "ratios")


def draw_growth(growth: list[Growth]) -> None:
    """Time and memory against size, with the line that theory draws through the largest size."""
    fig, axes = figures.figure(columns=len(growth), rows=2, width=10.0, height=2.5)
    for column, g in enumerate(growth):
        _draw(axes[0, column], g.sizes, g.times, g.time_theory)
        _draw(axes[1, column], g.sizes, g.memory, g.memory_theory)
        axes[0, column].set_title(g.name, loc="left", fontsize=9)
        axes[1, column].set_xlabel("size")
    axes[0, 0].set_ylabel("time, smallest = 1")
    axes[1, 0].set_ylabel("peak memory, smallest = 1")
    figures.save(fig, RESULTS / "growth")


def _draw(ax: Any, sizes: list[int], values: list[float], exponent: float) -> None:
    theory = [values[-1] * (size / sizes[-1]) ** exponent for size in sizes]
    figures.curve(ax, 0, sizes, values, marker="o", label="measured")
    figures.curve(ax, 1, sizes, theory, label=f"size to the power {exponent:g}")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.legend(fontsize=7)

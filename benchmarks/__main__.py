"""Run every benchmark, print a table, write it to benchmarks/results/."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported: one thread each

import json
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from benchmarks import mlp
from benchmarks.harness import Ratio

RESULTS = Path(__file__).parent / "results"


def table(rows: list[Ratio]) -> str:
    """Markdown; above 1 is faster than the reference."""
    head = "| workload | reference | ratio (median) | quartiles | target |\n|---|---|---|---|---|\n"
    lines = (
        f"| {r.name} | {r.reference} | {r.median:.2f} | {r.low:.2f} to {r.high:.2f} | {r.target:.2f} |" for r in rows
    )
    return head + "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    rows = mlp.run()
    versions = f"NumPy {np.__version__}, PyTorch {torch.__version__}, Python {platform.python_version()}"
    intro = f"Time of the reference / time of ours, interleaved. {versions}, {platform.machine()}."
    text = f"# Speed beside PyTorch\n\n{intro}\n\n{table(rows)}"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "README.md").write_text(text, encoding="utf-8")
    (RESULTS / "results.json").write_text(json.dumps([asdict(r) for r in rows], indent=2) + "\n", encoding="utf-8")
    print(text)


main()

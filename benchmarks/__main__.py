"""Run the benchmarks named, or all; print a table, write it with its pictures to benchmarks/results/.

python -m benchmarks                 everything
python -m benchmarks mlp adam        some rows, printed and not written
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported: one thread a shard

import importlib
import sys

from benchmarks import growth, report
from benchmarks.harness import Ratio, idle

ROWS = ("mlp", "cnn", "lstm", "transformer", "xor", "adam", "kmeans")


def main(names: list[str]) -> int:
    """Measure; write when nothing was named."""
    unknown = [name for name in names if name not in (*ROWS, "growth")]
    if unknown:
        print(f"benchmarks: expected some of {', '.join(ROWS)}, growth, got {', '.join(unknown)}", file=sys.stderr)
        return 2
    chosen = [name for name in ROWS if not names or name in names]
    quiet = idle()
    rows: list[Ratio] = []
    for name in chosen:
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").run()
    grown = [growth.run(axis) for axis in growth.AXES if not names or "growth" in names]
    if names:
        print(report.ratios(rows) + report.exponents(grown))
        return 0
    left_out = [] if quiet else ["Rows on two threads were left out: the machine was busy."]
    print(report.write(rows, grown, left_out))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

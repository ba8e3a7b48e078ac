"""Time, memory and length of the same network in NumPy and in PyTorch.

Times are taken in turns in one process, so that both meet the same machine, and compared as a ratio. Memory is that of
a process of its own: how far its peak rises above what the imports took.
"""

import inspect
import io
import json
import os
import statistics
import subprocess
import sys
import time
import tokenize
from collections.abc import Callable
from pathlib import Path
from typing import Any

from groundup.labs.network import learner_of, loader_of
from groundup.labs.subjects import Subject, subject
from groundup.labs.task import Task
from groundup.labs.torch_learner import need_torch

CHILD = """
from groundup.labs.mine import from_environment
from_environment()  # the learner's files, before any layer is imported
from groundup.labs.costs import main
main()
"""
SECONDS = 0.05  # of a turn, about
MEMORY_STEPS = 20
SKIPPED = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
)


def stepper(chosen: Subject, task: Task, side: str) -> Callable[[], object]:
    """One training step of a side on a fixed batch, ready to be called."""
    x, target = next(iter(loader_of(chosen.settings, task)))
    learner = learner_of(chosen.on(side), task)
    return lambda: learner.step(x, target)


def times(chosen: Subject, task: Task, turns: int = 15) -> dict[str, float]:
    """Milliseconds a step of each, medians over the turns, and the median of the ratios within a turn."""
    steps = {side: stepper(chosen, task, side) for side in ("numpy", "torch")}
    taken: dict[str, list[float]] = {side: [] for side in steps}
    count = 1
    for turn in range(turns + 1):
        for side, step in steps.items():
            began = time.perf_counter()
            for _ in range(count):
                step()
            if turn:  # the first turn warms up
                taken[side].append((time.perf_counter() - began) / count * 1000)
        if turn == 0:
            count = _count(steps["numpy"])
    ratios = [theirs / ours for ours, theirs in zip(taken["numpy"], taken["torch"], strict=True)]
    return {side: statistics.median(values) for side, values in taken.items()} | {"ratio": statistics.median(ratios)}


def _count(step: Callable[[], object]) -> int:
    """Steps in a turn."""
    began = time.perf_counter()
    step()
    return max(1, round(SECONDS / (time.perf_counter() - began)))


def memory(chosen: Subject, side: str) -> dict[str, float]:
    """Peak memory in MB of ``side`` ("numpy" or "torch") in a process of its own: after imports, and above that."""
    command = [sys.executable, "-c", CHILD, chosen.name, json.dumps(chosen.plain()), side]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(
            f"lab compare: measuring the memory of {side} failed: {done.stderr.strip().splitlines()[-1]}"
        )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def peak(*, anew: bool = False) -> float:
    """The largest memory that this process has held, in MB; ``anew`` forgets what was held before (Linux alone can)."""
    status = Path("/proc/self/status")
    if status.is_file():  # of this program alone; ru_maxrss counts what stood here before exec too
        if anew:
            Path("/proc/self/clear_refs").write_text("5")
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    scale = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def _measure_memory(chosen: Subject, side: str) -> dict[str, float]:
    """In the child: imports and data first, then what the network adds."""
    task = chosen.task(chosen.settings)
    if side == "torch":
        _first_step(need_torch("lab compare"))
        task.network.torch()  # its modules are imports too
    before = peak(anew=True)
    step = stepper(chosen, task, side)
    for _ in range(MEMORY_STEPS):
        step()
    return {"imports": before, "growth": peak() - before}


def _first_step(torch: Any) -> None:
    """A step with one number: the first optimiser and the first backward pass load much of PyTorch."""
    number = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([number], lr=0.1)
    number.sum().backward()
    optimiser.step()


def code_lines(source: str) -> int:
    """Lines with code on them: no blank lines, comments or docstrings."""
    lines: set[int] = set()
    statement_begins = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and statement_begins:
            continue  # a docstring: a statement that is a string alone
        if token.type not in SKIPPED:
            lines.update(range(token.start[0], token.end[0] + 1))
        statement_begins = token.type in SKIPPED
    return len(lines)


def lengths(chosen: Subject, task: Task) -> dict[str, int]:
    """Lines of code of the concepts that the network is made of: ours, and the twins', which call torch's own."""
    kinds = classes(chosen, task)
    concepts = {kind.__module__.rpartition(".")[0] for kind in kinds}
    twins = {package: _twin(package) for package in concepts}
    known = {package: twin for package, twin in twins.items() if twin.is_file()}
    ours = {Path(inspect.getfile(kind)) for kind in kinds if kind.__module__.rpartition(".")[0] in known}
    sides = {"numpy": ours, "torch": set(known.values())}
    counted = {side: sum(code_lines(f.read_text(encoding="utf-8")) for f in files) for side, files in sides.items()}
    return counted | {"concepts": len(known)}


def classes(chosen: Subject, task: Task) -> set[type]:
    """What the network, its loss and its optimiser are made of, and what those were made from."""
    learner = learner_of(chosen.on("numpy"), task)
    parts = [*(layer for _, layer in learner.model.named_modules()), task.loss, vars(learner)["optimiser"]]
    return {kind for part in parts for kind in type(part).__mro__ if kind.__module__.startswith("groundup.")}


def _twin(package: str) -> Path:
    """Where a concept's twin would be: beside the library's file, wherever the learner's own may stand."""
    return Path(sys.modules[package].__path__[0]) / "torch_twin.py"


def main() -> None:
    """In the child: NAME SETTINGS numpy|torch."""
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(sys.argv[2]).items()}
    print(json.dumps(_measure_memory(subject(sys.argv[1], **given), sys.argv[3])))

"""Time, memory and length of the same network in NumPy and in PyTorch.

Times are taken in turns in one process, so that both meet the same machine, and compared as a ratio. Memory is that of
a process of its own: how far its peak rises above what the imports took.
"""

import importlib
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

import groundup
from groundup.labs.network import NetworkSettings, Task, build
from groundup.labs.registry import LABS
from groundup.labs.torch_side import Twin, need_torch

CONCEPTS = ("nn/linear/linear", "nn/activation/activation", "nn/loss/loss", "optim/sgd/sgd", "models/mlp/mlp")
STEPS = 50  # in a turn, and in a memory measurement
SKIPPED = (
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
)


def numpy_step(settings: NetworkSettings, task: Task) -> Callable[[], object]:
    """One training step of ours on a fixed batch, ready to be called."""
    model, optimiser, loader = build(settings, task)
    x, target = next(iter(loader))

    def step() -> None:
        task.loss(model(x), target)
        optimiser.zero_grad()
        model.backward(task.loss.backward())
        optimiser.step()

    return step


def torch_step(settings: NetworkSettings, task: Task) -> Callable[[], object]:
    """One training step of the twin on the same batch."""
    model, _, loader = build(settings, task)
    x, target = next(iter(loader))
    twin = Twin(settings, task, model.state_dict())
    return lambda: twin.step(x, target)


def times(settings: NetworkSettings, task: Task, turns: int = 15) -> dict[str, float]:
    """Milliseconds a step of each, medians over the turns, and the median of the ratios within a turn."""
    steps = {"numpy": numpy_step(settings, task), "torch": torch_step(settings, task)}
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(turns + 1):
        for name, step in steps.items():
            began = time.perf_counter()
            for _ in range(STEPS):
                step()
            if turn:  # the first turn warms up
                taken[name].append((time.perf_counter() - began) / STEPS * 1000)
    ratios = [theirs / ours for ours, theirs in zip(taken["numpy"], taken["torch"], strict=True)]
    return {name: statistics.median(values) for name, values in taken.items()} | {"ratio": statistics.median(ratios)}


def memory(lab: str, settings: str, side: str) -> dict[str, float]:
    """Peak memory in MB of ``side`` ("numpy" or "torch") in a process of its own: after imports, and above that."""
    command = [sys.executable, "-m", "groundup.labs.costs", lab, settings, side]
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


def _measure_memory(name: str, settings: NetworkSettings, side: str) -> dict[str, float]:
    """In the child: imports and data first, then what the network adds."""
    lab = LABS[name]
    assert lab.task is not None
    task: Task = lab.task(settings)
    if side == "torch":
        need_torch("lab compare")
        importlib.import_module("groundup.models.mlp.torch_twin")
    before = peak(anew=True)
    step = {"numpy": numpy_step, "torch": torch_step}[side](settings, task)
    for _ in range(STEPS):
        step()
    return {"imports": before, "growth": peak() - before}


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


def lengths() -> dict[str, int]:
    """Lines of code of the concepts of a network: ours, and the twins', which call torch's own."""
    root = Path(groundup.__file__).parent
    ours = [root / f"{concept}.py" for concept in CONCEPTS]
    sides = {"numpy": ours, "torch": [file.with_name("torch_twin.py") for file in ours]}
    return {side: sum(code_lines(file.read_text(encoding="utf-8")) for file in files) for side, files in sides.items()}


if __name__ == "__main__":  # python -m groundup.labs.costs LAB SETTINGS numpy|torch
    chosen = LABS[sys.argv[1]]
    print(json.dumps(_measure_memory(chosen.name, chosen.settings(**json.loads(sys.argv[2])), sys.argv[3])))  # type: ignore[arg-type]

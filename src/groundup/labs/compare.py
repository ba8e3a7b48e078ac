"""compare: one network, twice. The same weights, the same batches, in NumPy by hand and in PyTorch by autograd.

In float64 the two must agree in every step to within rounding: the relative difference of a and b is

    (1)  max |a - b| / s,     s = max(|a|, |b|, F m)          each maximum over all elements of an array

m is the largest number of the network's gradients, or of its weights, and F = 1e-4. Without F the measure says nothing
of an array whose true value is zero, as the gradient of a bias before a batch normalisation: rounding beside rounding.
"""

from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits

from groundup.core import Array
from groundup.labs import figures, page
from groundup.labs.compare_report import COMPARED, render, worst
from groundup.labs.costs import classes, lengths, memory, times
from groundup.labs.mine import mapped, used
from groundup.labs.network import learner_of, loader_of
from groundup.labs.subjects import Subject, subject
from groundup.labs.task import Task
from groundup.labs.torch_learner import need_torch
from groundup.train import RunFolder

STEPS = 100
LIMIT = 1e-9
FLOOR = 1e-4  # F of Eq. 1


def run_compare(name: str, folder: Path, console: Console, *, steps: int = STEPS, **asked: Any) -> dict[str, Any]:
    """Compare; write report, result and picture into the folder. One that is finished there is read, not run again.

    Raises ImportError without torch, RunError for a folder with something else in it.
    """
    need_torch(f"lab compare {name}")
    chosen = subject(name, **asked)
    config = {"lab": name, "compare": True, "steps": steps, "settings": chosen.plain(), "mine": mapped()}
    begun = (folder / "config.json").is_file()
    run = (RunFolder.resume if begun else RunFolder.create)(folder, config)
    if run.result is not None:
        console.print(f"{name}: read from {folder}", markup=False, soft_wrap=True)
        return run.result
    result = _compare(chosen, steps, folder, console)
    save(result, run)
    return result


def _compare(chosen: Subject, steps: int, folder: Path, console: Console) -> dict[str, Any]:
    """All that is measured, and the picture."""
    console.print(f"{chosen.name}: {steps} steps in float64, NumPy and PyTorch from the same weights and batches")
    task = chosen.task(chosen.settings)
    with threadpool_limits(1, "blas"):
        taken = same_steps(chosen, steps)
        console.print(f"{chosen.name}: time and memory of both, in float32 on one thread")
        milliseconds = times(chosen, task)
    result: dict[str, Any] = {
        "lab": chosen.name, "title": chosen.title, "settings": chosen.plain(), "notes": list(chosen.notes),
        "dataset": task.dataset, "source": task.source, "stand_in": task.stand_in, "steps": steps,
        "difference": {what: max(values) for what, values in taken.items() if what in COMPARED},
        "first": {what: values[0] for what, values in taken.items() if what in COMPARED},
        "limit": LIMIT, "milliseconds": milliseconds,
        "megabytes": {side: memory(chosen, side) for side in ("numpy", "torch")},
        "lines": lengths(chosen, task), "mine": _mine(chosen, task), "run": str(folder),
    }  # fmt: skip
    result["agree"] = worst(result) <= LIMIT
    draw(taken, result, folder / "figures" / "compare")
    return result


def _mine(chosen: Subject, task: Task) -> list[str]:
    """The learner's modules of which a class is in this network; others are imported with it and do nothing here."""
    there = {kind.__module__ for kind in classes(chosen, task)}
    return [module for module in used() if module in there]


def save(result: dict[str, Any], run: RunFolder) -> None:
    """Write the report and the result, which is last: a folder that has it is finished."""
    text = render(result)
    run.write_text("report.md", text)
    run.write_text("report.html", page.to_html(text, run.path, f"{result['lab']}: NumPy and PyTorch"))
    run.write_json("result.json", result)


def with_yours(result: dict[str, Any], yours: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The comparison with that of the learner's files beside it, saved."""
    both = {**result, "yours": yours}
    save(both, RunFolder(folder))
    return both


def same_steps(chosen: Subject, steps: int) -> dict[str, list[float]]:
    """Both take the same steps: losses of each, and by how much loss, outputs, gradients and weights differ."""
    task = chosen.task(chosen.settings).doubled()
    ours, theirs = (learner_of(chosen.on(backend), task) for backend in ("numpy", "torch"))
    loader = loader_of(chosen.settings, task)
    found: dict[str, list[float]] = {key: [] for key in ("numpy", "torch", *COMPARED)}
    while len(found["numpy"]) < steps:
        for x, target in loader:
            (a, output_a), (b, output_b) = ours.step(x, target), theirs.step(x, target)
            found["numpy"].append(a)
            found["torch"].append(b)
            found["by_loss"].append(difference(np.array(a), np.array(b)))
            found["by_output"].append(difference(output_a, output_b))
            found["by_gradient"].append(_largest(ours.gradients(), theirs.gradients()))
            found["by_weight"].append(_largest(ours.weights(), theirs.weights()))
            if len(found["numpy"]) == steps:
                break
    return found


def _largest(ours: dict[str, Array], theirs: dict[str, Array]) -> float:
    """Over all arrays of real numbers; what counts batches has no rounding."""
    real = {key: value for key, value in ours.items() if np.issubdtype(value.dtype, np.floating)}
    least = FLOOR * max(np.abs(value).max(initial=0) for value in real.values())
    return max(difference(value, theirs[key], least) for key, value in real.items())


def difference(a: Array, b: Array, least: float = 0.0) -> float:
    """Eq. 1 with ``least`` for F m. Raises ValueError for what is no number: there is nothing to compare."""
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError(
            "lab compare: expected finite numbers on both sides, got NaN or infinity; is the rate too high?"
        )
    size = max(np.abs(a).max(), np.abs(b).max(), least)
    return float(np.abs(a - b).max() / size) if size > 0 else 0.0


def draw(steps: dict[str, list[float]], result: dict[str, Any], stem: Path) -> None:
    """The two loss curves on one picture, and how far apart they are."""
    fig, (left, right) = figures.figure(columns=2, height=2.9)
    x = range(1, len(steps["numpy"]) + 1)
    figures.curve(left, 4, x, steps["numpy"], label="NumPy, by hand", linewidth=4, alpha=0.6, linestyle="-")
    figures.curve(left, 0, x, steps["torch"], label="PyTorch", linewidth=1)
    left.set_title(f"{len(steps['numpy'])} steps: one curve over the other")
    left.set_ylabel("loss of the batch")
    left.set_ylim(bottom=0)
    left.legend()
    for i, (key, name) in enumerate(COMPARED.items()):
        figures.curve(right, i, x, np.maximum(steps[key], 1e-17), label=name)
    right.axhline(LIMIT, color=figures.INK, linewidth=0.7, linestyle=(0, (1, 2)))
    right.set_yscale("log")
    right.set_title(f"They differ by at most {worst(result):.0e}")
    right.set_ylabel("relative difference")
    right.legend(ncols=2, loc="center right")
    for axes in (left, right):
        axes.set_xlabel("step")
        figures.grid(axes)
    figures.save(fig, stem)

"""compare: one network, twice. The same weights, the same batches, in NumPy by hand and in PyTorch by autograd.

In float64 the two must agree in every step to within rounding: the relative difference of a and b is

    (1)  max |a - b| / max(|a|, |b|)          each maximum over all elements
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits

from groundup.core import Array
from groundup.labs import figures
from groundup.labs.costs import lengths, memory, times
from groundup.labs.lab import Lab
from groundup.labs.network import NetworkSettings, Task, build
from groundup.labs.report import table
from groundup.labs.torch_side import Twin, need_torch
from groundup.train import RunFolder
from groundup.train.environment import environment

STEPS = 100
LIMIT = 1e-9


def run_compare(lab: Lab, folder: Path, console: Console, **asked: Any) -> dict[str, Any]:
    """Compare; write report, result and picture into the folder. Raises ImportError without torch."""
    need_torch(f"lab compare {lab.name}")
    if lab.task is None:
        raise ValueError(f"lab compare: expected a lab with a network of layers, got {lab.name}; try mnist-mlp")
    settings = lab.configure(**asked)
    assert isinstance(settings, NetworkSettings)
    run = RunFolder.create(folder, {"lab": lab.name, "compare": True, "settings": asdict(settings)})
    console.print(f"{lab.name}: {STEPS} steps in float64, NumPy and PyTorch from the same weights and batches")
    task: Task = lab.task(settings)
    given = json.dumps(asdict(settings))
    with threadpool_limits(1, "blas"):
        steps = same_steps(settings, task)
        console.print("time and memory of both, in float32 on one thread")
        milliseconds = times(settings, task)
    result: dict[str, Any] = {
        "lab": lab.name, "dataset": task.dataset, "source": task.source, "stand_in": task.stand_in, "steps": STEPS,
        "difference": {what: max(values) for what, values in steps.items() if what.startswith("by_")},
        "limit": LIMIT, "milliseconds": milliseconds,
        "megabytes": {side: memory(lab.name, given, side) for side in ("numpy", "torch")},
        "lines": lengths(), "run": str(folder),
    }  # fmt: skip
    result["agree"] = max(result["difference"].values()) <= LIMIT
    draw(steps, result, folder / "figures" / "compare")
    run.write_text("report.md", render(lab, settings, result))
    run.write_json("result.json", result)
    return result


def same_steps(settings: NetworkSettings, task: Task) -> dict[str, list[float]]:
    """Both take the same steps: losses of each, and by how much loss, outputs, gradients and weights differ."""
    double = Task(**{**vars(task), "x": {part: x.astype(np.float64) for part, x in task.x.items()}})
    double.target = {part: _double(target) for part, target in task.target.items()}
    model, optimiser, loader = build(settings, double)
    model.to(np.float64)
    twin = Twin(settings, double, model.state_dict())
    found: dict[str, list[float]] = {
        key: [] for key in ("numpy", "torch", "by_loss", "by_output", "by_gradient", "by_weight")
    }
    while len(found["numpy"]) < STEPS:
        for x, target in loader:
            found["by_output"].append(difference(model.eval()(x), twin.predict(x)))
            ours = float(task.loss(model.train()(x), target))
            optimiser.zero_grad()
            model.backward(task.loss.backward())
            theirs = twin.step(x, target)
            gradients = twin.gradients()
            found["by_gradient"].append(max(difference(p.grad, gradients[k]) for k, p in model.named_parameters()))
            optimiser.step()
            weights = twin.state()
            found["by_weight"].append(max(difference(v, weights[k]) for k, v in model.state_dict().items()))
            found["by_loss"].append(difference(np.array(ours), np.array(theirs)))
            found["numpy"].append(ours)
            found["torch"].append(theirs)
            if len(found["numpy"]) == STEPS:
                break
    return found


def _double(target: Any) -> Any:
    return target.astype(np.float64) if np.issubdtype(target.dtype, np.floating) else target


def difference(a: Array, b: Array) -> float:
    """Eq. 1; infinite where one of them is no number."""
    size = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / size) if np.isfinite(size) and size > 0 else float(np.abs(a - b).max(initial=0))


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
    for i, (key, name) in enumerate(
        (("by_loss", "loss"), ("by_output", "outputs"), ("by_gradient", "gradients"), ("by_weight", "weights"))
    ):
        figures.curve(right, i, x, np.maximum(steps[key], 1e-17), label=name)
    right.axhline(LIMIT, color=figures.INK, linewidth=0.7, linestyle=(0, (1, 2)))
    right.set_yscale("log")
    right.set_title(f"They differ by at most {max(result['difference'].values()):.0e}")
    right.set_ylabel("relative difference")
    right.legend(ncols=2, loc="center right")
    for axes in (left, right):
        axes.set_xlabel("step")
        figures.grid(axes)
    figures.save(fig, stem)


def rows(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What is compared, ours, theirs."""
    ms, mb, lines = result["milliseconds"], result["megabytes"], result["lines"]
    return [
        ("one step, ms", f"{ms['numpy']:.3f}", f"{ms['torch']:.3f}"),
        ("speed, PyTorch = 1", f"{ms['ratio']:.2f}", "1"),
        ("memory above the imports, MB", f"{mb['numpy']['growth']:.1f}", f"{mb['torch']['growth']:.1f}"),
        ("memory: imports and data, MB", f"{mb['numpy']['imports']:.0f}", f"{mb['torch']['imports']:.0f}"),
        (
            "lines of code of the five concepts",
            str(lines["numpy"]),
            f"{lines['torch']} (what they call is not counted)",
        ),
    ]


def render(lab: Lab, settings: NetworkSettings, result: dict[str, Any]) -> str:
    """The report."""
    apart = [(what.removeprefix("by_"), f"{value:.1e}") for what, value in result["difference"].items()]
    verdict = "They agree" if result["agree"] else "**They do not agree**"
    return "\n\n".join([
        f"# {lab.title}: NumPy and PyTorch side by side",
        "## What was asked\n\nDoes the network written by hand compute what PyTorch computes, and what does each cost?",
        f"## What was expected\n\nThe same losses to {LIMIT:g} relative over {STEPS} steps in float64.",
        f"## What happened\n\n{verdict}: the largest relative differences over {STEPS} steps are",
        table(("of", "largest relative difference"), apart),
        "![Left, the loss of each batch. Right, how far apart they are; dotted, the limit.](figures/compare.svg)",
        table(("float32, one thread", "NumPy, by hand", "PyTorch"), rows(result)),
        f"Batches of {settings.batch_size}, timed in turns in one process. Memory is that of a process for each.",
        f"## The data\n\n{result['dataset']}: {result['source']}." + (" **A stand-in.**" if result["stand_in"] else ""),
        "## Settings\n\n" + table(("setting", "value"), [(k, str(v)) for k, v in asdict(settings).items()]),
        "## Machine\n\n" + table(("", ""), [(k, str(v)) for k, v in environment().items()]),
    ]) + "\n"  # fmt: skip

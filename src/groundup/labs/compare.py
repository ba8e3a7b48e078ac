"""compare: one network, twice. The same weights, the same batches, in NumPy by hand and in PyTorch by autograd.

In float64 the two must agree in every step to within rounding: the relative difference of a and b is

    (1)  max |a - b| / max(|a|, |b|)          each maximum over all elements
"""

from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from threadpoolctl import threadpool_limits

from groundup.core import Array
from groundup.labs import figures, page
from groundup.labs.costs import lengths, memory, times
from groundup.labs.network import learner_of, loader_of
from groundup.labs.report import table
from groundup.labs.subjects import Subject, subject
from groundup.labs.torch_learner import need_torch
from groundup.train import RunFolder
from groundup.train.environment import environment

STEPS = 100
LIMIT = 1e-9
COMPARED = {"by_loss": "loss", "by_output": "outputs", "by_gradient": "gradients", "by_weight": "weights"}


def run_compare(name: str, folder: Path, console: Console, *, steps: int = STEPS, **asked: Any) -> dict[str, Any]:
    """Compare; write report, result and picture into the folder. Raises ImportError without torch."""
    need_torch(f"lab compare {name}")
    chosen = subject(name, **asked)
    run = RunFolder.create(folder, {"lab": name, "compare": True, "steps": steps, "settings": chosen.plain()})
    console.print(f"{name}: {steps} steps in float64, NumPy and PyTorch from the same weights and batches")
    task = chosen.task(chosen.settings)
    with threadpool_limits(1, "blas"):
        taken = same_steps(chosen, steps)
        console.print("time and memory of both, in float32 on one thread")
        milliseconds = times(chosen, task)
    result: dict[str, Any] = {
        "lab": name, "dataset": task.dataset, "source": task.source, "stand_in": task.stand_in, "steps": steps,
        "difference": {what: max(values) for what, values in taken.items() if what in COMPARED},
        "limit": LIMIT, "milliseconds": milliseconds,
        "megabytes": {side: memory(chosen, side) for side in ("numpy", "torch")},
        "lines": lengths(chosen, task), "run": str(folder),
    }  # fmt: skip
    result["agree"] = max(result["difference"].values()) <= LIMIT
    draw(taken, result, folder / "figures" / "compare")
    text = render(chosen, result)
    run.write_text("report.md", text)
    run.write_text("report.html", page.to_html(text, folder, f"{name}: NumPy and PyTorch"))
    run.write_json("result.json", result)
    return result


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
    return max(difference(value, theirs[key]) for key, value in ours.items())


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
    for i, (key, name) in enumerate(COMPARED.items()):
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
            f"lines of code of the {lines['concepts']} concepts",
            str(lines["numpy"]),
            f"{lines['torch']} (what they call is not counted)",
        ),
    ]


def render(chosen: Subject, result: dict[str, Any]) -> str:
    """The report."""
    apart = [(COMPARED[what], f"{value:.1e}") for what, value in result["difference"].items()]
    verdict = "They agree" if result["agree"] else "**They do not agree**"
    steps = result["steps"]
    return "\n\n".join([
        f"# {chosen.title}: NumPy and PyTorch side by side",
        "## What was asked\n\nDoes the network written by hand compute what PyTorch computes, and what does each cost?",
        f"## What was expected\n\nThe same losses to {LIMIT:g} relative over {steps} steps in float64.",
        f"## What happened\n\n{verdict}: the largest relative differences over {steps} steps are",
        table(("of", "largest relative difference"), apart),
        "![Left, the loss of each batch. Right, how far apart they are; dotted, the limit.](figures/compare.svg)",
        table(("float32, one thread", "NumPy, by hand", "PyTorch"), rows(result)),
        f"Batches of {chosen.settings.batch_size}, timed in turns in one process. Memory is that of a process for "
        "each. Dropout and augmentation are off: the two draw different random numbers.",
        f"## The data\n\n{result['dataset']}: {result['source']}." + (" **A stand-in.**" if result["stand_in"] else ""),
        "## Settings\n\n" + table(("setting", "value"), [(k, str(v)) for k, v in chosen.plain().items()]),
        "## Machine\n\n" + table(("", ""), [(k, str(v)) for k, v in environment().items()]),
    ]) + "\n"  # fmt: skip


def together(results: list[dict[str, Any]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """One table over several comparisons: head and rows."""
    head = ("network", "largest difference", "speed, PyTorch = 1", "memory, MB", "PyTorch's", "lines", "PyTorch's")
    return head, [
        (
            result["lab"],
            f"{max(result['difference'].values()):.0e}",
            f"{result['milliseconds']['ratio']:.2f}",
            *(f"{result['megabytes'][side]['growth']:.1f}" for side in ("numpy", "torch")),
            *(str(result["lines"][side]) for side in ("numpy", "torch")),
        )
        for result in results
    ]


def write_together(results: list[dict[str, Any]], folder: Path) -> None:
    """The report over several comparisons: one table, one picture, beside the folders of each."""
    run = RunFolder(folder)
    _draw_speeds(results, folder / "figures" / "speeds")
    agree = sum(result["agree"] for result in results)
    text = "\n\n".join([
        "# Every network, in NumPy and in PyTorch",
        f"{agree} of {len(results)} networks take the same steps in both to {LIMIT:g} in float64: loss, outputs, "
        "gradients and weights.",
        table(*together(results)),
        "![Time of a step, PyTorch's over ours, in float32 on one thread.](figures/speeds.svg)",
        "\n".join(f"- [{r['lab']}]({r['lab']}/report.md): {r['dataset']}, {r['source']}" for r in results),
        "## Machine\n\n" + table(("", ""), [(k, str(v)) for k, v in environment().items()]),
    ])  # fmt: skip
    run.write_text("report.md", text + "\n")
    run.write_text("report.html", page.to_html(text, folder, "Every network, in NumPy and in PyTorch"))


def _draw_speeds(results: list[dict[str, Any]], stem: Path) -> None:
    fig, axes = figures.figure(height=0.8 + 0.28 * len(results))
    ratios = [result["milliseconds"]["ratio"] for result in results]
    axes.barh(range(len(ratios)), ratios, color=figures.COLOURS[0], height=0.6)
    axes.axvline(1, color=figures.INK, linewidth=0.7, linestyle=(0, (1, 2)))
    axes.set_yticks(range(len(ratios)), [result["lab"] for result in results])
    axes.invert_yaxis()
    for i, ratio in enumerate(ratios):
        axes.annotate(f"{ratio:.2f}", (ratio, i), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8.5)
    faster = sum(ratio > 1 for ratio in ratios)
    axes.set_title(f"NumPy by hand takes less time than PyTorch in {faster} of {len(ratios)} networks")
    axes.set_xlabel("time of a step in PyTorch / ours, float32, one thread")
    figures.save(fig, stem)

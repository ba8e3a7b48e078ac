"""The reports of ``lab compare``: of one network, and of several in one table and one picture."""

from pathlib import Path
from typing import Any

from groundup.labs import figures, page
from groundup.labs.report import table
from groundup.train import RunFolder
from groundup.train.environment import environment

COMPARED = {"by_loss": "loss", "by_output": "outputs", "by_gradient": "gradients", "by_weight": "weights"}


def head(result: dict[str, Any]) -> tuple[str, ...]:
    """The columns of ``rows``."""
    return ("float32, one thread", "NumPy, by hand", "PyTorch", *(["yours"] if "yours" in result else []))


def rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """What is compared: ours, PyTorch's, and the learner's where there is one."""
    ms, mb, lines = result["milliseconds"], result["megabytes"], result["lines"]
    found: list[tuple[str, ...]] = [
        ("largest difference to PyTorch, float64", f"{worst(result):.1e}", "0"),
        ("one step, ms", f"{ms['numpy']:.3f}", f"{ms['torch']:.3f}"),
        ("speed, PyTorch = 1", f"{ms['ratio']:.2f}", "1"),
        ("memory above the imports, MB", f"{mb['numpy']['growth']:.1f}", f"{mb['torch']['growth']:.1f}"),
        ("memory: imports and data, MB", f"{mb['numpy']['imports']:.0f}", f"{mb['torch']['imports']:.0f}"),
        (
            f"lines of code of the {lines['concepts']} concepts",
            str(lines["numpy"]),
            f"{lines['torch']}, and torch's own",
        ),
    ]
    if "yours" not in result:
        return found
    yours = [row[1] for row in rows(result["yours"])]
    return [(*row, value) for row, value in zip(found, yours, strict=True)]


def worst(result: dict[str, Any]) -> float:
    """The largest of the four relative differences."""
    return float(max(result["difference"].values()))


def render(result: dict[str, Any]) -> str:
    """The report on one network."""
    steps, limit = result["steps"], result["limit"]
    apart = [
        (COMPARED[what], f"{result['first'][what]:.1e}", f"{value:.1e}") for what, value in result["difference"].items()
    ]
    verdict = "They agree" if result["agree"] else "**They do not agree**"
    parts = [
        f"# {result['title']}: NumPy and PyTorch side by side",
        "## What was asked\n\nDoes the network written by hand compute what PyTorch computes, and what does each cost?",
        f"## What was expected\n\nThe same losses to {limit:g} relative over {steps} steps in float64.",
        f"## What happened\n\n{verdict}: the relative differences over {steps} steps are",
        table(("of", "at the first step", "largest"), apart),
        "Rounding differs from the first step on, for sums are taken in another order; training may make it grow. "
        + " ".join(result["notes"]),
        "![Left, the loss of each batch. Right, how far apart they are; dotted, the limit.](figures/compare.svg)",
        table(head(result), rows(result)),
        f"Batches of {result['settings']['batch_size']}, timed in turns in one process. Memory is that of a process "
        "for each. Dropout and augmentation are off: the two draw different random numbers.",
        *_yours(result),
        f"## The data\n\n{result['dataset']}: {result['source']}." + (" **A stand-in.**" if result["stand_in"] else ""),
        "## Settings\n\n" + table(("setting", "value"), [(k, str(v)) for k, v in result["settings"].items()]),
        "## Machine\n\n" + table(("", ""), [(k, str(v)) for k, v in environment().items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _yours(result: dict[str, Any]) -> list[str]:
    if "yours" not in result:
        return []
    yours = result["yours"]
    agree = "agrees with PyTorch" if yours["agree"] else "**does not agree** with PyTorch"
    return [
        f"Yours took the place of {', '.join(yours['mine'])}; everything else is the library's in both. With it the "
        f"network {agree}: the largest difference is {worst(yours):.1e}. Its times are from a process of its own."
    ]


def together(results: list[dict[str, Any]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """One table over several comparisons: head and rows."""
    mine = any("yours" in result for result in results)
    names = ["network", "apart", "speed", "MB", "torch MB", "lines", "torch lines"]
    columns = ["apart", "speed", "MB", "lines"] if mine else []
    return (*names, *(f"yours {name}" for name in columns)), [
        (*_row(result), *(_of_yours(result.get("yours")) if mine else ())) for result in results
    ]


def _row(result: dict[str, Any]) -> tuple[str, ...]:
    return (
        result["lab"],
        f"{worst(result):.0e}",
        f"{result['milliseconds']['ratio']:.2f}",
        *(f"{result['megabytes'][side]['growth']:.1f}" for side in ("numpy", "torch")),
        *(str(result["lines"][side]) for side in ("numpy", "torch")),
    )


def _of_yours(yours: dict[str, Any] | None) -> tuple[str, ...]:
    if yours is None:  # none of the learner's files is in this network
        return ("",) * 4
    _, difference, speed, memory, _, lines, _ = _row(yours)
    return difference, speed, memory, lines


def write_together(results: list[dict[str, Any]], folder: Path, left_out: list[str]) -> None:
    """The report over several comparisons: one table, one picture, beside the folders of each."""
    run = RunFolder(folder)
    _draw_speeds(results, folder / "figures" / "speeds")
    agree, steps, limit = sum(result["agree"] for result in results), results[0]["steps"], results[0]["limit"]
    parts = [
        "# Every network, in NumPy and in PyTorch",
        f"{agree} of {len(results)} networks take the same {steps} steps in both to {limit:g} in float64, in "
        "loss, outputs, gradients and weights.",
        table(*together(results)),
        "Apart: the largest relative difference. Speed: PyTorch's time of a step over ours. MB: memory above the "
        "imports. Lines: code of the concepts, and of their twins, which call PyTorch's own.",
        "![Time of a step, PyTorch's over ours, in float32 on one thread.](figures/speeds.svg)",
        *(["Left out, for want of data:\n\n" + "\n".join(f"- {line}" for line in left_out)] if left_out else []),
        "## Each of them\n\n"
        + "\n".join(f"- [{r['title']}]({r['lab']}/report.md): {r['dataset']}, {r['source']}" for r in results),
        "## Machine\n\n" + table(("", ""), [(k, str(v)) for k, v in environment().items()]),
    ]
    text = "\n\n".join(parts) + "\n"
    run.write_text("report.md", text)
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

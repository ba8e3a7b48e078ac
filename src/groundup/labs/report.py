"""report.md: what was asked, what was expected, what happened. Every figure in it comes out of the run."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from groundup.labs.lab import Figure, Lab, Outcome, Settings, percent


@dataclass
class SeedRun:
    """One seed's run: its settings, what it came to, and where it lies relative to the report."""

    settings: Settings
    outcome: Outcome
    seconds: float
    folder: str = ""

    @property
    def score(self) -> float | None:
        """Test accuracy of the lab's own model; None where the lab trains none."""
        return next(iter(self.outcome.scores.values()), None)


def spread(values: Sequence[float]) -> str:
    """ "93.4 % ± 0.6": mean and standard deviation over the seeds; one value alone has no spread."""
    if len(values) == 1:
        return percent(values[0])
    return f"{100 * mean(values):.1f} % ± {100 * stdev(values):.1f}"


def scores(runs: Sequence[SeedRun]) -> dict[str, list[float]]:
    """Test accuracies by who reached them, a value a seed; of those that have one in every seed."""
    return {who: [run.outcome.scores[who] for run in runs] for who in _in_all([run.outcome.scores for run in runs])}


def _in_all(found: Sequence[Mapping[str, float]]) -> list[str]:
    return [name for name in found[0] if all(name in one for one in found)]


def render(
    lab: Lab, runs: Sequence[SeedRun], figures: Sequence[Figure], environment: Mapping[str, Any], *, quick: bool = False
) -> str:
    """The report of a run, or of the same lab from several seeds."""
    first = runs[0].outcome
    sections = [
        f"# {lab.title}",
        *(["**A quick run: a look at how the lab goes. Its figures are no result.**"] if quick else []),
        "## What was asked\n\n" + lab.about,
        "## What was expected\n\n" + lab.expects,
        "## What happened\n\n" + _happened(runs),
        *(f"![{figure.caption}](figures/{figure.stem}.svg)" for figure in figures),
        "## The data\n\n" + _data(first),
        "## Settings\n\n" + _settings(lab, runs),
        "## Machine\n\n" + table(("", ""), [(key, _plain(value)) for key, value in environment.items()]),
        "## What to try next\n\n" + "\n".join(f"- {line}" for line in first.further),
    ]
    return "\n\n".join(sections) + "\n"


def for_terminal(text: str, folder: Path) -> str:
    """The report with each figure as its caption and its place: a terminal draws no SVG."""
    return re.sub(r"^!\[(.*)\]\((.*)\)$", rf"*\1*\n\n`{folder}/\2`", text, flags=re.MULTILINE)


def measured(runs: Sequence[SeedRun]) -> dict[str, float]:
    """Means of what else was measured."""
    names = _in_all([run.outcome.measures for run in runs])
    return {name: mean(run.outcome.measures[name] for run in runs) for name in names}


def measures(runs: Sequence[SeedRun]) -> dict[str, str]:
    """Mean and spread of what else was measured, as text of three figures."""
    found = {}
    for name in _in_all([run.outcome.measures for run in runs]):
        values = [run.outcome.measures[name] for run in runs]
        found[name] = f"{mean(values):.3g}" + (f" ± {stdev(values):.2g}" if len(values) > 1 else "")
    return found


def _happened(runs: Sequence[SeedRun]) -> str:
    by_whom = scores(runs)
    parts = []
    if by_whom:
        rows = [(who, spread(values)) for who, values in by_whom.items()]
        parts.append(table(("on the test rows", "accuracy"), rows))
    if runs[0].outcome.measures:
        parts.append(table(("measured", "value"), list(measures(runs).items())))
    if len(runs) == 1:
        return "\n\n".join([*parts, *runs[0].outcome.tables, *runs[0].outcome.happened])
    parts.append(
        f"Mean ± standard deviation over {len(runs)} seeds; each draws its own split, initial weights and order."
    )
    head = ("seed", *by_whom, "seconds", "report")
    each = [
        (str(run.settings.seed), *(percent(run.outcome.scores[who]) for who in by_whom), *_where(run)) for run in runs
    ]
    return "\n\n".join([*parts, table(head, each)])


def _where(run: SeedRun) -> tuple[str, str]:
    return f"{run.seconds:.1f}", f"[{run.folder}]({run.folder}/report.md)"


def _data(outcome: Outcome) -> str:
    sizes = ", ".join(f"{count:,} {part}" for part, count in outcome.sizes.items() if count)
    lines = [f"{outcome.dataset}: {outcome.source}.", f"Rows: {sizes}."]
    if outcome.stand_in:
        lines.insert(
            1, "**This is a stand-in for the whole data set**: compare the figures with others on the same rows only."
        )
    return "\n\n".join([*lines, "\n".join(f"- {note}" for note in outcome.notes)]).rstrip()


def _settings(lab: Lab, runs: Sequence[SeedRun]) -> str:
    values = asdict(runs[0].settings) | {"seed": ", ".join(str(run.settings.seed) for run in runs)}
    return table(("setting", "value"), [("lab", lab.name), *((key, _plain(value)) for key, value in values.items())])


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(v)}" for key, v in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column holds names, the others numbers, which are aligned right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

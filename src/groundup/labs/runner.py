"""Running a lab: its folder, its seeds one after the other, its report, its one line of JSON."""

import os
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from rich.console import Console
from threadpoolctl import threadpool_limits

from groundup.core import write_atomically
from groundup.core.suggest import nearest
from groundup.labs import mine, page, plots, report
from groundup.labs.lab import Figure, Lab, Outcome, Settings
from groundup.labs.registry import LABS
from groundup.labs.report import SeedRun
from groundup.train import RunError, RunFolder
from groundup.train.lock import RunLock


@dataclass(frozen=True)
class Plan:
    """A lab, its settings by seed, and where it runs."""

    lab: Lab
    settings: Settings
    seeds: list[int]
    folder: Path
    goes_on: bool
    quick: bool

    def config(self) -> dict[str, Any]:
        """What config.json of the whole says; the seeds stand apart from what they share."""
        shared = {key: value for key, value in asdict(self.settings).items() if key != "seed"}
        return {
            "lab": self.lab.name, "seeds": self.seeds, "quick": self.quick, "settings": shared, "mine": mine.mapped(),
        }  # fmt: skip

    def runs(self) -> list[tuple[Settings, Path]]:
        """Settings and folder of each seed: a lone seed runs in the folder itself."""
        alone = len(self.seeds) == 1
        return [
            (replace(self.settings, seed=seed), self.folder if alone else self.folder / f"seed-{seed}")
            for seed in self.seeds
        ]


def run_lab(
    name: str,
    *,
    run_dir: Path | None = None,
    resume: Path | None = None,
    seeds: int | None = None,
    quick: bool = False,
    recipe: str | None = None,
    console: Console | None = None,
    checkpoint_out: Path | None = None,
    **asked: Any,
) -> dict[str, Any]:
    """Run a lab and return its result, which ``--json`` prints. ``asked`` are settings; None leaves the default.

    ``recipe`` names one of the lab's sets of settings; ``quick`` is a look, marked as such in all that it writes.

    Raises LookupError for an unknown lab, ValueError for settings it has not, RunError for a folder that does not fit,
    Interrupted when asked to stop.
    """
    began = time.perf_counter()
    console = console or Console(highlight=False)
    if checkpoint_out and checkpoint_out.is_dir():
        raise ValueError(f"lab run: expected a file for --checkpoint-out, got the folder {checkpoint_out}")
    plan = _plan(find_lab(name), run_dir, resume, seeds, quick, {**asked, "recipe": recipe})
    _announce(plan, console)
    if len(plan.seeds) > 1:
        _open(plan, plan.folder, plan.config())
    try:
        with _held(plan), threadpool_limits(1, "blas"):  # one thread: faster at these sizes, the same sums everywhere
            done = [_run_seed(plan, settings, folder, console) for settings, folder in plan.runs()]
            result = _result(plan, done, time.perf_counter() - began)
            if len(done) > 1:
                _write_together(plan, done, result)
    except KeyboardInterrupt:
        if mine.VARIABLE not in os.environ:  # else this is one side of --mine, which says how the whole goes on
            say = f"Stopped; what was done is kept. Go on with: groundup lab run {name} --resume {plan.folder}"
            console.print(say, markup=False, soft_wrap=True)
        raise
    if checkpoint_out:
        write_atomically(checkpoint_out, _weights(plan).read_bytes())
    _conclude(plan, done, console)
    return result


def find_lab(name: str) -> Lab:
    """The lab of that name. Raises LookupError with the nearest."""
    if name not in LABS:
        raise LookupError(nearest("lab", name, LABS))
    return LABS[name]


def _plan(
    lab: Lab, run_dir: Path | None, resume: Path | None, count: int | None, quick: bool, asked: Mapping[str, Any]
) -> Plan:
    if count is not None and count < 1:
        raise ValueError(f"lab run: expected --seeds of at least 1, got {count}")
    if resume is None:
        settings = lab.configure(quick=quick, **asked)
        folder = run_dir or Path("runs") / f"{lab.name}-{datetime.now():%Y%m%d-%H%M%S}"
        seeds = list(range(settings.seed, settings.seed + (count or 1)))
        return Plan(lab, settings, seeds, folder, goes_on=False, quick=quick)
    config = RunFolder.config_of(resume)
    if config["lab"] != lab.name or "seeds" not in config:
        what = f"a comparison of {config['lab']}" if config["lab"] == lab.name else f"one of {config['lab']}"
        raise RunError(f"run folder {resume}: expected a run of the lab {lab.name}, got {what}")
    seeds = config["seeds"]
    known = {**config["settings"], "seed": seeds[0]}
    given = {key: value for key, value in asked.items() if value is not None}
    if quick and not config["quick"]:
        raise RunError(f"run folder {resume}: expected what the run began with, got --quick; leave it out")
    settings = lab.configure(**{**known, **given})
    seeds = list(range(settings.seed, settings.seed + (count or len(seeds))))
    return Plan(lab, settings, seeds, resume, goes_on=True, quick=config["quick"])


def _weights(plan: Plan) -> Path:
    file = plan.runs()[0][1] / "checkpoint.safetensors"
    if not file.is_file():
        raise ValueError(f"lab run: expected a lab with one network for --checkpoint-out, got {plan.lab.name}")
    return file


def _run_seed(plan: Plan, settings: Settings, folder: Path, console: Console) -> SeedRun:
    """One seed: begun, continued, or, where it is finished, read."""
    run = _open(plan, folder, {**plan.config(), "seeds": [settings.seed]})
    if run.result:
        console.print(f"seed {settings.seed}: finished before")
        return _finished(settings, run.result, folder.name)
    if len(plan.seeds) > 1:
        console.print(f"seed {settings.seed}", style="bold")
    began = time.perf_counter()
    with run:
        outcome = plan.lab.run(run, settings, console)
        seconds = time.perf_counter() - began
        done = SeedRun(settings, outcome, seconds, folder.name)
        environment = run.read_json("environment.json")
        _write_report(run, plan, [done], outcome.figures, environment)
        one = replace(plan, seeds=[settings.seed], folder=folder)
        run.write_json("result.json", _result(one, [done], seconds))
        _tell_trackers(run, settings)
    return done


def _tell_trackers(run: RunFolder, settings: Settings) -> None:
    """The result and the figures, now that they are there."""
    track = getattr(settings, "track", "")
    if track:
        from groundup.train.trackers import conclude

        conclude(track, run, run.read_json("config.json"))


def _held(plan: Plan) -> AbstractContextManager[object]:
    """Several seeds share a folder: nobody else is to work in it, between two of them neither."""
    return RunLock(plan.folder / "run.lock") if len(plan.seeds) > 1 else nullcontext()


def _open(plan: Plan, folder: Path, config: Mapping[str, Any]) -> RunFolder:
    begun = plan.goes_on and (folder / "config.json").is_file()
    return (RunFolder.resume if begun else RunFolder.create)(folder, config)


def _finished(settings: Settings, result: Mapping[str, Any], name: str) -> SeedRun:
    """A run of an earlier call, out of its result.json."""
    kept = {key: result[key] for key in ("dataset", "source", "stand_in", "sizes")}
    kept |= {key: result[key] for key in ("scores", "measures", "facts", "notes")}
    outcome = Outcome(**kept)
    return SeedRun(settings, outcome, result["seconds"], name)


def _result(plan: Plan, runs: list[SeedRun], seconds: float) -> dict[str, Any]:
    outcome, own = runs[0].outcome, [run.score for run in runs if run.score is not None]
    return {
        "lab": plan.lab.name,
        "dataset": outcome.dataset,
        "source": outcome.source,
        "stand_in": outcome.stand_in,
        "sizes": outcome.sizes,
        "seed": plan.seeds[0],
        "seeds": plan.seeds,
        "quick": plan.quick,
        "test_accuracy": mean(own) if own else None,
        "test_accuracy_std": stdev(own) if len(own) > 1 else None,
        "test_accuracies": own,
        "scores": {who: mean(values) for who, values in report.scores(runs).items()},
        "measures": report.measured(runs),
        "facts": outcome.facts if len(runs) == 1 else _shared_facts(runs),
        "notes": outcome.notes,
        "mine": mine.used(),
        "seconds": round(seconds, 3),
        "run": str(plan.folder),
    }


def _shared_facts(runs: list[SeedRun]) -> dict[str, Any]:
    """Of several seeds: the mean time in training, where it was taken."""
    taken = [run.outcome.facts["training_seconds"] for run in runs if "training_seconds" in run.outcome.facts]
    return {"training_seconds": round(mean(taken), 3)} if taken else {}


def _write_together(plan: Plan, runs: list[SeedRun], result: dict[str, Any]) -> None:
    """The report over all seeds, beside the folders of each."""
    whole = RunFolder(plan.folder)
    figures = _figures_together(plan)
    environment = RunFolder(plan.runs()[0][1]).read_json("environment.json")
    _write_report(whole, plan, runs, figures, environment)
    whole.write_json("result.json", result)


def _figures_together(plan: Plan) -> list[Figure]:
    if plan.lab.together is not None:
        return plan.lab.together([folder for _, folder in plan.runs()], plan.folder / "figures")
    curves = {settings.seed: RunFolder(folder).metrics() for settings, folder in plan.runs()}
    return [plots.seeds_curves(curves, plan.folder / "figures" / "seeds")] if all(curves.values()) else []


def _write_report(
    run: RunFolder, plan: Plan, runs: list[SeedRun], figures: list[Figure], environment: Mapping[str, Any]
) -> None:
    """report.md, and the same as one page that a browser shows."""
    text = report.render(plan.lab, runs, figures, environment, quick=plan.quick)
    run.write_text("report.md", text)
    run.write_text("report.html", page.to_html(text, run.path, plan.lab.title))


def _announce(plan: Plan, console: Console) -> None:
    console.print(plan.lab.title, style="bold")
    console.print(f"run folder: {plan.folder}", markup=False, soft_wrap=True)


def _conclude(plan: Plan, runs: list[SeedRun], console: Console) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for who, values in report.scores(runs).items():
        table.add_row("test accuracy", report.spread(values), who)
    for name, value in report.measures(runs).items():
        table.add_row("measured", value, name)
    console.print(table)
    outcome = runs[0].outcome
    if plan.quick:
        console.print("a quick run: a look, no result", soft_wrap=True)
    sizes = ", ".join(f"{count:,} {part}" for part, count in outcome.sizes.items() if count)
    console.print(f"data: {outcome.source} ({sizes} rows)", markup=False, soft_wrap=True)
    console.print(f"report: groundup lab report {plan.folder}", markup=False, soft_wrap=True)

"""The parts of a run: found in order, named, read line by whole line, and followed from where a reader stopped."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from groundup.course.workspace import Workspace
from groundup.studio import runs_api
from groundup.studio.run_parts import parts_of
from groundup.studio.runs import LOG, Run
from groundup.studio.studio import Studio

LINE = {"step": 1, "epoch": 0, "split": "train", "loss": 0.5, "accuracy": None}


def begun(run: Path, place: str, when: int, lines: int = 0, **config: Any) -> Path:
    """A part of a run as a lab leaves it."""
    folder = run / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    os.utime(folder / "config.json", (when, when))
    (folder / "metrics.jsonl").write_text((json.dumps(LINE) + "\n") * lines)
    return folder


def names(run: Path) -> list[str]:
    return [part.name for part in parts_of(run)]


def test_parts_are_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    begun(tmp_path, "", 1, lab="dropout")
    begun(tmp_path, "arms/rate-0-2", 3, arm="rate 0.2")
    begun(tmp_path, "arms/no-dropout", 2, arm="no dropout")
    (tmp_path / "arms" / "no-config").mkdir()
    (tmp_path / "arms" / "no-config" / "metrics.jsonl").touch()
    assert names(tmp_path) == ["", "no dropout", "rate 0.2"]


def test_seeds_and_sides_are_named(tmp_path: Path) -> None:
    begun(tmp_path, "seed-1", 2)
    begun(tmp_path, "seed-0", 1)
    begun(tmp_path, "seed-1/arms/adam", 3, arm="Adam")
    assert names(tmp_path) == ["seed 0", "seed 1", "seed 1, Adam"]
    mine = tmp_path / "mine"
    begun(mine, "", 1, mine={"groundup.nn.linear.linear": "linear.py"})
    begun(mine, "ours", 2)
    begun(mine, "pytorch/seed-0", 3)
    assert names(mine) == ["yours", "ours", "PyTorch, seed 0"]


def test_which_of_how_many_is_what_the_run_printed(tmp_path: Path) -> None:
    begun(tmp_path, "seed-1/arms/adam", 1, arm="Adam")
    (part,) = parts_of(tmp_path)
    assert part.said("seed 1\n3 of 7: Adam\nepoch 1/4") == "seed 1, 3 of 7: Adam"
    assert part.said("") == part.said("4 of 7: AdamW") == "seed 1, Adam"


def test_metrics_are_read_line_by_whole_line(tmp_path: Path) -> None:
    begun(tmp_path, "", 1)
    (part,), file = parts_of(tmp_path), tmp_path / "metrics.jsonl"
    assert part.metrics() == ([], 0)
    line = json.dumps(LINE) + "\n"
    file.write_text(line + line[:10])
    assert part.metrics() == ([LINE], len(line))
    file.write_text(line + line)
    assert part.metrics(len(line)) == ([LINE], 2 * len(line))
    assert part.metrics(2 * len(line)) == ([], 2 * len(line))


@pytest.mark.parametrize("offset", [5, 10_000])
def test_a_file_that_was_cut_back_is_read_from_its_start(tmp_path: Path, offset: int) -> None:
    begun(tmp_path, "", 1, lines=3)
    (part,) = parts_of(tmp_path)
    assert part.metrics(offset) == part.metrics() == ([LINE] * 3, 3 * len(json.dumps(LINE) + "\n"))


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path) -> None:
    begun(tmp_path, "", 1)
    first = begun(tmp_path, "arms/sgd", 2, 2, arm="SGD")
    run = Run(tmp_path)
    (event,) = runs_api.measurements(run, [])
    assert event.data == {"part": 1, "name": "SGD", "said": "SGD", "metrics": [LINE, LINE]}
    assert event.id == f"0.{(first / 'metrics.jsonl').stat().st_size}"
    begun(tmp_path, "arms/adam", 3, 1, arm="Adam")
    (more,) = runs_api.measurements(run, runs_api._places(event.id))
    assert more.data["name"] == "Adam"
    assert more.id is not None
    assert list(runs_api.measurements(run, runs_api._places(more.id))) == []


def test_only_the_last_event_of_a_part_can_be_resumed_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs_api, "BATCH", 2)
    begun(tmp_path, "", 1, 5)
    found = list(runs_api.measurements(Run(tmp_path), []))
    assert [len(event.data["metrics"]) for event in found] == [2, 2, 1]
    assert [event.id is None for event in found] == [True, True, False]


@pytest.mark.parametrize("last", ["", "one", "1.-2", "1..2", "²"])
def test_an_id_that_is_none_begins_anew(last: str) -> None:
    assert runs_api._places(last) == []
    assert runs_api._places("12.0.7") == [12, 0, 7]


def test_a_run_that_nobody_holds_for_a_moment_is_not_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two seeds no process of the terminal holds a lock."""
    monkeypatch.setattr(runs_api, "PAUSE", 0.02)
    studio = Studio(Workspace.create(tmp_path / "workspace")[0])
    folder = begun(studio.runs.folder / "xor-1", "", 1, 1, lab="xor")

    async def follow() -> list[str | None]:
        seen = []
        async for event in runs_api._follow(studio, Run(folder), []):
            seen.append(event.event)
            if event.event == "metrics":
                (folder / "result.json").write_text('{"seconds": 2.0}')
        assert event.data["state"] == "done"
        return seen

    assert asyncio.run(follow()) == ["metrics", "done"]
    (folder / "result.json").unlink()
    monkeypatch.setattr(runs_api, "PATIENCE", 0.1)

    async def stopped() -> Any:
        return [event.data async for event in runs_api._follow(studio, Run(folder), [])][-1]["state"]

    assert asyncio.run(stopped()) == "stopped"


def test_what_a_run_says_between_its_trainings_is_told(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.note() == ""
    (tmp_path / LOG).write_text("Optimisers\nrun folder: /x\nSGD, trial 1 of 9: diverged\nepoch 1/2  step 3\n\n")
    assert run.note() == "SGD, trial 1 of 9: diverged"
    (tmp_path / "report.html").touch()
    assert run.note() == ""
    (tmp_path / "report.html").unlink()
    (tmp_path / LOG).write_text("Optimisers\nrun folder: /x\n")
    assert run.note() == ""

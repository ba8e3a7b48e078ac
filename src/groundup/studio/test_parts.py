"""The parts of the studio that need no browser: the map's lines, the learner's file, a run followed, a report drawn."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from groundup.course.manifest import load_course
from groundup.studio import files, mapping
from groundup.studio.report import to_html
from groundup.studio.runs import Run, Runs
from groundup.studio.statement import statement


def test_what_follows_from_other_lines_is_left_out() -> None:
    course = load_course()
    links = mapping.rests_on(course)
    order = list(course.concepts)
    assert list(links) == order
    for slug, below in links.items():
        assert all(order.index(d) < order.index(slug) for d in below)
        assert not any(d in links[other] for d in below for other in below)


def test_every_concept_stands_above_what_it_rests_on() -> None:
    course = load_course()
    for draw in (mapping.draw_wide, mapping.draw_narrow):
        picture = draw(course, {}, "linear")
        height = {knot.slug: knot.y for knot in picture.knots}
        assert set(height) == set(course.concepts)
        assert all(height[slug] < height[d] for slug, below in mapping.rests_on(course).items() for d in below)
        assert [knot.slug for knot in picture.knots if knot.here] == ["linear"]


@pytest.mark.parametrize(("share", "says"), [(0, ""), (0.5, "M1.0 5.0A4 4 0 0 0 9.0 5.0Z"), (1, "M1.0 5.0a")])
def test_a_circle_fills_from_below(share: float, says: str) -> None:
    assert mapping.segment(5, 5, 4, share).startswith(says)
    assert bool(mapping.segment(5, 5, 4, share)) == bool(says)


def test_a_line_goes_around_the_concepts_between() -> None:
    top = mapping.Knot("a", ["a"], 100, 0, 0, False, "")
    between, bottom = replace(top, y=200), replace(top, y=400)
    assert f" {100 - mapping.HALF:.1f} " in mapping._rope(top, bottom, [top, between, bottom])
    assert f" {100 - mapping.HALF:.1f} " not in mapping._rope(top, bottom, [top, bottom])


def test_a_file_is_saved_only_over_what_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "linear.py"
    assert files.read(path) == files.Text("", "")
    first = files.save(path, "one", "")
    path.write_text("theirs", encoding="utf-8")
    with pytest.raises(files.ConflictError, match="changed on disk") as conflict:
        files.save(path, "two", first)
    assert conflict.value.now.source == path.read_text(encoding="utf-8") == "theirs"
    assert files.save(path, "two", conflict.value.now.version) == files.read(path).version
    assert files.save(path, "two", "whatever was opened") == files.read(path).version  # the same text is no conflict


def test_the_statement_comes_from_the_source() -> None:
    said = statement(load_course().exercise_by_id["linear-forward"])
    assert said.head == "Linear: an affine map of the last axis."
    assert said.blocks[0] == ("equations", "(1)  Y  = X Wᵀ + b\n(2)  dX = dY W        dW = dYᵀ X        db = Σₙ dYₙ")
    assert said.blocks[1][0] == "text"
    assert said.functions[0].signature == "def forward(self, x: Array) -> Array"


def test_only_names_of_runs_are_looked_up(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    assert list(runs) == []
    (tmp_path / "runs" / "xor-20261121-101010").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    assert [run.lab for run in runs] == ["xor"]
    assert runs.get("xor-20261121-101010") is not None
    assert [runs.get(name) for name in ("../secret", "..", "", "nothing")] == [None] * 4


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_run_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundup.studio.runs.GRACE", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        run, began = Run(tmp_path, process), time.monotonic()
        assert run.state == "running"
        run.stop()
        assert process.returncode == -signal.SIGKILL
    assert run.state == "stopped"
    assert time.monotonic() - began < 5


def test_a_run_of_the_terminal_is_seen_to_run(tmp_path: Path) -> None:
    lock = tmp_path / "run.lock"
    assert Run(tmp_path).state == "stopped"
    lock.write_text(str(os.getpid()))
    assert Run(tmp_path).state == ("running" if os.name == "posix" else "stopped")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    lock.write_text(str(ended.pid))
    assert Run(tmp_path).state == "stopped"
    (tmp_path / "seed-1").mkdir()
    (tmp_path / "seed-1" / "run.lock").write_text(str(os.getpid()))
    assert Run(tmp_path).state == ("running" if os.name == "posix" else "stopped")
    assert Run(tmp_path).sentence().startswith("Running in a terminal" if os.name == "posix" else "Stopped")


def test_a_report_is_words_and_its_own_figures(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    svg = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">'
    svg += '<path style="stroke: #1c1b1a" d="M0 0L1 1"/></svg>'
    (tmp_path / "figures" / "loss.svg").write_text(svg)
    text = "# Title\n\n## Part\n\n<script>1</script> [seed](seed-0/report.md)\n\n![The loss](figures/loss.svg)\n"
    text += "\n![x](../x.svg)\n"
    (tmp_path / "report.md").write_text(text)
    html = to_html(Run(tmp_path))
    assert "Title" not in html
    assert "<h3>Part</h3>" in html
    assert "<script" not in html
    assert "<a " not in html
    assert 'stroke="currentColor"' in html
    assert "<code>../x.svg</code>" in html

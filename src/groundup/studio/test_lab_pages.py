"""The pages of the labs: units, what a form offers and refuses, results in words, and which files a browser gets."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from groundup.course.manifest import load_course
from groundup.course.workspace import Workspace
from groundup.labs.registry import LABS, labs
from groundup.studio import lab_pages, results
from groundup.studio.runs_api import Options
from groundup.studio.studio import Studio

DONE = {"seconds": 2.04, "dataset": "MNIST", "source": "the mirror", "stand_in": False, "quick": False, "seeds": [0]}


def test_every_lab_stands_in_one_unit() -> None:
    course = load_course()
    found = lab_pages.chapters(course, labs())
    assert sorted(lab.name for chapter in found for lab in chapter.labs) == sorted(LABS)
    assert [chapter.id for chapter in found] == [u.id for u in course.units if u.id in {c.id for c in found}]
    home = {lab.name: chapter.id for chapter in found for lab in chapter.labs}
    assert home["xor"] == "02"
    assert home["dropout"] == "03"


def test_a_lab_of_no_unit_stands_at_the_end() -> None:
    (other,) = lab_pages.chapters(load_course(), [lab_of(covers=("99.01",))])
    assert (other.id, other.title) == ("", "Further")


def lab_of(**changes: Any) -> Any:
    return replace(LABS["xor"], name="another", **changes)


def test_a_form_offers_what_the_lab_has() -> None:
    choices = lab_pages.choices(LABS["dropout"])
    assert choices["settings"]["epochs"] == LABS["dropout"].settings().epochs
    assert "backend" not in choices["settings"]
    assert lab_pages.choices(LABS["perceptron"])["backends"] == []
    assert lab_pages.choices(LABS["cifar-torch"])["backends"] == []
    assert lab_pages.choices(LABS["mnist-mlp"])["recipes"] == list(LABS["mnist-mlp"].recipes)


def test_without_pytorch_there_is_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_pages, "have_torch", lambda: True)
    assert lab_pages.choices(LABS["dropout"])["backends"] == ["numpy", "torch"]
    monkeypatch.setattr(lab_pages, "have_torch", lambda: False)
    assert lab_pages.choices(LABS["dropout"])["backends"] == []


def test_what_was_chosen_becomes_the_words_of_the_terminal() -> None:
    lab = LABS["mnist-mlp"]
    assert Options(seeds=1).words(lab) == []
    chosen = Options(
        quick=True, mine=True, backend="torch", recipe="augmented", seeds=3, settings="lr=0.2  batch-size=64"
    )
    assert chosen.words(lab) == [
        "--quick", "--mine", "--recipe=augmented", "--seeds=3", "--set=lr=0.2", "--set=batch_size=64",
        "--set=backend=torch",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(settings="lr"), r"expected NAME=VALUE, .* got lr\."),
        (Options(settings="lr=fast"), "expected lr to be float, got 'fast'"),
        (Options(settings="rate=1"), "got --rate; this lab has none"),
        (Options(recipe="best"), "expected a recipe among .*, got 'best'"),
        (Options(settings="epochs=0"), "at least 1 epoch"),
    ],
)
def test_what_the_lab_has_not_is_one_sentence(options: Options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        options.words(LABS["mnist-mlp"])


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"test_accuracy": 0.9342}, "Done in 2.0 s: 93.4\u00a0% of the test rows right; MNIST: the mirror."),
        ({"test_accuracy": None, "measures": {}}, "Done in 2.0 s: MNIST: the mirror."),
        ({"test_accuracy": None, "measures": {"gap": 0.1234}}, "Done in 2.0 s: 0.123, gap; MNIST: the mirror."),
        (
            {"test_accuracy": 0.5, "seeds": [0, 1, 2], "stand_in": True},
            "Done in 2.0 s: 50.0\u00a0% of the test rows right, the mean of 3 seeds; MNIST: the mirror; a stand-in.",
        ),
        (
            {"test_accuracy": 0.5, "quick": True},
            "Done in 2.0 s, a quick run: a look, no result; 50.0\u00a0% of the test rows right; MNIST: the mirror.",
        ),
    ],
)
def test_a_result_is_a_sentence(more: dict[str, Any], says: str) -> None:
    assert results.sentence(DONE | more) == says


def test_a_result_of_another_kind_is_a_sentence_too() -> None:
    assert results.sentence({}) == "Done."
    assert results.sentence({"agree": True}) == "Done: NumPy and PyTorch agree."
    assert results.short({"agree": False}) == "NumPy and PyTorch do not agree"


def test_only_reports_and_figures_of_a_run_are_opened(tmp_path: Path) -> None:
    run = tmp_path / "xor-1"
    (run / "figures").mkdir(parents=True)
    (run / "seed-0").mkdir()
    (tmp_path / "secret.svg").write_text("secret")
    files = ["report.html", "figures/loss.svg", "figures/loss.png", "seed-0/report.html"]
    for name in [*files, "config.json", "report.md", "figures/loss.html", "figures/loss.svg.py", "other.svg"]:
        (run / name).write_text(name)
    (run / "figures" / "link.svg").symlink_to(tmp_path / "secret.svg")
    assert [name for name in files if lab_pages.inside(run, name)] == files
    refused = ["config.json", "report.md", "other.svg", "figures/loss.html", "figures/loss.svg.py", "figures/link.svg"]
    refused += ["../secret.svg", "figures/../../secret.svg", "figures/none.svg", "", "figures", "report.html\n"]
    assert [name for name in refused if lab_pages.inside(run, name)] == []


def test_a_report_is_a_page_that_may_do_nothing(tmp_path: Path) -> None:
    studio = Studio(Workspace.create(tmp_path / "workspace")[0])
    run = studio.runs.folder / "xor-1"
    run.mkdir(parents=True)
    (run / "report.html").write_text("<p>words</p>")
    (page,) = [r.endpoint for r in lab_pages.routes(studio).routes if getattr(r, "path", "").endswith("{file:path}")]
    answer = page("xor-1", "report.html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "script" not in answer.headers["content-security-policy"]
    for name, file in (("xor-1", "report.md"), ("none-1", "report.html")):
        with pytest.raises(HTTPException, match=r"There is no run|has no page"):
            page(name, file)

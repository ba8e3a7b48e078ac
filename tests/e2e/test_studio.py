"""The studio, driven by a real browser against a real server: what a learner sees and does there."""

import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from groundup.course.manifest import load_course
from groundup.nn.linear import misconceptions
from support.browser import Served, other_server, studio

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SOLUTION = load_course().concepts["linear"].file.read_text(encoding="utf-8")
HOSTILE = {
    "timeout": "while True:\n            pass",
    "exit": "import sys\n        sys.exit(0)",
    "memory": "import numpy\n        return numpy.ones((100_000, 100_000))",
    "output": 'while True:\n            print("x" * 100_000)',
}


def write(page: Any, source: str) -> None:
    """Replace what stands in the editor, by keyboard."""
    page.wait_for_selector(".cm-content")
    page.focus(".cm-content")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


def body_of_forward(body: str) -> str:
    """The solution with another body in Linear.forward."""
    head, rest = SOLUTION.split('"""(..., I) -> (..., O), Eq. 1."""\n')
    return f'{head}"""Mine."""\n        {body}\n\n    def backward{rest.partition("def backward")[2]}'


def test_the_token_leaves_the_address_bar(page: Any, served: Served) -> None:
    assert page.url == served.base + "/"
    (cookie,) = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"


def test_without_the_token_a_page_says_what_to_do(browser: Any, served: Served) -> None:
    page = browser.new_page()
    response = page.goto(served.base + "/learn/linear")
    assert response.status == 403
    assert "address from the terminal" in page.inner_text("h1")
    assert "groundup studio" in page.inner_text("p")
    page.close()


def test_a_page_of_another_port_cannot_do_anything(page: Any, served: Served) -> None:
    """The same site, so the browser sends the cookie along; another origin, so nothing is run, written or shown."""
    send = """async (url) => {
        const answer = fetch(url, {method: "POST", mode: "no-cors", credentials: "include", body: "{}"});
        await answer.catch(() => "the answer is kept from this page as well");
    }"""
    asked = list[str]()
    with other_server() as address:
        attacker = page.context.new_page()
        attacker.on("request", lambda request: asked.append(request.url))
        attacker.goto(address)
        attacker.evaluate(send, f"{served.base}/api/exercises/sgd-step/hint")
    assert asked[-1].endswith("/hint")
    page.goto(f"{served.base}/exercise/sgd-step")
    assert page.locator(".hints li").count() == 0


def test_the_map_shows_every_concept(page: Any) -> None:
    course = load_course()
    for kind in (".map-wide", ".map-narrow"):
        found = page.eval_on_selector_all(f"{kind} a[data-concept]", "all => all.map(a => a.dataset.concept)")
        assert sorted(found) == sorted(course.concepts)
    assert page.locator(".map-wide .here").count() == 1
    page.click(".map-wide a[data-concept=linear]")
    assert page.inner_text("h1") == course.concepts["linear"].title


@pytest.mark.parametrize("slug", load_course().concepts)
def test_every_equation_is_set(page: Any, served: Served, slug: str) -> None:
    page.goto(f"{served.base}/learn/{slug}")
    page.wait_for_function(
        "![...document.querySelectorAll('.math')].some(m => !m.querySelector('.katex,.katex-error'))"
    )
    assert page.locator(".math .katex").count() > 5
    assert page.locator(".katex-error").all_inner_texts() == []
    page.wait_for_selector("[data-lesson-pending]", state="detached", timeout=60_000)
    assert page.locator(".text figure svg").count() >= 1
    for width in (1280, 1000, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_fonts_are_our_own(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/learn/linear")
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)")
    assert {"Source Serif", "Source Code"} <= {name.strip('"') for name in loaded}


def test_a_prediction_is_kept_and_opens_the_answer(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/learn/linear")
    page.wait_for_selector("[data-lesson-pending]", state="detached", timeout=60_000)
    form = page.locator("form.predict").first
    assert not form.locator(".predict-answer").is_visible()
    form.locator("button").click()
    assert "a guess will do" in form.locator(".predict-note").inner_text()
    form.locator("textarea").fill("(10, 784), ọ̀kan")
    form.locator("button").click()
    form.locator(".predict-answer").wait_for()
    page.reload()
    assert form.locator(".predict-said").inner_text() == "You said: (10, 784), ọ̀kan"
    assert form.locator(".predict-answer").is_visible()


def test_a_mistake_is_named_with_its_example(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/exercise/linear-forward")
    write(page, body_of_forward("self.keep(x)\n        return x @ self.weight.value.T"))
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".verdict[data-kind=misconception]")
    assert page.inner_text(".sentence") == misconceptions.bias_forgotten.says
    assert page.inner_text(".expected pre") != page.inner_text(".received pre")
    assert "Saved" in page.inner_text(".file-state")
    page.click(".verdict-link a")
    assert re.search(r"/learn/linear#\w+", page.url)
    assert page.locator(page.url.partition("/learn/linear")[2]).count() == 1


def test_hints_come_one_at_a_time(page: Any, served: Served) -> None:
    hints = load_course().exercise_by_id["linear-backward"].spec.hints
    page.goto(f"{served.base}/exercise/linear-backward")
    assert page.locator(".hints li").count() == 0
    for count in (1, 2, 3):
        page.click("button.hint")
        page.wait_for_selector(f".hints li:nth-child({count})")
    assert page.locator(".hints li").all_inner_texts() == hints
    assert not page.is_visible("button.hint")


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_code_gets_its_verdict_and_the_studio_stays_up(page: Any, served: Served, kind: str) -> None:
    page.goto(f"{served.base}/exercise/linear-forward")
    write(page, body_of_forward(HOSTILE[kind]))
    page.click("button.check")
    page.wait_for_selector(f".verdict[data-kind={kind}]", timeout=15_000)
    assert page.goto(served.base + "/").status == 200


def test_a_file_that_changed_on_disk_is_not_overwritten(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/exercise/linear-forward")
    write(page, SOLUTION)
    theirs = "# saved by another editor, ẹ káàárọ̀\n" + SOLUTION
    (served.root / "nn" / "linear.py").write_text(theirs, encoding="utf-8")
    page.keyboard.press("Control+s")
    page.wait_for_selector(".conflict:not([hidden])")
    assert (served.root / "nn" / "linear.py").read_text(encoding="utf-8") == theirs
    page.click("text=Take the file on disk")
    assert "ẹ káàárọ̀" in page.inner_text(".cm-content")


def test_right_code_passes_and_the_map_shows_it(page: Any, served: Served) -> None:
    for name in ("linear-forward", "linear-backward"):
        page.goto(f"{served.base}/exercise/{name}")
        write(page, SOLUTION)
        page.click("button.check")
        page.wait_for_selector(".verdict.passed")
    page.goto(served.base + "/")
    linear = load_course().concepts["linear"].exercises
    share = sum(e.points for e in linear if e.kind == "write") / sum(e.points for e in linear)
    assert page.get_attribute(".map-wide a[data-concept=linear]", "data-share") == f"{share:.2f}"
    page.goto(served.base + "/progress")
    assert page.inner_text("tr:has(a[href='/exercise/linear-forward']) td:nth-child(3)") == "passed"


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C of POSIX")
def test_ctrl_c_ends_the_studio_and_its_runs(browser: Any, tmp_path: Path) -> None:
    with studio(tmp_path) as served:
        page = browser.new_page()
        page.goto(served.url)
        page.goto(f"{served.base}/lab/mnist-mlp")
        page.click("form.lab-start button")
        page.wait_for_selector(".plot canvas", timeout=30_000)
        run = served.root / "runs" / page.get_attribute("[data-run]", "data-run")
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(15) == 0
        page.close()
    assert (tmp_path / "stderr").read_text() == ""
    assert (run / "metrics.jsonl").stat().st_size > 0
    assert (run / "run.lock").read_text() == ""  # let go, so ended, and not by force


def test_a_phone_scrolls_one_way_only(page: Any, served: Served) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", "/exercise/linear-forward", "/labs", "/lab/mnist-mlp", "/progress"):
        page.goto(served.base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path

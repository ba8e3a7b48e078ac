"""The studio, driven by a real browser against a real server: what a learner sees and does there."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundup.course.manifest import load_course
from groundup.nn.linear import misconceptions
from support.browser import Served, chromium, other_server, studio

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SOLUTION = load_course().concepts["linear"].file.read_text(encoding="utf-8")
HOSTILE = {
    "timeout": "while True:\n            pass",
    "exit": "import sys\n        sys.exit(0)",
    "memory": "import numpy\n        return numpy.ones((100_000, 100_000))",
    "output": 'while True:\n            print("x" * 100_000)',
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with studio(tmp_path_factory.mktemp("studio")) as found:
        yield found


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    """A page that is let in. Whatever it complains of, or asks of another server, fails the test at its end."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    found, wrong = context.new_page(), list[str]()
    found.on("console", lambda message: wrong.append(message.text) if _is_complaint(message) else None)
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("request", lambda request: None if _is_own(request.url, served) else wrong.append(f"asked {request.url}"))
    found.goto(served.url)
    yield found
    context.close()
    assert wrong == []


def _is_complaint(message: Any) -> bool:
    """What the server refuses, Chromium reports as an error: 409, a file changed on disk; 422, a lab has no such setting."""
    return message.type in ("error", "warning") and not re.search(r"status of (409|422)\b", message.text)


def _is_own(url: str, served: Served) -> bool:
    return url.startswith((served.base + "/", "data:"))


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


def test_a_lab_is_drawn_live_and_ends_with_its_report(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/lab/xor")
    page.check("input[name=quick]")
    page.click("form.lab-start button")
    page.wait_for_selector(".plot canvas")
    page.wait_for_selector("[data-run][data-state=done]", timeout=60_000)
    assert page.inner_text(".run-status").startswith("Done")
    page.wait_for_selector(".run-report svg")
    page.reload()
    assert page.locator(".run-report svg").count() >= 1
    page.wait_for_selector(".plot canvas")


def test_a_study_is_followed_arm_by_arm(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/lab/dropout")
    page.check("input[name=quick]")
    page.click("form.lab-start summary")
    page.fill("input[name=settings]", "epochs=fast")
    page.click("form.lab-start button")
    page.wait_for_selector(".form-note:has-text('expected epochs to be int')")
    page.fill("input[name=settings]", "epochs=6 rows=1000")
    page.click("form.lab-start button")
    page.wait_for_selector(r".run-status:text-matches('^2 of 4: rate 0.2, epoch \\d, step \\d+\\.$')")
    assert page.locator(".over").inner_text().endswith(": a quick run")
    assert page.locator(".chart-parts li").all_inner_texts()[:2] == ["no dropout", "rate 0.2"]
    page.wait_for_selector("[data-run][data-state=done]", timeout=60_000)
    arms = ["no dropout", "rate 0.2", "rate 0.5", "rate 0.5, input 0.2"]
    assert page.locator(".chart-parts li").all_inner_texts() == arms
    assert page.locator(".chart-title").all_inner_texts() == ["Loss in validation", "Accuracy in validation"]
    page.reload()
    page.wait_for_selector(".chart-parts li:nth-child(4)")
    assert page.locator(".plot canvas").count() == 2
    run = page.get_attribute("[data-run]", "data-run")
    page.goto(served.base + "/labs")
    assert "(quick)" in page.inner_text(f"li:has(a[href='/run/{run}'])")


def test_a_report_opens_as_a_page(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/lab/xor")
    page.check("input[name=quick]")
    page.click("form.lab-start summary")
    page.select_option("select[name=seeds]", "3")
    page.click("form.lab-start button")
    page.wait_for_selector(".run-report svg", timeout=60_000)
    with page.expect_response("**/report.html") as answered:
        page.click(".run-page a")
    assert "script-src" not in answered.value.headers["content-security-policy"]
    assert answered.value.headers["content-type"] == "text/html; charset=utf-8"
    assert page.inner_text("h1") == "XOR, solved by a hidden layer"
    assert page.locator("script").count() == 0
    page.click("a[href='seed-1/report.html']")
    assert page.locator("figure svg").count() >= 1


@pytest.mark.skipif(os.name != "posix", reason="who holds a lock is known on POSIX")
def test_a_run_of_the_terminal_is_followed(page: Any, served: Served) -> None:
    folder = served.root / "runs" / "dropout-terminal"
    words = ["lab", "run", "dropout", "--quick", "--epochs=8", "--seeds=2", "--run-dir", str(folder)]
    with subprocess.Popen([sys.executable, "-m", "groundup", *words], stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 30
        while not (folder / "seed-0" / "arms" / "no-dropout" / "metrics.jsonl").is_file() and time.monotonic() < end:
            time.sleep(0.05)
        page.goto(f"{served.base}/run/dropout-terminal")
        assert page.get_attribute("[data-run]", "data-state") == "running"
        page.wait_for_selector(".run-status:text-matches('^seed 1, no dropout, epoch')")
        page.wait_for_selector("[data-run][data-state=done]", timeout=60_000)
        assert process.wait(20) == 0
    assert page.locator(".chart-parts li").count() == 8


def test_a_lab_can_be_stopped_and_keeps_what_it_had(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/lab/mnist-mlp")
    page.click("form.lab-start button")
    page.wait_for_selector(".plot canvas", timeout=30_000)
    page.click("button.stop")
    page.wait_for_selector("[data-run][data-state=stopped]", timeout=15_000)
    run = served.root / "runs" / page.get_attribute("[data-run]", "data-run")
    assert (run / "metrics.jsonl").stat().st_size > 0
    assert not (run / "result.json").exists()


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

"""Labs in the studio, driven by a real browser: started, followed while they train, stopped, read."""

import os
import re
import subprocess
import sys
import time
from typing import Any

import pytest

from support.browser import Served

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


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


FOLLOWED = r"(\d) of 4: (.+), epoch \d+, step \d+\.$"
RECORD = """
const status = document.querySelector(".run-status");
window.seen = [status.innerText];
new MutationObserver(() => window.seen.push(status.innerText)).observe(status, {childList: true, characterData: true, subtree: true});
"""


def test_a_study_is_followed_arm_by_arm(page: Any, served: Served) -> None:
    page.goto(f"{served.base}/lab/dropout")
    page.check("input[name=quick]")
    page.click("form.lab-start summary")
    page.fill("input[name=settings]", "epochs=fast")
    page.click("form.lab-start button")
    page.wait_for_selector(".form-note:has-text('expected epochs to be int')")
    page.fill("input[name=settings]", "epochs=6 rows=1000")
    page.click("form.lab-start button")
    page.wait_for_url("**/run/*", timeout=60_000)
    page.evaluate(RECORD)
    assert page.locator(".over").inner_text().endswith(": a quick run")
    page.wait_for_selector("[data-run][data-state=done]", timeout=120_000)
    arms = ["no dropout", "rate 0.2", "rate 0.5", "rate 0.5, input 0.2"]
    said = [match for text in page.evaluate("window.seen") if (match := re.match(FOLLOWED, text))]
    assert said, "no arm was seen at work"
    assert all(arms[int(match[1]) - 1] == match[2] for match in said)
    assert [int(match[1]) for match in said] == sorted(int(match[1]) for match in said)
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


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="who holds a lock is known on POSIX")
def test_a_run_of_the_terminal_is_followed(page: Any, served: Served) -> None:
    folder = served.root / "runs" / "dropout-terminal"
    words = ["lab", "run", "dropout", "--quick", "--epochs=8", "--seeds=2", "--run-dir", str(folder)]
    with subprocess.Popen([sys.executable, "-m", "groundup", *words], stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while not (folder / "seed-0" / "arms" / "no-dropout" / "metrics.jsonl").is_file() and time.monotonic() < end:
            time.sleep(0.05)
        page.goto(f"{served.base}/run/dropout-terminal")
        assert page.get_attribute("[data-run]", "data-state") == "running"
        page.wait_for_selector(r".run-status:text-matches('^seed \\d, .+, epoch')", timeout=60_000)
        page.wait_for_selector("[data-run][data-state=done]", timeout=120_000)
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

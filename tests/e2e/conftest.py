"""A browser, a studio and a page of it, for the tests that drive one with the other."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from support.browser import Served, chromium, studio


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

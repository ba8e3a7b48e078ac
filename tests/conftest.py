"""What the tests outside of the concepts share: one cache a session, and a count of what was tried."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session", autouse=True)
def one_cache_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A fresh cache that the workers share: a lesson is run once a session, however many tests look at it."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDUP_CACHE", str(root / "cache"))
        yield


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """``tally["configurations"] += 1``: the sums over all tests are printed at the end."""
    counts: Counter[str] = Counter()
    yield counts
    request.node.user_properties.extend(counts.items())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the tests counted; the workers' counts arrive with the reports of their teardowns."""
    reports = [r for group in terminalreporter.stats.values() for r in group if getattr(r, "when", "") == "teardown"]
    totals: Counter[str] = Counter()
    for report in reports:
        for name, count in report.user_properties:
            totals[name] += count
    for name, count in sorted(totals.items()):
        terminalreporter.write_line(f"{name}: {count:,}")

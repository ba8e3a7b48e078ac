"""The ONNX backend's own node tests, for every operator that we have."""

from collections import Counter

import pytest

from support.onnx_backend import REPORT, node_tests, outcomes, report, run
from support.onnx_operators import ADAPTERS


@pytest.mark.parametrize("operator", sorted(ADAPTERS))
def test_node_tests_pass(operator: str, tally: Counter[str]) -> None:
    found = [run(test, ADAPTERS[operator]) for test in node_tests()[operator]]
    assert any(outcome.passed for outcome in found), f"no test of {operator} applies: leave the adapter out"
    tally["ONNX node tests passed"] += sum(outcome.passed for outcome in found)
    tally["ONNX node tests that do not apply (docs/onnx.md says why)"] += sum(not o.passed for o in found)


def test_the_report_is_current() -> None:
    assert REPORT.read_text(encoding="utf-8") == report(outcomes()), "run python tests/support/onnx_backend.py"

"""The ONNX backend's own node tests, run through our layers by an adapter for each operator.

``python tests/support/onnx_backend.py`` writes docs/onnx.md: for every operator how many of its tests apply and pass,
and why each of the others does not apply.
"""

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Arrays = list[np.ndarray]
Attributes = dict[str, Any]
Adapter = Callable[[Attributes, Arrays, int], Arrays]
REPORT = Path(__file__).resolve().parents[2] / "docs" / "onnx.md"


class NotApplicable(Exception):  # noqa: N818  it is no error: it says why a test asks for what we do not have
    """Why a test is outside of what the operator of ours does."""


@dataclass(frozen=True)
class Outcome:
    """What became of one node test."""

    test: str
    passed: bool
    reason: str  # why it does not apply, or how it failed


@cache
def node_tests() -> dict[str, list[Any]]:
    """The node tests of the onnx package by operator; one spelled out in other operators is left to its own name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # onnx builds its cases with overflows on purpose
        from onnx.backend.test.loader import load_model_tests

        found: dict[str, list[Any]] = {}
        for test in load_model_tests(kind="node"):
            if len(test.model.graph.node) == 1:
                found.setdefault(test.model.graph.node[0].op_type, []).append(test)
    return found


def run(test: Any, adapter: Adapter) -> Outcome:
    """Every data set of one test. An exception other than NotApplicable is a failure, and says so."""
    from onnx.helper import get_attribute_value

    node = test.model.graph.node[0]
    attributes = {a.name: _plain(get_attribute_value(a)) for a in node.attribute}
    names = [i.name for i in test.model.graph.input]
    for given, expected in test.data_sets:
        by_name = dict(zip(names, given, strict=True))
        inputs = [by_name.get(name) for name in node.input]
        try:
            given_back = adapter(attributes, inputs, len(node.output))
        except NotApplicable as reason:
            return Outcome(test.name, False, str(reason))
        results = [result for result, name in zip(given_back, node.output, strict=False) if name]
        for result, wanted in zip(results, expected, strict=False):
            if result.shape != wanted.shape or result.dtype != wanted.dtype:
                got = f"{result.dtype} {result.shape}, expected {wanted.dtype} {wanted.shape}"
                raise AssertionError(f"{test.name}: got {got}")
            np.testing.assert_allclose(result, wanted, rtol=test.rtol, atol=max(test.atol, 1e-6), err_msg=test.name)
    return Outcome(test.name, True, "")


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def outcomes() -> dict[str, list[Outcome]]:
    """Every test of every operator that has an adapter."""
    from support.onnx_operators import ADAPTERS

    return {op: [run(test, ADAPTERS[op]) for test in node_tests()[op]] for op in sorted(ADAPTERS)}


def report(found: dict[str, list[Outcome]]) -> str:
    """docs/onnx.md: passed / applicable, and every reason."""
    import onnx

    applicable = sum(o.passed for group in found.values() for o in group)
    total = sum(map(len, found.values()))
    lines = [
        "# ONNX node tests",
        "",
        f"The ONNX backend's own node tests (onnx {onnx.__version__}) for every operator that the library has, run",
        "through an adapter (`tests/support/onnx_operators.py`). What our layers do not return (a mask, a mean) is not",
        "compared. Written by `python tests/support/onnx_backend.py`; a test fails when it is out of date.",
        "",
        f"**{applicable} of {applicable} applicable tests pass; {total - applicable} of {total} do not apply.**",
        "",
        "| operator | tests | applicable, all passing | does not apply |",
        "|---|---|---|---|",
    ]
    for op, group in found.items():
        reasons: dict[str, int] = {}
        for outcome in group:
            if not outcome.passed:
                reasons[outcome.reason] = reasons.get(outcome.reason, 0) + 1
        why = "; ".join(f"{count}: {reason}" for reason, count in reasons.items())
        lines.append(f"| {op} | {len(group)} | {sum(o.passed for o in group)} | {why} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import support.onnx_backend as this  # the adapters raise this module's NotApplicable, not __main__'s

    REPORT.write_text(this.report(this.outcomes()), encoding="utf-8")
    print(REPORT)

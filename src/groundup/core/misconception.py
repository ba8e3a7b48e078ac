"""Mistakes as code: a wrong implementation of one function, and the sentence that names it.

The checker runs a learner's failing inputs through each; when the outputs are the same, it says the sentence. The audit
runs each as if it were a learner's file: a check that lets one pass is a defective check.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Misconception:
    """``wrong`` stands in for ``target`` ("Linear.backward", "softmax"); ``says`` is told to one who wrote it."""

    name: str
    target: str
    says: str
    see: str
    wrong: Callable[..., Any]


def misconception(target: str, says: str, see: str) -> Callable[[Callable[..., Any]], Misconception]:
    """Declare the decorated function a mistake in ``target``; ``see`` is the lesson's heading that explains it."""

    def declare(wrong: Callable[..., Any]) -> Misconception:
        return Misconception(wrong.__name__, target, says, see, wrong)

    return declare

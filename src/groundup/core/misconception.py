"""Answers as code: wrong implementations with the sentence that names each, and right ones written another way.

The checker runs a learner's failing inputs through each misconception; when the outputs are the same, it says the
sentence. The audit runs both as if they were a learner's file: a check that lets a misconception pass is a defective
check, and so is one that stops a variant.
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


@dataclass(frozen=True)
class Variant:
    """``right`` stands in for ``target`` and is just as right; ``how`` says what is different about it."""

    name: str
    target: str
    how: str
    right: Callable[..., Any]


def misconception(target: str, says: str, see: str) -> Callable[[Callable[..., Any]], Misconception]:
    """Declare the decorated function a mistake in ``target``; ``see`` is the lesson's heading that explains it."""

    def declare(wrong: Callable[..., Any]) -> Misconception:
        return Misconception(wrong.__name__, target, says, see, wrong)

    return declare


def variant(target: str, how: str) -> Callable[[Callable[..., Any]], Variant]:
    """Declare the decorated function a right answer to ``target``, in another way than the library's."""

    def declare(right: Callable[..., Any]) -> Variant:
        return Variant(right.__name__, target, how, right)

    return declare

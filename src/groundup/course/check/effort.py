"""How much a training run works: the backward passes of layers and losses while it runs.

A run that only returns the numbers of a good run makes none. Ours is counted in the parent, the learner's in the child.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from groundup.core import Keeps

LEAST = 0.02  # of the passes that ours makes: who trains less, or fewer networks, trains all the same


@dataclass
class Effort:
    """The backward passes so far."""

    passes: int = 0


@contextmanager
def counted() -> Iterator[Effort]:
    """Count while the block runs."""
    effort, original = Effort(), Keeps.kept_all

    def kept_all(self: Keeps) -> tuple[Any, ...]:
        effort.passes += 1
        return original(self)

    Keeps.kept_all = kept_all  # type: ignore[method-assign]
    try:
        yield effort
    finally:
        Keeps.kept_all = original  # type: ignore[method-assign]

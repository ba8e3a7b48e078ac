"""A verdict: one sentence first, then the smallest failing example, then the hint; the trace on demand."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Intermediate:
    """The first wrong intermediate of the example: ``right`` are the ones before it that agree."""

    name: str
    right: list[str]
    expected: str
    received: str


@dataclass
class Verdict:
    """What a check found. ``kind`` is "passed" or one word for what went wrong.

    kinds: passed, unwritten, syntax, forbidden, missing, error, exit, memory, timeout, output, disk, died, nothing,
    shape, dtype, mutation, values, gradient, band, slow, misconception.
    """

    exercise: str
    kind: str
    sentence: str
    case: str = ""
    code: str = ""  # what was called, as one would write it
    inputs: dict[str, str] = field(default_factory=dict)
    what: str = ""
    expected: str = ""
    received: str = ""
    tolerance: float | None = None
    hint: str = ""
    misconception: str = ""
    relation: str = ""
    smallest: bool = False  # the example was made small; it is not the case itself
    intermediate: Intermediate | None = None
    see: str = ""
    output: str = ""
    trace: str = ""
    seed: int = 0
    seconds: float = 0.0
    checks: int = 0

    @property
    def passed(self) -> bool:
        return self.kind == "passed"

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain JSON values, "passed" among them."""
        return {"passed": self.passed, **asdict(self)}

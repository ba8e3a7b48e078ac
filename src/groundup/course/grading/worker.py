"""Grading one file: what a worker process, a Ray worker or a container does. It gets bytes and gives plain JSON.

python -m groundup.course.grading.worker < request > verdicts       the form that a container runs
"""

import base64
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from groundup.course.check.checker import check
from groundup.course.check.verdict import Verdict
from groundup.course.exercise import Exercise
from groundup.course.handout import place_of
from groundup.course.manifest import load_course

UNSTEADY = ("timeout", "died", "slow")  # a busy machine may be to blame: looked at twice


def grade_source(exercise_id: str, source: bytes, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """A verdict for each seed, up to the first that fails."""
    exercise = load_course().exercise_by_id[exercise_id]
    verdicts: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="groundup-grade-") as folder:
        file = Path(folder) / PurePosixPath(place_of(exercise)).name
        file.write_bytes(source)
        for seed in seeds:
            verdicts.append(_verdict(exercise, file, seed).to_json())
            if not verdicts[-1]["passed"]:
                break
    return verdicts


def _verdict(exercise: Exercise, file: Path, seed: int) -> Verdict:
    verdict = check(exercise, file, seed=seed)
    return check(exercise, file, seed=seed) if verdict.kind in UNSTEADY else verdict


def request_of(exercise_id: str, source: bytes, seeds: Sequence[int]) -> bytes:
    """What ``main`` reads."""
    return json.dumps(
        {"exercise": exercise_id, "source": base64.b64encode(source).decode(), "seeds": list(seeds)}
    ).encode()


def main() -> None:
    """Read a request from stdin, and write its verdicts to stdout."""
    request = json.load(sys.stdin)
    verdicts = grade_source(request["exercise"], base64.b64decode(request["source"]), request["seeds"])
    json.dump(verdicts, sys.stdout)


if __name__ == "__main__":
    main()

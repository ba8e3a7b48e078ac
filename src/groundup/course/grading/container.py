"""Grading in a container: the same worker, with Docker's or Podman's walls around the check's own."""

import json
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from typing import Any

from groundup.course.grading.assignment import ClassError
from groundup.course.grading.worker import request_of
from groundup.course.manifest import load_course

ENGINES = ("docker", "podman")
START_SECONDS = 60.0  # what a container may take to start
NOBODY = "65534:65534"


def find_engine() -> str:
    """The path of Docker or Podman. Raises ClassError where neither is there."""
    found = next(filter(None, map(shutil.which, ENGINES)), None)
    if found is None:
        raise ClassError("groundup class grade: --sandbox container needs docker or podman on the PATH, found neither")
    return found


def command(engine: str, image: str, name: str) -> list[str]:
    """How a worker is started: no network, nothing to write but a small /tmp, no rights, bounded."""
    return [
        engine, "run", "--rm", "--interactive", "--name", name, "--network", "none", "--read-only",
        "--tmpfs", "/tmp:rw,nosuid,nodev,size=512m", "--memory", "4g", "--memory-swap", "4g", "--cpus", "1",
        "--pids-limit", "128", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", NOBODY,
        "--env", "HOME=/tmp", "--env", "GROUNDUP_CACHE=/tmp/cache", "--env", "PYTHONDONTWRITEBYTECODE=1",
        image, "python", "-m", "groundup.course.grading.worker",
    ]  # fmt: skip


def expect_running(engine: str, image: str) -> None:
    """Raises ClassError where the engine does not answer or has not got the image."""
    asked = subprocess.run([engine, "image", "inspect", image], capture_output=True, text=True, timeout=60, check=False)
    if asked.returncode:
        said = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
        raise ClassError(f"groundup class grade: expected {engine} with the image {image!r}, got: {said}")


def grade_in_container(
    engine: str, image: str, exercise_id: str, source: bytes, seeds: Sequence[int]
) -> list[dict[str, Any]]:
    """``grade_source`` in a container of its own. Raises ClassError where it gives no verdicts."""
    name = f"groundup-{uuid.uuid4().hex}"
    limit = START_SECONDS + 20 * len(seeds) * (load_course().exercise_by_id[exercise_id].spec.seconds + 3)
    try:
        done = subprocess.run(
            command(engine, image, name), input=request_of(exercise_id, source, seeds), capture_output=True,
            timeout=limit, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        subprocess.run([engine, "kill", name], capture_output=True, timeout=60, check=False)
        raise ClassError(f"{exercise_id}: the container did not end within {limit:g} seconds") from error
    if done.returncode:
        said = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["nothing"])[-1]
        raise ClassError(f"{exercise_id}: the container ended with code {done.returncode} and said: {said}")
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)
    return verdicts

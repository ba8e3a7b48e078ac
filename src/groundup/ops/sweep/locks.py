"""Who is at work: told by locks of the operating system, which go with their holder, by kill -9 too.

claim.lock is held while a trial is given out, run.lock of a trial's folder while it runs, and leaders/ID.lock by the
command that leads workers. A worker whose leader has let go of it stops at its next step: that is how Ctrl-C reaches
workers wherever they run, and how they end when the command was killed.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from groundup.train.lock import RunLock, RunLockedError

WAIT_SECONDS = 0.02


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold ``path`` in the ``with`` block; wait for whoever holds it."""
    lock = RunLock(path)
    while True:
        try:
            lock.__enter__()
            break
        except RunLockedError:
            time.sleep(WAIT_SECONDS)
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def held(path: Path) -> bool:
    """Whether a living process holds ``path``."""
    if not path.is_file():
        return False
    try:
        with RunLock(path):
            return False
    except RunLockedError:
        return True

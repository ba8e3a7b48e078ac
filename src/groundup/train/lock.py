"""One process in a run folder at a time.

The lock is the operating system's, on a file that names its holder: it goes when its holder goes, by kill -9 too, so
there is no stale lock to clear up.
"""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Any

if sys.platform == "win32":
    import msvcrt

    def _grip(file: IO[Any]) -> None:
        file.seek(1 << 30)  # a byte that nobody reads: the process id at the start stays readable
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
else:
    import fcntl

    def _grip(file: IO[Any]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class RunLockedError(RuntimeError):
    """Another process is at work in the run folder."""


class RunLock:
    """Hold ``path`` while in the ``with`` block. Raises RunLockedError naming the process that holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "RunLock":
        self._file = self.path.open("a+", encoding="ascii")
        try:
            _grip(self._file)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise RunLockedError(
                f"run folder {self.path.parent}: expected it to be free, got process {holder} at work in it; "
                "wait for it, stop it, or name another folder with --run-dir"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.truncate(0)
        self._file.close()

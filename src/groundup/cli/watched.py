"""A file that is being edited, and whether it has changed since one looked."""

import time
from pathlib import Path

SETTLE = 0.02  # seconds: an editor may still be writing
GONE = 0.25  # seconds between an editor's taking the old file away and its putting the new one there
MOST = 1024 * 1024 + 1  # bytes that are compared; no exercise's file is larger


class Watched:
    """A file, and what was in it at the last look; None where it could not be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = self._read()

    def look(self) -> None:
        """What is in it now is known."""
        self.content = self._read()

    def changed(self) -> bool:
        """Whether it differs from the last look, once it is no longer being written."""
        now = self._read()
        if now == self.content:
            return False
        for _ in range(50):
            time.sleep(SETTLE if now else GONE)
            before, now = now, self._read()
            if now == before:
                break
        return now != self.content

    def _read(self) -> bytes | None:
        try:
            with self.path.open("rb") as file:
                return file.read(MOST)
        except OSError:
            return None  # deleted, renamed, or a folder now: the verdict says so

"""The learner's files as the editor sees them: a text, and a version that tells whether it still is the one on disk."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from groundup.core import write_atomically


@dataclass(frozen=True)
class Text:
    """A file's text; ``version`` is "" where there is no file."""

    source: str
    version: str


class ConflictError(Exception):
    """The file is no longer the one that was opened; ``now`` is what stands there."""

    def __init__(self, path: Path, now: Text) -> None:
        super().__init__(f"{path} changed on disk since it was opened")
        self.now = now


def read(path: Path) -> Text:
    """The file as it is."""
    if not path.is_file():
        return Text("", "")
    data = path.read_bytes()
    return Text(data.decode("utf-8", errors="replace"), hashlib.sha256(data).hexdigest())


def save(path: Path, source: str, base: str) -> str:
    """Write ``source`` where the file still is version ``base``, and return its new version. Raises ConflictError."""
    now = read(path)
    if now.source != source or not now.version:
        if now.version != base:
            raise ConflictError(path, now)
        write_atomically(path, source.encode())
    return read(path).version

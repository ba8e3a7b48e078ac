"""What goes wrong with data. Every message says who, what was expected, what came, and the likely cause."""

import tarfile
import zipfile
import zlib
from pathlib import Path

# What a damaged file makes its reader raise.
BROKEN = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile, tarfile.TarError)


class DataError(RuntimeError):
    """A file is not what it should be, or a data set cannot be had."""


class DownloadError(DataError):
    """No host gave the whole and right file; the reasons, host by host, are in the message."""


def damaged(path: Path, expected: str, got: object) -> DataError:
    """The error for a file that is not what its reader expects."""
    return DataError(f"load: expected {expected}, got something else in {path} ({got}); was the copy cut short?")

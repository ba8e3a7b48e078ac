"""Arrays that take seconds to decode, kept in the cache as .npy once they are.

The name of a kept array carries the path, size and time of the file that it was decoded from, so a file that changed is
decoded anew. An array whose file is gone stays until the cache folder is deleted. A cache that cannot be written costs
time, not data.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from groundup.data.dataset import Numbers
from groundup.data.errors import BROKEN
from groundup.data.sources import cache_folder


def once(file: Path, decode: Callable[[], Numbers]) -> Numbers:
    """What ``decode`` makes of the file: from the cache when it is there and whole, else decoded now and kept."""
    state = file.stat()
    key = hashlib.sha256(f"{file.resolve()}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:16]
    kept = cache_folder("decoded") / f"{file.name}-{key}.npy"
    with suppress(*BROKEN):
        array: Numbers = np.load(kept, allow_pickle=False)
        return array
    array = decode()
    with suppress(OSError):
        _write(kept, array)
    return array


def _write(path: Path, array: Numbers) -> None:
    """Under its final name an array is whole: it is written beside, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as target:
            np.save(target, array, allow_pickle=False)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise

"""Readers: from files to arrays. Each is ``reader(paths, facts, **options) -> Parts``.

``paths`` are the files of a form by name, ``options`` stand in the entry's TOML. Parts are (x, y) by split, or under
"all" where the files have no split. A file that is cut short or of another kind raises DataError with its path. Nothing
unpickles.
"""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path

import numpy as np

from groundup.data.catalogue import Facts
from groundup.data.dataset import Numbers
from groundup.data.errors import DataError

Parts = dict[str, tuple[Numbers, Numbers]]
Paths = Mapping[str, Path]

BROKEN = (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile)  # what a damaged file makes its reader raise


def read_idx(path: Path) -> Numbers:
    """One gzipped idx file: two zeros, 8 for bytes, the number of axes, their lengths (big-endian), the values."""
    try:
        raw = gzip.decompress(path.read_bytes())
    except BROKEN as error:
        raise _damaged(path, "a gzipped idx file", error) from error
    axes = raw[3] if raw[:3] == b"\0\0\x08" and len(raw) > 3 else 0
    start = 4 + 4 * axes
    shape = tuple(int(length) for length in np.frombuffer(raw[4:start], dtype=">u4")) if len(raw) >= start else ()
    if not axes or prod(shape) != len(raw) - start or len(shape) != axes:
        raise _damaged(path, "an idx file of bytes", f"{len(raw)} bytes, beginning {raw[:4].hex(' ')}")
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)


def idx(paths: Paths, facts: Facts, *, splits: Mapping[str, list[str]]) -> Parts:
    """A pair of idx files a split: images, labels."""
    return {split: (read_idx(paths[x]), read_idx(paths[y])) for split, (x, y) in splits.items()}


def npz(paths: Paths, facts: Facts, *, x: str, y: str) -> Parts:
    """One .npz file with the arrays ``x`` and ``y``."""
    (path,) = paths.values()
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {"all": (arrays[x], arrays[y])}
    except KeyError as error:
        raise _damaged(path, f"arrays {x!r} and {y!r}", error) from error
    except BROKEN as error:
        raise _damaged(path, "an .npz file", error) from error


def csv(paths: Paths, facts: Facts, *, header: int = 0) -> Parts:
    """One table of numbers without names, the label last in each row."""
    (path,) = paths.values()
    try:
        if not path.stat().st_size:
            raise ValueError("an empty file")
        table = np.loadtxt(path, delimiter=",", dtype=facts.dtype, skiprows=header, ndmin=2)
        return {"all": (table[:, :-1].reshape(len(table), *facts.shape), table[:, -1])}
    except BROKEN as error:
        raise _damaged(path, f"rows of {prod(facts.shape)} numbers and a label", error) from error


def _damaged(path: Path, expected: str, got: object) -> DataError:
    return DataError(f"load: expected {expected}, got something else in {path} ({got}); was the copy cut short?")


READERS: dict[str, Callable[..., Parts]] = {"idx": idx, "npz": npz, "csv": csv}

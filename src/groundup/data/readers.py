"""Readers: from files to arrays. Each is ``reader(paths, facts, **options) -> Parts``.

``paths`` are the files of a form by name, ``options`` stand in the entry's TOML. Parts are (x, y) by split, or under
"all" where the files have no split. A file that is cut short or of another kind raises DataError with its path. Nothing
unpickles. Here are idx, npz and csv; ``pictures`` reads what is compressed picture by picture.
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from math import prod
from pathlib import Path

import numpy as np

from groundup.data.catalogue import Facts
from groundup.data.dataset import Numbers
from groundup.data.errors import BROKEN, damaged
from groundup.data.pictures import Parts, Paths, folders, jpegs, records


def read_idx(path: Path) -> Numbers:
    """One gzipped idx file: two zeros, 8 for bytes, the number of axes, their lengths (big-endian), the values."""
    try:
        raw = gzip.decompress(path.read_bytes())
    except BROKEN as error:
        raise damaged(path, "a gzipped idx file", error) from error
    axes = raw[3] if raw[:3] == b"\0\0\x08" and len(raw) > 3 else 0
    start = 4 + 4 * axes
    shape = tuple(int(length) for length in np.frombuffer(raw[4:start], dtype=">u4")) if len(raw) >= start else ()
    if not axes or prod(shape) != len(raw) - start or len(shape) != axes:
        raise damaged(path, "an idx file of bytes", f"{len(raw)} bytes, beginning {raw[:4].hex(' ')}")
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)


def idx(paths: Paths, facts: Facts, *, splits: Mapping[str, list[str]]) -> Parts:
    """A pair of idx files a split: images, labels."""
    return {split: (read_idx(paths[x]), read_idx(paths[y])) for split, (x, y) in splits.items()}


def npz(paths: Paths, facts: Facts, *, x: str, y: str, splits: Sequence[str] = ("all",)) -> Parts:
    """One .npz file with the arrays ``x`` and ``y``, in which {split} stands for the name of a split."""
    (path,) = paths.values()
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            pairs = {split: (arrays[x.format(split=split)], arrays[y.format(split=split)]) for split in splits}
    except KeyError as error:
        raise damaged(path, f"arrays {x!r} and {y!r}", error) from error
    except BROKEN as error:
        raise damaged(path, "an .npz file", error) from error
    return {split: (rows, labels.reshape(-1)) for split, (rows, labels) in pairs.items()}  # some publish (N, 1)


def csv(paths: Paths, facts: Facts, *, header: int = 0) -> Parts:
    """One table of numbers without names, the label last in each row."""
    (path,) = paths.values()
    try:
        if not path.stat().st_size:
            raise ValueError("an empty file")
        table = np.loadtxt(path, delimiter=",", dtype=facts.dtype, skiprows=header, ndmin=2)
        return {"all": (table[:, :-1].reshape(len(table), *facts.shape), table[:, -1])}
    except BROKEN as error:
        raise damaged(path, f"rows of {prod(facts.shape)} numbers and a label", error) from error


READERS: dict[str, Callable[..., Parts]] = {
    "idx": idx, "npz": npz, "csv": csv, "records": records, "jpegs": jpegs, "folders": folders,
}  # fmt: skip

"""Readers of colour pictures: the binary archive of CIFAR-10, JPEGs in an .npz, a zip with a folder for each class."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath

import numpy as np

from groundup.data.catalogue import Facts
from groundup.data.dataset import Numbers
from groundup.data.decoded import once
from groundup.data.errors import BROKEN, DataError, damaged

Parts = dict[str, tuple[Numbers, Numbers]]
Paths = Mapping[str, Path]


def records(paths: Paths, facts: Facts, *, splits: Mapping[str, list[str]]) -> Parts:
    """A .tar.gz of files of records, a byte of label then the red, green and blue planes, as CIFAR-10 is published.

    Nothing is unpacked to the disk, and nothing unpickled. ``splits`` names the members of each split.
    """
    (path,) = paths.values()
    height, width, channels = facts.shape
    members = [name for names in splits.values() for name in names]

    def decode() -> Numbers:
        with tarfile.open(path) as archive:
            raws = {name: archive.extractfile(name) for name in members}
            bodies = [raw.read() for raw in raws.values() if raw]
        rows = np.stack([np.frombuffer(body, np.uint8) for body in bodies])  # files of one length
        return rows.reshape(len(members), -1, 1 + height * width * channels)

    try:
        files = once(path, decode)  # (members, rows, 1 + bytes of a picture)
    except (*BROKEN, KeyError) as error:
        raise damaged(path, f"an archive with {', '.join(members)}", error) from error
    parts, begin = {}, 0
    for split, names in splits.items():
        table = files[begin : begin + len(names)].reshape(-1, files.shape[-1])
        pixels = table[:, 1:].reshape(-1, channels, height, width)
        parts[split] = np.ascontiguousarray(np.moveaxis(pixels, 1, 3)), table[:, 0]
        begin += len(names)
    return parts


def jpegs(paths: Paths, facts: Facts, *, splits: Mapping[str, str]) -> Parts:
    """An .npz a split: ``jpeg`` (all files in one row of bytes), ``offsets`` (N + 1,), ``labels``, ``classes``."""
    return {split: _jpegs(paths[name], facts) for split, name in splits.items()}


def _jpegs(path: Path, facts: Facts) -> tuple[Numbers, Numbers]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            raw, ends, labels, classes = (arrays[name] for name in ("jpeg", "offsets", "labels", "classes"))
        if tuple(classes.tolist()) != facts.classes:
            raise DataError(
                f"load: expected the classes {', '.join(facts.classes)}, got {', '.join(map(str, classes.tolist()))} "
                f"in {path}; is it other data, or are the classes in another order?"
            )
        if ends.shape != (len(labels) + 1,) or ends[0] != 0 or ends[-1] != len(raw) or (np.diff(ends) <= 0).any():
            raise ValueError("offsets that do not fit")
        files = (raw[begin:end].tobytes() for begin, end in pairwise(ends))
        return once(path, lambda: np.stack([decode(body, "RGB") for body in files])), labels
    except (*BROKEN, KeyError) as error:
        raise damaged(path, "an .npz file of JPEGs (jpeg, offsets, labels, classes)", error) from error


def folders(paths: Paths, facts: Facts, *, names: list[str]) -> Parts:
    """A zip with pictures in folders; ``names`` are the folders of the classes, in their order."""
    (path,) = paths.values()
    try:
        with zipfile.ZipFile(path) as archive:
            found = sorted(name for name in archive.namelist() if PurePosixPath(name).suffix == ".jpg")
            labels = np.array([names.index(PurePosixPath(name).parent.name) for name in found])
            pixels = once(path, lambda: np.stack([decode(archive.read(name), "RGB") for name in found]))
            return {"all": (pixels, labels)}
    except BROKEN as error:
        raise damaged(path, f"a zip of pictures in the folders {', '.join(names)}", error) from error


def decode(body: bytes, mode: str) -> Numbers:
    """The pixels of one picture as bytes: (H, W) for mode "L", (H, W, 3) for "RGB"."""
    from PIL import Image

    with Image.open(io.BytesIO(body)) as image:
        return np.asarray(image.convert(mode))

"""Pictures that are nearly the same: taken twice, saved twice, cut or brightened a little.

A picture is boiled down to 64 bits, twice:

    (1)  h_ij = [b_ij > mean of b]                  b the means of 8 x 8 blocks: what is lighter than the whole
    (2)  d_ij = [c_i,j+1 - c_ij > 0.02]             c the means of 8 x 9 blocks, of 1: where it grows lighter
    (3)  r = Σ (x - x̄)(y - ȳ) / (N σ_x σ_y)         over the N pixels of two pictures

The 64 bits of each are dealt into 4 bands of 16: two pictures with at most three bits apart share a band. Pairs that
share a band are candidates; those with r of at least 0.98 count. A picture that was shifted or turned differs in more
bits, and of very many candidates only those of like brightness are compared: what is found is a lower bound.
Source of the two hashes: N. Krawetz, "Looks Like It" (2011) and "Kind of Like That" (2013).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundup.core import Array, IntArray
from groundup.data.dataset import Numbers

BLOCKS = 8
BANDS = 4
STEP = 0.02  # of full scale: what is less is noise on an even ground
ALIKE = 0.98
TOGETHER = 500  # candidates compared with each other at once; of more the ones of most even brightness
ROWS = 4096  # pictures in float at a time


@dataclass(frozen=True)
class Pairs:
    """Rows a < b of pictures that are nearly but not wholly the same, (P,) each, and Eq. 3; the most alike first."""

    a: IntArray
    b: IntArray
    r: Array


def near(x: Numbers, of_row: IntArray, scale: float = 255) -> Pairs:
    """Pairs of pictures, (N, H, W) or (N, H, W, 3) up to ``scale``; one of each number in ``of_row`` (N,)."""
    first = np.unique(of_row, return_index=True)[1]
    found: dict[tuple[int, int], float] = {}
    for bands in hashes(x, first, scale):
        for keys in bands.T:
            for group in candidates(keys, x, first):
                found.update(_alike(x, group))
    order = sorted(found, key=lambda pair: (-found[pair], pair))
    a, b = (np.array([pair[i] for pair in order], np.int64) for i in (0, 1))
    return Pairs(a, b, np.array([found[pair] for pair in order]))


def hashes(x: Numbers, rows: IntArray, scale: float = 255) -> tuple[IntArray, IntArray]:
    """Eqs. 1 and 2 of these rows in bands of 16 bits, (R, BANDS) each."""
    mean, difference = [], []
    for part in _parts(rows):
        grey = _grey(x[part], scale)
        blocks = shrink(grey, BLOCKS, BLOCKS)
        mean.append(_bits(blocks > blocks.mean(axis=(1, 2), keepdims=True)))
        difference.append(_bits(np.diff(shrink(grey, BLOCKS, BLOCKS + 1), axis=2) > STEP))
    return np.concatenate(mean), np.concatenate(difference)


def shrink(grey: Array, height: int, width: int) -> Array:
    """Means of blocks: (N, H, W) as (N, height, width). Blocks of a picture smaller than that overlap."""
    for axis, size in ((1, height), (2, width)):
        n = grey.shape[axis]
        edges = np.linspace(0, n, size + 1)
        starts = np.minimum(edges[:-1].astype(int), n - 1)
        ends = np.maximum(edges[1:].astype(int), starts + 1)
        sums = np.insert(np.cumsum(grey, axis=axis, dtype=np.float64), 0, 0, axis=axis)
        lengths = (ends - starts).reshape([-1 if a == axis else 1 for a in range(3)])
        grey = (np.take(sums, ends, axis) - np.take(sums, starts, axis)) / lengths
    return grey


def candidates(keys: IntArray, x: Numbers, rows: IntArray) -> Iterator[IntArray]:
    """Rows with one key, at most TOGETHER at once: of more, those of neighbouring brightness."""
    order = np.argsort(keys, kind="stable")
    for group in np.split(rows[order], np.flatnonzero(np.diff(keys[order])) + 1):
        if 1 < len(group) <= TOGETHER:
            yield group
        elif len(group) > TOGETHER:
            brightness = np.concatenate([x[part].reshape(len(part), -1).mean(axis=1) for part in _parts(group)])
            ranked = group[np.argsort(brightness, kind="stable")]
            yield from np.array_split(ranked, -(-len(ranked) // TOGETHER))


def _alike(x: Numbers, group: IntArray) -> dict[tuple[int, int], float]:
    """Pairs of a group with Eq. 3 of at least ALIKE; one picture that is even throughout is like no other."""
    pixels = x[group].reshape(len(group), -1).astype(np.float32)
    pixels -= pixels.mean(axis=1, keepdims=True)
    length = np.linalg.norm(pixels, axis=1, keepdims=True)
    pixels /= np.where(length > 0, length, 1)
    r = pixels @ pixels.T
    pairs = np.argwhere(np.triu(r, 1) >= ALIKE)
    return {tuple(sorted((int(group[i]), int(group[j])))): float(r[i, j]) for i, j in pairs}  # type: ignore[misc]


def _parts(rows: IntArray) -> list[IntArray]:
    return [rows[i : i + ROWS] for i in range(0, len(rows), ROWS)]


def _grey(x: Numbers, scale: float) -> Array:
    """In [0, 1], (N, H, W)."""
    scaled = x.astype(np.float32) / scale
    grey: Array = scaled if x.ndim == 3 else scaled.mean(axis=3)
    return grey


def _bits(on: Any) -> IntArray:
    """(N, 8, 8) dealt along diagonals, so that each band has bits of every row and column."""
    i, j = np.indices(on.shape[1:])
    order = np.argsort(((i + j) % BANDS).ravel(), kind="stable")
    packed: IntArray = np.ascontiguousarray(np.packbits(on.reshape(len(on), -1)[:, order], axis=1)).view(np.uint16)
    return packed

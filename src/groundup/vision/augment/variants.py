"""Augmentation written another way, and just as right."""

from functools import reduce

import numpy as np

from groundup.core import Array, IntArray, Rng, generator, variant
from groundup.vision.augment.augment import Compose, Flags, bilinear


@variant("hflip", "np.where between the two")
def by_where(x: Array, chosen: Flags) -> Array:
    return np.where(chosen[:, None, None, None], x[..., ::-1], x)


@variant("hflip", "picture by picture")
def picture_by_picture(x: Array, chosen: Flags) -> Array:
    y = np.empty_like(x)
    for n, mirrored in enumerate(chosen):
        y[n] = np.flip(x[n], axis=2) if mirrored else x[n]
    return y


@variant("crop", "a slice a picture")
def a_slice_a_picture(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    return np.stack([p[:, i : i + height, j : j + width] for p, i, j in zip(x, top, left, strict=True)])


@variant("crop", "an index array for every axis")
def by_index_arrays(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    rows, columns = top[:, None] + np.arange(height), left[:, None] + np.arange(width)
    n, c = np.arange(len(x))[:, None, None, None], np.arange(x.shape[1])[:, None, None]
    y: Array = x[n, c, rows[:, None, :, None], columns[:, None, None, :]]
    return y


@variant("erase", "slices that are cut at the edge")
def by_slices(x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0) -> Array:
    y = x.copy()
    for n in range(len(x)):
        rows = slice(max(top[n], 0), max(top[n] + height[n], 0))
        columns = slice(max(left[n], 0), max(left[n] + width[n], 0))
        y[n, :, rows, columns] = value
    return y


@variant("erase", "distances from the corner")
def by_distance(
    x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0
) -> Array:
    i, j = np.indices(x.shape[2:])
    down, across = i - top[:, None, None], j - left[:, None, None]  # (N, H, W)
    inside = (down >= 0) & (across >= 0) & (down < height[:, None, None]) & (across < width[:, None, None])
    y = x.copy()
    np.moveaxis(y, 1, -1)[inside] = value
    return y


@variant("inverse_affine", "build the map and invert it")
def by_inversion(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    whole = np.zeros((len(angle), 3, 3))
    for k, (theta, phi, s, t) in enumerate(zip(np.radians(angle), np.radians(shear), scale, translate, strict=True)):
        turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
        whole[k, :2, :2] = s * turn @ np.array([[1, -np.tan(phi)], [0, 1]])
        whole[k, :2, 2], whole[k, 2, 2] = t, 1
    return np.linalg.inv(whole)[:, :2]


@variant("inverse_affine", "matrix by matrix")
def matrix_by_matrix(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    theta, one = np.radians(angle), np.ones(len(angle))
    back = np.array([[np.cos(theta), np.sin(theta)], [-np.sin(theta), np.cos(theta)]]).transpose(2, 0, 1)
    upright = np.array([[one, np.tan(np.radians(shear))], [0 * one, one]]).transpose(2, 0, 1)
    linear = np.einsum("nij,njk,n->nik", upright, back, 1 / scale)
    return np.dstack([linear, -np.einsum("nij,nj->ni", linear, translate)])


@variant("affine", "one product with homogeneous positions")
def homogeneous(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    h, w = x.shape[2:]
    row, column = np.indices((h, w)).astype(x.dtype)
    at = np.stack([(column - (w - 1) / 2).ravel(), (row - (h - 1) / 2).ravel(), np.ones(h * w, x.dtype)])  # (3, HW)
    columns, rows = (inverse.astype(x.dtype) @ at).transpose(1, 0, 2).reshape(2, len(x), h, w)
    return bilinear(x, rows + (h - 1) / 2, columns + (w - 1) / 2, fill)


@variant("bilinear", "a sum over the four neighbours, with masks")
def four_neighbours(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    n, c, h, w = x.shape
    i, j = np.floor(rows), np.floor(columns)
    y = np.zeros((n, c, *rows.shape[1:]), x.dtype)
    every = np.arange(n)[:, None, None]
    for di, dj in np.ndindex(2, 2):
        r, k = (i + di).astype(int), (j + dj).astype(int)
        inside = ((r >= 0) & (r < h) & (k >= 0) & (k < w))[:, None]
        values = np.moveaxis(x[every, :, r.clip(0, h - 1), k.clip(0, w - 1)], -1, 1)
        weight = (1 - np.abs(rows - i - di)) * (1 - np.abs(columns - j - dj))
        y += np.where(inside, values, np.asarray(fill, x.dtype)) * weight.astype(x.dtype)[:, None]
    return y


@variant("bilinear", "pixel by pixel")
def pixel_by_pixel(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    around = np.pad(x, ((0, 0), (0, 0), (1, 2), (1, 2)), constant_values=fill)
    down, across = np.clip(rows, -1, x.shape[2]) + 1, np.clip(columns, -1, x.shape[3]) + 1
    y = np.empty((*x.shape[:2], *rows.shape[1:]), x.dtype)
    for n, p, q in np.ndindex(rows.shape):
        r, k = down[n, p, q], across[n, p, q]
        i, j = int(r), int(k)
        b, a = r - i, k - j
        upper = (1 - a) * around[n, :, i, j] + a * around[n, :, i, j + 1]
        y[n, :, p, q] = (1 - b) * upper + b * ((1 - a) * around[n, :, i + 1, j] + a * around[n, :, i + 1, j + 1])
    return y


@variant("Compose.__call__", "functools.reduce")
def by_reduce(self: Compose, x: Array, rng: Rng) -> Array:
    draw = generator("Compose", rng)
    return reduce(lambda y, transform: transform(y, draw), self.transforms, x)


@variant("Compose.__call__", "by recursion")
def by_recursion(self: Compose, x: Array, rng: Rng) -> Array:
    draw = generator("Compose", rng)
    if not self.transforms:
        return x
    return Compose(self.transforms[1:])(self.transforms[0](x, draw), draw)

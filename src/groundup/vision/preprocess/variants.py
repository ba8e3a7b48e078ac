"""Preprocessing written another way, and just as right."""

import numpy as np

from groundup.core import Array, DtypeError, IntArray, ShapeError, variant
from groundup.vision.preprocess.preprocess import Normalize, Pixels, _pictures, _size


@variant("to_float", "a table of the 256 results")
def by_table(x: Pixels) -> Array:
    if not isinstance(x, np.ndarray) or x.dtype != np.uint8:
        raise DtypeError(f"to_float: expected bytes (uint8), got {getattr(x, 'dtype', type(x))}; scaled already?")
    table: Array = np.arange(256, dtype=np.float32) / np.float32(255)
    return table[x]


@variant("to_nchw", "channel by channel")
def channel_by_channel(x: Pixels) -> Pixels:
    if x.ndim != 4 or x.shape[3] not in (1, 3, 4):
        raise ShapeError(f"to_nchw: expected shape (N, H, W, C), got {x.shape}; which axis holds the channels?")
    return np.stack([x[..., c] for c in range(x.shape[3])], axis=1)


@variant("to_nchw", "einsum into a new array")
def by_einsum(x: Pixels) -> Pixels:
    if x.ndim != 4 or x.shape[3] not in (1, 3, 4):
        raise ShapeError(f"to_nchw: expected shape (N, H, W, C), got {x.shape}; which axis holds the channels?")
    y: Pixels = np.einsum("nhwc->nchw", x).copy()
    return y


@variant("rgb_to_grey", "the three colours by name")
def by_name(x: Array) -> Array:
    x = _pictures("rgb_to_grey", x, channels=3)
    red, green, blue = x[:, :1], x[:, 1:2], x[:, 2:]
    y: Array = 0.299 * red + 0.587 * green + 0.114 * blue  # numbers of Python: float32 stays
    return y


@variant("rgb_to_grey", "a product with the weights along the last axis")
def as_a_product(x: Array) -> Array:
    x = _pictures("rgb_to_grey", x, channels=3)
    return (np.moveaxis(x, 1, -1) @ np.array([0.299, 0.587, 0.114], x.dtype))[:, None]


@variant("center_crop", "one axis after the other, by take")
def by_take(x: Array, size: int | tuple[int, int]) -> Array:
    x, (height, width) = _pictures("center_crop", x), _size("center_crop", size)
    if height > x.shape[2] or width > x.shape[3]:
        raise ShapeError(f"center_crop: expected at least {height} x {width} pixels, got {x.shape}; pad first")
    x = x.take(np.arange(height) + (x.shape[2] - height) // 2, axis=2)
    return x.take(np.arange(width) + (x.shape[3] - width) // 2, axis=3)


@variant("pad_to_square", "np.pad")
def by_pad(x: Array, fill: float = 0.0) -> Array:
    x = _pictures("pad_to_square", x)
    missing = [max(x.shape[2:]) - n for n in x.shape[2:]]
    return np.pad(x, [(0, 0), (0, 0), *((m // 2, m - m // 2) for m in missing)], constant_values=fill)


@variant("nearest_index", "a loop of whole divisions")
def by_loop(size: int, out: int, exact: bool = True) -> IntArray:
    return np.array([(o * size + exact * size / 2) // out for o in range(out)], dtype=int)


@variant("nearest_index", "floor of the positions")
def by_floor(size: int, out: int, exact: bool = True) -> IntArray:
    half = 0.5 if exact else 0.0
    return np.floor((np.arange(out) + half) * size / out).astype(np.int64)


@variant("bilinear_weights", "row by row")
def row_by_row(size: int, out: int, antialias: bool = True) -> Array:
    w = np.zeros((out, size))
    for o in range(out):
        at = (o + 0.5) * size / out - 0.5
        for i in range(size):
            w[o, i] = max(0.0, 1 - abs(i - at) / (max(1.0, size / out) if antialias else 1.0))
        w[o] /= w[o].sum()
    return w


@variant("bilinear_weights", "np.interp of the triangle")
def by_interp(size: int, out: int, antialias: bool = True) -> Array:
    radius = np.maximum(1, size / out) if antialias else 1
    centre = (2 * np.arange(out) + 1) * size / (2 * out) - 0.5
    away = (np.arange(size)[None] - centre[:, None]) / radius
    height = np.interp(away, [-1, 0, 1], [0, 1, 0])
    w: Array = np.einsum("oi,o->oi", height, 1 / height.sum(axis=1))
    return w


@variant("channel_statistics", "channels in rows")
def channels_in_rows(x_train: Array) -> tuple[Array, Array]:
    x = _pictures("channel_statistics", x_train)
    rows = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1).astype(np.float64)
    mean = rows.mean(axis=1)
    return mean.astype(x.dtype), np.sqrt(((rows - mean[:, None]) ** 2).mean(axis=1)).astype(x.dtype)


@variant("Normalize.__call__", "one factor and one shift")
def factor_and_shift(self: Normalize, x: Array) -> Array:
    x = _pictures("Normalize", x, channels=len(self.mean))
    factor, shift = 1 / self.std, -self.mean / self.std
    y: Array = x * factor.astype(x.dtype).reshape(1, -1, 1, 1) + shift.astype(x.dtype).reshape(1, -1, 1, 1)
    return y


@variant("Normalize.__call__", "channels last and back")
def channels_last(self: Normalize, x: Array) -> Array:
    x = _pictures("Normalize", x, channels=len(self.mean))
    last = (x.transpose(0, 2, 3, 1) - self.mean.astype(x.dtype)) / self.std.astype(x.dtype)
    return last.transpose(0, 3, 1, 2)

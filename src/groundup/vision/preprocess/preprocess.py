"""Preprocessing: from a picture in a file to the array that a network takes.

    (1)  x = bytes / 255                                            bytes to [0, 1]
    (2)  y = 0.299 R + 0.587 G + 0.114 B                            grey, ITU-R BT.601
    (3)  s(o) = (o + 1/2) H/O - 1/2                                 where the centre of output pixel o lies in the input
    (4)  y[o] = x[⌊s(o) + 1/2⌋]   ("nearest-exact"),   x[⌊o H/O⌋]   ("nearest")
    (5)  y[o] = Σᵢ w[o, i] x[i],   w[o, i] = t(o, i) / Σₖ t(o, k),   t(o, i) = max(0, 1 - |i - s(o)| / r)    "bilinear"
    (6)  μ_c = mean of channel c over n, i, j,   σ_c² = mean of (x - μ_c)²
    (7)  y = (x - μ_c) / σ_c

Eq. 3 counts pixels as squares of side 1 (align_corners=False). In Eq. 5 the radius r is 1, or max(1, H/O) with
``antialias``; a picture is resized along its columns, then along its rows. Statistics of Eq. 6 come from the training
set alone. Axes: N batch, C channels, (H, W) pixels, O outputs; colours are in the order red, green, blue.
What is not handled: bicubic and Lanczos filters, colour profiles, transparency.  Derivation: lesson.md, "Derive".
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from groundup.core import Array, DtypeError, IntArray, ShapeError, expect_positive

Pixels = np.ndarray[tuple[int, ...], np.dtype[Any]]
GREY = (0.299, 0.587, 0.114)  # of red, green and blue


def to_float(x: Pixels) -> Array:
    """Bytes 0 to 255 of any shape -> float32 in [0, 1], Eq. 1. Raises DtypeError for anything but uint8."""
    if not isinstance(x, np.ndarray) or x.dtype != np.uint8:
        got = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise DtypeError(f"to_float: expected bytes (uint8), got {got}; are these pictures scaled already?")
    return x.astype(np.float32) / np.float32(255)


def to_nchw(x: Pixels) -> Pixels:
    """(N, H, W, C), as files have it, -> (N, C, H, W), as networks take it. Raises ShapeError."""
    if x.ndim != 4 or x.shape[3] not in (1, 3, 4):
        raise ShapeError(
            f"to_nchw: expected shape (N, H, W, C) with 1, 3 or 4 channels, got {x.shape}; {_layout(x, 'NCHW', 1)}"
        )
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


def to_nhwc(x: Pixels) -> Pixels:
    """(N, C, H, W) -> (N, H, W, C), to be shown or written to a file. Raises ShapeError."""
    if x.ndim != 4 or x.shape[1] not in (1, 3, 4):
        raise ShapeError(
            f"to_nhwc: expected shape (N, C, H, W) with 1, 3 or 4 channels, got {x.shape}; {_layout(x, 'NHWC', 3)}"
        )
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1))


def rgb_to_grey(x: Array) -> Array:
    """(N, 3, H, W) -> (N, 1, H, W), Eq. 2. Raises DtypeError and ShapeError."""
    x = _pictures("rgb_to_grey", x, channels=3)
    y: Array = (x * np.array(GREY, x.dtype)[:, None, None]).sum(axis=1, keepdims=True)
    return y


def grey_to_rgb(x: Array) -> Array:
    """(N, 1, H, W) -> (N, 3, H, W): three equal channels. Raises DtypeError and ShapeError."""
    return np.repeat(_pictures("grey_to_rgb", x, channels=1), 3, axis=1)


def bgr_to_rgb(x: Array) -> Array:
    """(N, 3, H, W) with its channels the other way round; OpenCV reads blue first. Raises DtypeError and ShapeError."""
    return _pictures("bgr_to_rgb", x, channels=3)[:, ::-1].copy()


def center_crop(x: Array, size: int | tuple[int, int]) -> Array:
    """(N, C, H, W) -> (N, C, *size): the middle; of an odd remainder the larger half falls away below and right.

    Raises DtypeError and ShapeError, also for a size larger than the picture.
    """
    x, (height, width) = _pictures("center_crop", x), _size("center_crop", size)
    if height > x.shape[2] or width > x.shape[3]:
        raise ShapeError(
            f"center_crop: expected at least {height} x {width} pixels, got {x.shape}; resize or pad first"
        )
    top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return x[:, :, top : top + height, left : left + width].copy()


def pad_to_square(x: Array, fill: float = 0.0) -> Array:
    """(N, C, H, W) -> (N, C, S, S), S the longer side; ``fill`` on both sides, an odd pixel below or to the right.

    Raises DtypeError and ShapeError.
    """
    x = _pictures("pad_to_square", x)
    n, c, h, w = x.shape
    side = max(h, w)
    y = np.full((n, c, side, side), fill, x.dtype)
    top, left = (side - h) // 2, (side - w) // 2
    y[:, :, top : top + h, left : left + w] = x
    return y


def nearest_index(size: int, out: int, exact: bool = True) -> IntArray:
    """(O,): which of ``size`` pixels each of ``out`` pixels copies, Eq. 4."""
    o = np.arange(out)
    return (2 * o + 1) * size // (2 * out) if exact else o * size // out  # in whole numbers: nothing is rounded


def bilinear_weights(size: int, out: int, antialias: bool = True) -> Array:
    """(O, H) in float64: how much of each input pixel is in each output pixel, Eqs. 3 and 5. Each row adds up to 1."""
    centre = (np.arange(out) + 0.5) * size / out - 0.5  # (O,)
    radius = max(1.0, size / out) if antialias else 1.0
    triangle = np.maximum(0, 1 - np.abs(np.arange(size) - centre[:, None]) / radius)  # (O, H)
    weights: Array = triangle / triangle.sum(axis=1, keepdims=True)
    return weights


def resize(x: Array, size: int | tuple[int, int], mode: str = "bilinear", antialias: bool = True) -> Array:
    """(N, C, H, W) -> (N, C, *size), Eqs. 3 to 5; one number means a square. ``mode``: as in torch's interpolate.

    ``antialias`` matters to "bilinear" alone, and only to what shrinks. Raises DtypeError, ShapeError and ValueError.
    """
    x, (height, width) = _pictures("resize", x), _size("resize", size)
    h, w = x.shape[2:]
    if mode == "bilinear":
        down = bilinear_weights(h, height, antialias).astype(x.dtype)  # (OH, H)
        across = bilinear_weights(w, width, antialias).astype(x.dtype)  # (OW, W)
        return down @ (x @ across.T)
    if mode in ("nearest", "nearest-exact"):
        exact = mode == "nearest-exact"
        return x[:, :, nearest_index(h, height, exact)[:, None], nearest_index(w, width, exact)]
    raise ValueError(f"resize: expected mode bilinear, nearest or nearest-exact, got {mode!r}; others are not handled")


def channel_statistics(x_train: Array) -> tuple[Array, Array]:
    """(N, C, H, W) -> mean (C,) and standard deviation (C,) of each channel over all pixels, Eq. 6.

    Raises DtypeError and ShapeError, also for no pixels at all.
    """
    x = _pictures("channel_statistics", x_train)
    if not x.size:
        raise ShapeError(
            f"channel_statistics: expected at least one picture, got {x.shape}; is the training set empty?"
        )
    axes = (0, 2, 3)
    return x.mean(axis=axes, dtype=np.float64).astype(x.dtype), x.std(axis=axes, dtype=np.float64).astype(x.dtype)


class Normalize:
    """Bring every channel to mean 0 and standard deviation 1 of the training set, Eq. 7.

    Raises ShapeError for a mean and a std that are not one number a channel, ValueError for a std that is not above 0.
    """

    def __init__(self, mean: Sequence[float] | Array, std: Sequence[float] | Array) -> None:
        self.mean, self.std = np.asarray(mean, np.float64), np.asarray(std, np.float64)
        if self.mean.ndim != 1 or self.mean.shape != self.std.shape:
            got = f"{self.mean.shape} and {self.std.shape}"
            raise ShapeError(f"Normalize: expected mean and std of shape (C,), got {got}; one number a channel")
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all() and (self.std > 0).all()):
            got = f"mean {self.mean.tolist()} and std {self.std.tolist()}"
            raise ValueError(f"Normalize: expected finite means and stds above 0, got {got}; is a channel constant?")

    def __call__(self, x: Array) -> Array:
        """(N, C, H, W) -> the same shape, Eq. 7. Raises DtypeError and ShapeError."""
        x = _pictures("Normalize", x, channels=len(self.mean))
        return (x - self._by_channel(self.mean, x)) / self._by_channel(self.std, x)

    def inverse(self, y: Array) -> Array:
        """(N, C, H, W) -> the same shape: what Eq. 7 was given, to be looked at. Raises DtypeError and ShapeError."""
        y = _pictures("Normalize.inverse", y, channels=len(self.mean))
        return y * self._by_channel(self.std, y) + self._by_channel(self.mean, y)

    @staticmethod
    def _by_channel(values: Array, x: Array) -> Array:
        """(C,) -> (C, 1, 1), in the type of x."""
        return values.astype(x.dtype)[:, None, None]


def _pictures(who: str, x: Any, channels: int | None = None) -> Array:
    """A float array (N, C, H, W) whose pictures have pixels, and this many channels if a number is given."""
    if not isinstance(x, np.ndarray) or not np.issubdtype(x.dtype, np.floating):
        got = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise DtypeError(
            f"{who}: expected an array of floating-point numbers, got {got}; bytes go through to_float first"
        )
    if x.ndim != 4 or 0 in x.shape[1:]:
        raise ShapeError(f"{who}: expected shape (N, C, H, W), got {x.shape}; one picture is a batch of one, x[None]")
    if channels is not None and x.shape[1] != channels:
        wanted = "1 channel" if channels == 1 else f"{channels} channels"
        got = f"{x.shape[1]} in {x.shape}; {_layout(x, 'NHWC', 3)}"
        raise ShapeError(f"{who}: expected {wanted} in (N, C, H, W), got {got}")
    return x


def _layout(x: Pixels, other: str, axis: int) -> str:
    """The likely cause of a wrong shape: the channels stand elsewhere."""
    if x.ndim == 3:
        return "grey pictures without a channel axis need one first"
    there = x.ndim == 4 and x.shape[axis] in (1, 3, 4)
    return f"this looks like {other}, convert it first" if there else "which axis holds the channels?"


def _size(who: str, size: int | tuple[int, int]) -> tuple[int, int]:
    height, width = size if isinstance(size, tuple | list) else (size, size)
    expect_positive(who, height=height, width=width)
    return int(height), int(width)

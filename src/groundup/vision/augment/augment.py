"""Augmentation: other pictures of the same thing, drawn anew for every batch.

A label often survives what the pixels do not: a mirror, a small shift, a slight turn. With (i, j) the row and column of
a pixel of picture n, and what carries the index n drawn for each picture on its own:

    (1)  y[i, j] = x[i, W - 1 - j]  where uₙ < p                                        mirrored
    (2)  y[i, j] = x'[i + aₙ, j + bₙ],   aₙ, bₙ in 0..2P                                 cut out of x', x padded by P
    (3)  M = s R(θ) S(φ),   R = [cos θ  -sin θ; sin θ  cos θ],   S = [1  -tan φ; 0  1]
    (4)  where output pixel o comes from:  M⁻¹ (o - t),   M⁻¹ = (1/s) [1  tan φ; 0  1] R(-θ)
    (5)  x(r, c) = (1-b)(1-a) x[i, j] + (1-b) a x[i, j+1] + b (1-a) x[i+1, j] + b a x[i+1, j+1],
         i = ⌊r⌋, j = ⌊c⌋, b = r - i, a = c - j                                          between pixels
    (6)  y = f x   (brightness),   y = f x + (1 - f) m,  m the mean grey of the picture   (contrast), cut to [0, 1]

Positions of Eqs. 3 and 4 are (column, row) from the centre of the picture, rows downwards, so a positive θ turns
clockwise. Axes: N batch, C channels, (H, W) pixels. What a class draws, a function applies; the input is never changed.
Names are those of torchvision.transforms, which draws once for a whole batch.  Derivation: lesson.md, "Derive".
"""

from collections.abc import Callable, Sequence
from math import inf

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from groundup.core import Array, IntArray, Rng, expect_in, expect_positive, expect_rank, generator
from groundup.vision.preprocess import rgb_to_grey

Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Transform = Callable[[Array, np.random.Generator], Array]
Range = float | tuple[float, float]


def hflip(x: Array, chosen: Flags) -> Array:
    """(N, C, H, W) with the pictures where ``chosen`` (N,) is true mirrored left to right, Eq. 1."""
    y = x.copy()
    y[chosen] = x[chosen][..., ::-1]
    return y


def crop(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    """(N, C, H, W) -> (N, C, height, width): from each picture the window at its own ``top`` and ``left``, Eq. 2."""
    windows = sliding_window_view(x, (height, width), axis=(2, 3))  # (N, C, H - height + 1, ..., height, width), a view
    return windows[np.arange(len(x)), :, top, left]


def inverse_affine(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    """(N, 2, 3): M⁻¹ and -M⁻¹t of Eq. 4 for each picture; angles (N,) in degrees, ``translate`` (N, 2) in pixels."""
    theta, slant = np.radians(angle), np.tan(np.radians(shear))
    cos, sin = np.cos(theta), np.sin(theta)
    rows = [[cos - slant * sin, sin + slant * cos], [-sin, cos]]  # S⁻¹ R(-θ)
    inverse = np.moveaxis(np.array(rows), -1, 0) / scale[:, None, None]  # (N, 2, 2)
    back = -inverse @ translate[:, :, None]  # (N, 2, 1)
    return np.concatenate([inverse, back], axis=2)


def bilinear(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    """(N, C, H, W) read at the positions ``rows``, ``columns`` (N, OH, OW) of each picture, Eq. 5; ``fill`` outside."""
    n, c, h, w = x.shape
    around = np.full((n, c, h + 3, w + 3), fill, x.dtype)  # one pixel before, two behind: no index can leave it
    around[:, :, 1:-2, 1:-2] = x
    rows, columns = np.clip(rows, -1, h), np.clip(columns, -1, w)
    i, j = np.floor(rows), np.floor(columns)
    b, a = (rows - i).astype(x.dtype)[:, None], (columns - j).astype(x.dtype)[:, None]  # (N, 1, OH, OW)
    plane = np.arange(n * c).reshape(n, c, 1, 1) * ((h + 3) * (w + 3))  # where each picture's channel begins
    at = plane + ((i.astype(np.intp) + 1) * (w + 3) + j.astype(np.intp) + 1)[:, None]  # (N, C, OH, OW)
    upper, lower = (around.take(k) * (1 - a) + around.take(k + 1) * a for k in (at, at + w + 3))
    y: Array = upper * (1 - b) + lower * b
    return y


def affine(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    """(N, C, H, W) with each picture mapped by its own ``inverse`` (N, 2, 3), Eq. 4, about its centre."""
    h, w = x.shape[2:]
    row = np.arange(h, dtype=x.dtype)[:, None] - (h - 1) / 2  # (H, 1), from the centre
    column = np.arange(w, dtype=x.dtype) - (w - 1) / 2  # (W,)
    m = inverse.astype(x.dtype)[:, :, :, None, None]  # (N, 2, 3, 1, 1)
    columns, rows = (m[:, k, 0] * column + m[:, k, 1] * row + m[:, k, 2] for k in (0, 1))  # (N, H, W)
    return bilinear(x, rows + (h - 1) / 2, columns + (w - 1) / 2, fill)


def erase(x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0) -> Array:
    """(N, C, H, W) with ``value`` in one rectangle a picture, all four (N,); it may reach over the edge."""
    row, column = np.arange(x.shape[2]), np.arange(x.shape[3])
    rows = (row >= top[:, None]) & (row < (top + height)[:, None])  # (N, H)
    columns = (column >= left[:, None]) & (column < (left + width)[:, None])  # (N, W)
    inside = rows[:, None, :, None] & columns[:, None, None, :]  # (N, 1, H, W)
    y = x.copy()
    np.copyto(y, value, where=inside)
    return y


def adjust_brightness(x: Array, factor: Array) -> Array:
    """(N, C, H, W) with each picture multiplied by its own factor (N,), Eq. 6."""
    y: Array = np.clip(x * factor.astype(x.dtype)[:, None, None, None], 0, 1)
    return y


def adjust_contrast(x: Array, factor: Array) -> Array:
    """(N, C, H, W) with each picture stretched about its own mean grey by its own factor (N,), Eq. 6."""
    mean = (rgb_to_grey(x) if x.shape[1] == 3 else x).mean(axis=(1, 2, 3), keepdims=True)  # (N, 1, 1, 1)
    f = factor.astype(x.dtype)[:, None, None, None]
    y: Array = np.clip(f * x + (1 - f) * mean, 0, 1)
    return y


class RandomHorizontalFlip:
    """Mirror each picture with probability ``p``, Eq. 1. Raises ValueError for a p outside [0, 1]."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = expect_in("RandomHorizontalFlip", "p", p, 0, 1)

    def __call__(self, x: Array, rng: Rng) -> Array:
        """(N, C, H, W) -> the same shape. Raises ShapeError and DtypeError."""
        x = expect_rank("RandomHorizontalFlip", x, "NCHW")
        return hflip(x, generator("RandomHorizontalFlip", rng).random(len(x)) < self.p)


class RandomCrop:
    """Shift each picture by up to ``padding`` pixels either way, Eq. 2; the size stays.

    What comes in at the edge is ``fill``, or by ``padding_mode`` "edge", "reflect" or "symmetric" the picture's own.
    Raises TypeError and ValueError for a padding that is none, or an unknown mode.
    """

    def __init__(self, padding: int, fill: float = 0.0, padding_mode: str = "constant") -> None:
        expect_positive("RandomCrop", padding=padding)
        modes = ("constant", "edge", "reflect", "symmetric")
        if padding_mode not in modes:
            raise ValueError(f"RandomCrop: expected padding_mode to be one of {', '.join(modes)}, got {padding_mode!r}")
        self.padding, self.fill, self.padding_mode = (
            int(padding),
            expect_in("RandomCrop", "fill", fill, -inf),
            padding_mode,
        )

    def __call__(self, x: Array, rng: Rng) -> Array:
        """(N, C, H, W) -> the same shape. Raises ShapeError and DtypeError."""
        x = expect_rank("RandomCrop", x, "NCHW")
        around = self.padded(x)
        top, left = generator("RandomCrop", rng).integers(2 * self.padding + 1, size=(2, len(x)))
        return crop(around, top, left, *x.shape[2:])

    def padded(self, x: Array) -> Array:
        """(N, C, H + 2P, W + 2P)."""
        width = ((0, 0), (0, 0), (self.padding, self.padding), (self.padding, self.padding))
        if self.padding_mode == "constant":
            return np.pad(x, width, constant_values=self.fill)
        return np.pad(x, width, mode=self.padding_mode)  # type: ignore[call-overload, no-any-return]


class RandomAffine:
    """Turn, shift, scale and slant each picture by its own small amounts, Eqs. 3 to 5.

    ``degrees`` and ``shear`` are a range of degrees, or one number d for -d to d; ``translate`` the largest shift
    across and down as parts of width and height; ``scale`` a range of factors. ``fill`` comes in from outside.
    Raises ValueError and TypeError for ranges that are none.
    """

    def __init__(
        self,
        degrees: Range,
        translate: tuple[float, float] | None = None,
        scale: tuple[float, float] | None = None,
        shear: Range = 0.0,
        fill: float = 0.0,
    ) -> None:
        who = "RandomAffine"
        self.degrees, self.shear = _about_zero(who, "degrees", degrees, 180), _about_zero(who, "shear", shear, 89)
        across, down = _pair(who, "translate", (0.0, 0.0) if translate is None else translate)
        self.translate = expect_in(who, "translate", across, 0, 1), expect_in(who, "translate", down, 0, 1)
        self.scale = _ordered(who, "scale", (1.0, 1.0) if scale is None else scale, 1e-3, inf)
        self.fill = expect_in(who, "fill", fill, -inf)

    def __call__(self, x: Array, rng: Rng) -> Array:
        """(N, C, H, W) -> the same shape. Raises ShapeError and DtypeError."""
        x, rng = expect_rank("RandomAffine", x, "NCHW"), generator("RandomAffine", rng)
        n, (h, w) = len(x), x.shape[2:]
        reach = np.array([self.translate[0] * w, self.translate[1] * h])  # pixels
        angle, scale, shear = (rng.uniform(*bounds, size=n) for bounds in (self.degrees, self.scale, self.shear))
        shift = reach * rng.uniform(-1, 1, size=(n, 2))
        return affine(x, inverse_affine(angle, shift, scale, shear), self.fill)


class RandomErasing:
    """With probability ``p`` cover one rectangle of each picture by ``value``.

    Its area is drawn from ``scale`` (parts of the picture), its height over its width from ``ratio`` (evenly in the
    logarithm); it lies within the picture, and a side that would be longer than the picture is cut to it. Raises
    ValueError and TypeError for what is no probability or range.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: float = 0.0,
    ) -> None:
        self.p = expect_in("RandomErasing", "p", p, 0, 1)
        self.scale = _ordered("RandomErasing", "scale", scale, 0, 1)
        self.ratio = _ordered("RandomErasing", "ratio", ratio, 1e-3, 1e3)
        self.value = expect_in("RandomErasing", "value", value, -inf)

    def __call__(self, x: Array, rng: Rng) -> Array:
        """(N, C, H, W) -> the same shape. Raises ShapeError and DtypeError."""
        x, rng = expect_rank("RandomErasing", x, "NCHW"), generator("RandomErasing", rng)
        n, (h, w) = len(x), x.shape[2:]
        area = rng.uniform(*self.scale, size=n) * h * w
        low, high = np.log(self.ratio)
        ratio = np.exp(rng.uniform(low, high, size=n))
        height = np.minimum(np.rint(np.sqrt(area * ratio)).astype(int), h)
        width = np.minimum(np.rint(np.sqrt(area / ratio)).astype(int), w)
        top, left = rng.integers(h - height + 1), rng.integers(w - width + 1)
        return erase(x, top, left, height * (rng.random(n) < self.p), width, self.value)


class Cutout:
    """Cover one square of ``size`` pixels of every picture; its centre is any pixel, so it may reach over the edge.

    Raises TypeError and ValueError for a size that is none.
    """

    def __init__(self, size: int, value: float = 0.0) -> None:
        expect_positive("Cutout", size=size)
        self.size, self.value = int(size), expect_in("Cutout", "value", value, -inf)

    def __call__(self, x: Array, rng: Rng) -> Array:
        """(N, C, H, W) -> the same shape. Raises ShapeError and DtypeError."""
        x = expect_rank("Cutout", x, "NCHW")
        row, column = generator("Cutout", rng).integers(x.shape[2:], size=(len(x), 2)).T
        side = np.full(len(x), self.size)
        return erase(x, row - self.size // 2, column - self.size // 2, side, side, self.value)


class ColorJitter:
    """Change brightness, then contrast of each picture by its own factors from [1 - d, 1 + d], none below 0; Eq. 6.

    For pictures in [0, 1], before they are normalised. Raises ValueError for a d below 0.
    """

    def __init__(self, brightness: float = 0.0, contrast: float = 0.0) -> None:
        self.brightness = expect_in("ColorJitter", "brightness", brightness, 0)
        self.contrast = expect_in("ColorJitter", "contrast", contrast, 0)

    def __call__(self, x: Array, rng: Rng) -> Array:
        """(N, C, H, W) in [0, 1] -> the same. Raises ShapeError, DtypeError, and ValueError for other values."""
        x, rng = expect_rank("ColorJitter", x, "NCHW"), generator("ColorJitter", rng)
        if x.size and not (x.min() >= 0 and x.max() <= 1):
            got = f"{x.min():.3g} to {x.max():.3g}"
            raise ValueError(f"ColorJitter: expected values in [0, 1], got {got}; jitter before you normalise")
        brightness, contrast = (rng.uniform(max(0, 1 - d), 1 + d, len(x)) for d in (self.brightness, self.contrast))
        return adjust_contrast(adjust_brightness(x, brightness), contrast)


class Compose:
    """One transform after the other, all drawing from one generator. Raises TypeError for what cannot be called."""

    def __init__(self, transforms: Sequence[Transform]) -> None:
        for transform in transforms:
            if not callable(transform):
                raise TypeError(f"Compose: expected transforms to call with (x, rng), got {type(transform).__name__}")
        self.transforms = list(transforms)

    def __call__(self, x: Array, rng: Rng) -> Array:
        """The first transform sees x, each next one what the one before returned."""
        rng = generator("Compose", rng)
        for transform in self.transforms:
            x = transform(x, rng)
        return x


def _pair(who: str, name: str, value: object) -> tuple[float, float]:
    if not (isinstance(value, tuple | list) and len(value) == 2):
        raise TypeError(f"{who}: expected {name} to be a pair of numbers, got {value!r}")
    return value[0], value[1]


def _ordered(who: str, name: str, value: object, low: float, high: float) -> tuple[float, float]:
    """A range (from, to) within [low, high]."""
    first, last = (expect_in(who, name, v, low, high) for v in _pair(who, name, value))
    if first > last:
        raise ValueError(f"{who}: expected {name} from low to high, got {value!r}; did the two change places?")
    return first, last


def _about_zero(who: str, name: str, value: Range, most: float) -> tuple[float, float]:
    """A range of degrees, or a number d for (-d, d)."""
    if isinstance(value, tuple | list):
        return _ordered(who, name, value, -most, most)
    d = expect_in(who, name, value, 0, most)
    return -d, d

"""What people write where the size of a picture changes."""

import numpy as np

from groundup.core import Array, IntArray, misconception
from groundup.vision.preprocess import preprocess
from groundup.vision.preprocess.preprocess import _size


@misconception(
    "center_crop",
    "You keep the upper left corner and not the middle.",
    see="Cropping and padding",
)
def upper_left_corner(x: Array, size: int | tuple[int, int]) -> Array:
    height, width = _size("center_crop", size)
    return x[:, :, :height, :width].copy()


@misconception(
    "center_crop",
    "You take off the whole of what is too much on both sides: the result is smaller than what was asked for.",
    see="Cropping and padding",
)
def cut_twice(x: Array, size: int | tuple[int, int]) -> Array:
    height, width = _size("center_crop", size)
    down, across = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return x[:, :, 2 * down : x.shape[2] - 2 * down, 2 * across : x.shape[3] - 2 * across].copy()


@misconception(
    "center_crop",
    "Where an odd number of rows or columns has to go, you take the larger half off above or left.",
    see="Cropping and padding",
)
def larger_half_above(x: Array, size: int | tuple[int, int]) -> Array:
    height, width = _size("center_crop", size)
    top, left = -(-(x.shape[2] - height) // 2), -(-(x.shape[3] - width) // 2)
    return x[:, :, top : top + height, left : left + width].copy()


@misconception(
    "center_crop",
    "Height and width have changed places.",
    see="Cropping and padding",
)
def width_before_height(x: Array, size: int | tuple[int, int]) -> Array:
    height, width = _size("center_crop", size)
    return preprocess.center_crop(x, (width, height))


@misconception(
    "pad_to_square",
    "All of the margin is on one side; the picture belongs in the middle.",
    see="Cropping and padding",
)
def margin_on_one_side(x: Array, fill: float = 0.0) -> Array:
    n, c, h, w = x.shape
    y = np.full((n, c, max(h, w), max(h, w)), fill, x.dtype)
    y[:, :, :h, :w] = x
    return y


@misconception(
    "pad_to_square",
    "The odd pixel of the margin goes above or left. It belongs below or right, as in cropping.",
    see="Cropping and padding",
)
def odd_pixel_above(x: Array, fill: float = 0.0) -> Array:
    return preprocess.pad_to_square(x[:, :, ::-1, ::-1], fill)[:, :, ::-1, ::-1].copy()


@misconception(
    "pad_to_square",
    "You fill with zeros whatever fill is: after normalising, zero is the mean and not black.",
    see="Cropping and padding",
)
def always_zeros(x: Array, fill: float = 0.0) -> Array:
    return preprocess.pad_to_square(x)


@misconception(
    "pad_to_square",
    "You cut the longer side down. Padding makes the shorter one longer, and loses nothing.",
    see="Cropping and padding",
)
def cut_to_a_square(x: Array, fill: float = 0.0) -> Array:
    return preprocess.center_crop(x, min(x.shape[2:]))


@misconception(
    "pad_to_square",
    "You stretch the picture to a square. A circle in it is now an ellipse.",
    see="Cropping and padding",
)
def stretched(x: Array, fill: float = 0.0) -> Array:
    return preprocess.resize(x, max(x.shape[2:]))


@misconception(
    "nearest_index",
    "You give the older rule whatever exact says: the copied pixel is the one at the left end of the new one, and the "
    "whole picture moves by up to half a pixel.",
    see="Where a new pixel lies",
)
def never_exact(size: int, out: int, exact: bool = True) -> IntArray:
    return np.arange(out) * size // out


@misconception(
    "nearest_index",
    "You give the exact rule whatever exact says; with exact=False the half pixel stays out.",
    see="Where a new pixel lies",
)
def always_exact(size: int, out: int, exact: bool = True) -> IntArray:
    return preprocess.nearest_index(size, out)


@misconception(
    "nearest_index",
    "Your first and last pixels are copies of the first and last: that is align_corners, another grid.",
    see="Where a new pixel lies",
)
def corners_on_corners(size: int, out: int, exact: bool = True) -> IntArray:
    return np.floor(np.arange(out) * (size - 1) / max(out - 1, 1) + 0.5).astype(int)


@misconception(
    "nearest_index",
    "The ratio is upside down: it is the old size over the new one that leads from a new pixel back to an old one.",
    see="Where a new pixel lies",
)
def ratio_upside_down(size: int, out: int, exact: bool = True) -> IntArray:
    return ((np.arange(out) + exact / 2) * out / size).astype(int)


@misconception(
    "nearest_index",
    "You step by a whole number of pixels: that is right where the new size divides the old one, and elsewhere a part "
    "of the picture is lost.",
    see="Where a new pixel lies",
)
def whole_steps(size: int, out: int, exact: bool = True) -> IntArray:
    step = max(size // out, 1)
    return np.minimum(np.arange(out) * step + exact * (step // 2), size - 1)


def _triangle(centre: Array, size: int, radius: float) -> Array:
    return np.maximum(0, 1 - np.abs(np.arange(size) - centre[:, None]) / radius)


def _rows(weights: Array) -> Array:
    return weights / weights.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def _centre(size: int, out: int) -> Array:
    return (np.arange(out) + 0.5) * size / out - 0.5


def _radius(size: int, out: int, antialias: bool) -> float:
    return max(1.0, size / out) if antialias else 1.0


@misconception(
    "bilinear_weights",
    "Your outermost centres lie on the outermost old ones: that is align_corners=True. Pixels are squares here, and it "
    "is the edges of the pictures that lie on each other.",
    see="Where a new pixel lies",
)
def aligned_corners(size: int, out: int, antialias: bool = True) -> Array:
    centre = np.arange(out) * ((size - 1) / max(out - 1, 1))
    return _rows(_triangle(centre, size, _radius(size, out, antialias)))


@misconception(
    "bilinear_weights",
    "The halves are missing: you measure from the left ends of the pixels, and the picture moves up and left.",
    see="Where a new pixel lies",
)
def halves_forgotten(size: int, out: int, antialias: bool = True) -> Array:
    return _rows(_triangle(np.arange(out) * size / out, size, _radius(size, out, antialias)))


@misconception(
    "bilinear_weights",
    "The weights of a new pixel near the edge do not add up to 1: the picture gets a dark frame.",
    see="Between pixels",
)
def dark_frame(size: int, out: int, antialias: bool = True) -> Array:
    radius = _radius(size, out, antialias)
    return _triangle(_centre(size, out), size, radius) / radius


@misconception(
    "bilinear_weights",
    "You never widen the triangle: with antialias, a picture that shrinks has to be read with a wider one.",
    see="Shrinking",
)
def never_wider(size: int, out: int, antialias: bool = True) -> Array:
    return preprocess.bilinear_weights(size, out, antialias=False)


@misconception(
    "bilinear_weights",
    "You widen the triangle whatever antialias says.",
    see="Shrinking",
)
def always_wider(size: int, out: int, antialias: bool = True) -> Array:
    return preprocess.bilinear_weights(size, out, antialias=True)


@misconception(
    "bilinear_weights",
    "Where a picture grows, your triangle becomes narrower than a pixel, and pixels are copied in blocks.",
    see="Shrinking",
)
def narrower_when_growing(size: int, out: int, antialias: bool = True) -> Array:
    return _rows(_triangle(_centre(size, out), size, size / out if antialias else 1.0))


@misconception(
    "bilinear_weights",
    "All old pixels under a new one count alike in yours. That is a mean over a box; here the nearer counts more.",
    see="Between pixels",
)
def box_for_a_triangle(size: int, out: int, antialias: bool = True) -> Array:
    triangle = _triangle(_centre(size, out), size, _radius(size, out, antialias))
    return _rows((triangle > 0).astype(float))

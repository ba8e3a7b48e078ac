"""What people write instead of an affine map and of reading between pixels."""

import numpy as np

from groundup.core import Array, misconception
from groundup.vision.augment import augment


def _matrices(angle: Array, shear: Array) -> tuple[Array, Array]:
    """R(θ) and S(φ) of Eq. 3, each (N, 2, 2)."""
    theta, slant, one = np.radians(angle), np.tan(np.radians(shear)), np.ones(len(angle))
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    return np.moveaxis(turn, -1, 0), np.moveaxis(np.array([[one, -slant], [0 * one, one]]), -1, 0)


def _with_shift(linear: Array, translate: Array) -> Array:
    return np.concatenate([linear, -linear @ translate[:, :, None]], axis=2)


@misconception(
    "inverse_affine",
    "You give the map itself. A pixel of the result has to be told where it comes from, and not where it goes.",
    see="Backwards",
)
def forwards(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    turn, slant = _matrices(angle, shear)
    return np.concatenate([scale[:, None, None] * turn @ slant, translate[:, :, None]], axis=2)


@misconception(
    "inverse_affine",
    "The angle is taken as radians; it comes in degrees.",
    see="Backwards",
)
def radians(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    return augment.inverse_affine(np.degrees(angle), translate, scale, shear)


@misconception(
    "inverse_affine",
    "You turn the wrong way: the inverse of a turn by θ is one by -θ.",
    see="Backwards",
)
def the_other_way(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    return augment.inverse_affine(-angle, translate, scale, shear)


@misconception(
    "inverse_affine",
    "You multiply by the scale. A picture is enlarged by reading it in smaller steps.",
    see="Backwards",
)
def multiplied_by_the_scale(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    return augment.inverse_affine(angle, translate, 1 / scale, shear)


@misconception(
    "inverse_affine",
    "The shift is only given another sign. It has to go through the inverse matrix as well: it happened after the "
    "turn, so it is undone before.",
    see="Backwards",
)
def shift_not_turned(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    linear = augment.inverse_affine(angle, translate, scale, shear)[:, :, :2]
    return np.concatenate([linear, -translate[:, :, None]], axis=2)


@misconception(
    "inverse_affine",
    "The shift has the wrong sign: a picture that moves to the right is read further to the left.",
    see="Backwards",
)
def shift_with_the_wrong_sign(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    return augment.inverse_affine(angle, -translate, scale, shear)


@misconception(
    "inverse_affine",
    "You undo in the order in which it was done. The inverse of slant-then-turn is turn back, then slant back.",
    see="Backwards",
)
def undone_in_the_same_order(angle: Array, translate: Array, scale: Array, shear: Array) -> Array:
    turn, slant = _matrices(angle, shear)
    return _with_shift(np.linalg.inv(turn) @ np.linalg.inv(slant) / scale[:, None, None], translate)


def _read(x: Array, inverse: Array, fill: float, centre: tuple[float, float]) -> Array:
    h, w = x.shape[2:]
    row, column = np.arange(h, dtype=x.dtype)[:, None] - centre[0], np.arange(w, dtype=x.dtype) - centre[1]
    m = inverse.astype(x.dtype)[:, :, :, None, None]
    columns, rows = (m[:, k, 0] * column + m[:, k, 1] * row + m[:, k, 2] for k in (0, 1))
    return augment.bilinear(x, rows + centre[0], columns + centre[1], fill)


@misconception(
    "affine",
    "Everything turns about the upper left corner: positions have to be measured from the centre.",
    see="About the centre",
)
def about_the_corner(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    return _read(x, inverse, fill, (0, 0))


@misconception(
    "affine",
    "Your centre is half a pixel off: of pixels 0 to H - 1 the middle is (H - 1) / 2.",
    see="About the centre",
)
def half_a_pixel_off(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    return _read(x, inverse, fill, (x.shape[2] / 2, x.shape[3] / 2))


@misconception(
    "affine",
    "Rows and columns have changed places in your map: its first row makes columns.",
    see="About the centre",
)
def rows_before_columns(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    return augment.affine(x, inverse[:, ::-1][:, :, [1, 0, 2]], fill)


@misconception(
    "affine",
    "The first picture's map is used for all.",
    see="One draw for all",
)
def map_of_the_first(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    return augment.affine(x, np.repeat(inverse[:1], len(x), axis=0), fill)


@misconception(
    "affine",
    "The shift is left out: the third column of the map is added to every position.",
    see="Backwards",
)
def no_shift(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    return augment.affine(x, inverse * [1, 1, 0], fill)


@misconception(
    "affine",
    "What comes in from outside is always zero in yours, whatever fill is.",
    see="Between pixels",
)
def always_zero_outside(x: Array, inverse: Array, fill: float = 0.0) -> Array:
    return augment.affine(x, inverse)


@misconception(
    "bilinear",
    "You copy the nearest pixel. Slanted strokes get steps, and small turns do nothing at all.",
    see="Between pixels",
)
def nearest_pixel(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    return augment.bilinear(x, np.floor(rows + 0.5), np.floor(columns + 0.5), fill)


@misconception(
    "bilinear",
    "The weights are the wrong way round: a position close to a pixel takes most from the one opposite.",
    see="Between pixels",
)
def weights_the_wrong_way_round(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    rows, columns = np.clip(rows, -1, x.shape[2]), np.clip(columns, -1, x.shape[3])
    i, j = np.floor(rows), np.floor(columns)
    return augment.bilinear(x, i + 1 - (rows - i), j + 1 - (columns - j), fill)


@misconception(
    "bilinear",
    "Rows and columns have changed their remainders: the weight across is used down, and the other way round.",
    see="Between pixels",
)
def remainders_exchanged(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    rows, columns = np.clip(rows, -1, x.shape[2]), np.clip(columns, -1, x.shape[3])
    i, j = np.floor(rows), np.floor(columns)
    return augment.bilinear(x, i + (columns - j), j + (rows - i), fill)


@misconception(
    "bilinear",
    "Outside you repeat the pixels of the edge: strokes that touch it are drawn out into bands.",
    see="Between pixels",
)
def edge_repeated(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    return augment.bilinear(x, np.clip(rows, 0, x.shape[2] - 1), np.clip(columns, 0, x.shape[3] - 1), fill)


@misconception(
    "bilinear",
    "Beyond the edge there is nothing but the fill in yours: between the last pixel and the outside, both count.",
    see="Between pixels",
)
def cut_at_the_edge(x: Array, rows: Array, columns: Array, fill: float = 0.0) -> Array:
    y = augment.bilinear(x, rows, columns, fill)
    inside = (rows >= 0) & (rows <= x.shape[2] - 1) & (columns >= 0) & (columns <= x.shape[3] - 1)
    return np.where(inside[:, None], y, np.asarray(fill, x.dtype))

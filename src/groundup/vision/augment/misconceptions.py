"""What people write instead of augmentation."""

import numpy as np

from groundup.core import Array, IntArray, Rng, generator, misconception
from groundup.vision.augment import augment
from groundup.vision.augment.augment import Compose, Flags
from groundup.vision.augment.misconceptions_of_maps import *  # noqa: F403


@misconception(
    "hflip",
    "One yes mirrors the whole batch. Each picture has a coin of its own.",
    see="One draw for all",
)
def whole_batch(x: Array, chosen: Flags) -> Array:
    return x[..., ::-1].copy() if chosen.any() else x.copy()


@misconception(
    "hflip",
    "Your pictures stand on their heads: it is the order of the columns that turns round, not that of the rows.",
    see="Mirrors",
)
def upside_down(x: Array, chosen: Flags) -> Array:
    y = x.copy()
    y[chosen] = x[chosen][:, :, ::-1]
    return y


@misconception(
    "hflip",
    "Rows and columns both turn round: that is half a turn and no mirror.",
    see="Mirrors",
)
def half_a_turn(x: Array, chosen: Flags) -> Array:
    y = x.copy()
    y[chosen] = x[chosen][:, :, ::-1, ::-1]
    return y


@misconception(
    "hflip",
    "You mirror those that were not chosen.",
    see="Mirrors",
)
def the_others(x: Array, chosen: Flags) -> Array:
    return augment.hflip(x, ~chosen)


@misconception(
    "hflip",
    "Only the chosen pictures come out. The batch has lost the others, and its labels no longer fit.",
    see="Mirrors",
)
def chosen_only(x: Array, chosen: Flags) -> Array:
    return x[chosen][..., ::-1]


@misconception(
    "hflip",
    "You write into the batch that you were given: next epoch the picture is mirrored to begin with, and nobody has "
    "the original any more.",
    see="In place",
)
def in_place(x: Array, chosen: Flags) -> Array:
    x[chosen] = x[chosen][..., ::-1]
    return x


@misconception(
    "crop",
    "All pictures are cut at the place of the first.",
    see="One draw for all",
)
def place_of_the_first(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    return x[:, :, top[0] : top[0] + height, left[0] : left[0] + width].copy()


@misconception(
    "crop",
    "Top and left have changed places: rows are the axis before columns.",
    see="Shifts",
)
def left_before_top(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    last = np.array(x.shape[2:]) - (height, width)
    return augment.crop(x, np.minimum(left, last[0]), np.minimum(top, last[1]), height, width)


@misconception(
    "crop",
    "You always cut the upper left corner, wherever the windows should begin.",
    see="Shifts",
)
def always_the_corner(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    return x[:, :, :height, :width].copy()


@misconception(
    "crop",
    "You measure the place from the lower right: the window moves against the sign that it is given.",
    see="Shifts",
)
def from_the_other_end(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    return augment.crop(x, x.shape[2] - height - top, x.shape[3] - width - left, height, width)


@misconception(
    "crop",
    "The channels come last in what you return: index arrays on both sides of a slice put their axes first, and here "
    "the slice went to the end.",
    see="Shifts",
)
def channels_at_the_end(x: Array, top: IntArray, left: IntArray, height: int, width: int) -> Array:
    rows, columns = top[:, None] + np.arange(height), left[:, None] + np.arange(width)
    return x[np.arange(len(x))[:, None, None], :, rows[:, :, None], columns[:, None, :]]


@misconception(
    "erase",
    "You cover everything but the rectangle.",
    see="Holes",
)
def all_but_the_hole(
    x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0
) -> Array:
    hole = augment.erase(np.zeros_like(x), top, left, height, width, 1.0)
    return np.where(hole == 1, x, np.asarray(value, x.dtype))


@misconception(
    "erase",
    "The rectangle is one row and one column too large: its last row is top + height - 1.",
    see="Holes",
)
def one_too_many(
    x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0
) -> Array:
    return augment.erase(x, top, left, height + 1, width + 1, value)


@misconception(
    "erase",
    "Height and width have changed places.",
    see="Holes",
)
def width_before_height(
    x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0
) -> Array:
    return augment.erase(x, top, left, width, height, value)


@misconception(
    "erase",
    "You slice with a negative beginning. That counts from the end, so a hole over the upper or left edge is lost.",
    see="Holes",
)
def negative_slices(
    x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0
) -> Array:
    y = x.copy()
    for k, (i, j, h, w) in enumerate(zip(top, left, height, width, strict=True)):
        y[k, :, i : i + h, j : j + w] = value
    return y


@misconception(
    "erase",
    "Whole rows and whole columns are covered: a pixel belongs to the hole when its row and its column both do.",
    see="Holes",
)
def a_cross(x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0) -> Array:
    n, (h, w) = len(x), x.shape[2:]
    y = augment.erase(x, top, np.zeros(n, int), height, np.full(n, w), value)
    return augment.erase(y, np.zeros(n, int), left, np.full(n, h), width, value)


@misconception(
    "erase",
    "Only the first channel has a hole; the others still show what is to be hidden.",
    see="Holes",
)
def first_channel_only(
    x: Array, top: IntArray, left: IntArray, height: IntArray, width: IntArray, value: float = 0.0
) -> Array:
    y = x.copy()
    y[:, :1] = augment.erase(x[:, :1], top, left, height, width, value)
    return y


@misconception(
    "Compose.__call__",
    "You go from the last transform to the first.",
    see="One after the other",
)
def last_first(self: Compose, x: Array, rng: Rng) -> Array:
    rng = generator("Compose", rng)
    for transform in reversed(self.transforms):
        x = transform(x, rng)
    return x


@misconception(
    "Compose.__call__",
    "Each transform is given the original. Only what the last one did is left of it.",
    see="One after the other",
)
def each_on_the_original(self: Compose, x: Array, rng: Rng) -> Array:
    rng, y = generator("Compose", rng), x
    for transform in self.transforms:
        y = transform(x, rng)
    return y


@misconception(
    "Compose.__call__",
    "From a seed every transform gets a generator that begins anew: they all draw the same numbers, and two shifts "
    "always go the same way.",
    see="One generator",
)
def a_seed_for_each(self: Compose, x: Array, rng: Rng) -> Array:
    for transform in self.transforms:
        x = transform(x, generator("Compose", rng))
    return x


@misconception(
    "Compose.__call__",
    "You return after the first transform: a return within a loop ends it.",
    see="One after the other",
)
def first_only(self: Compose, x: Array, rng: Rng) -> Array:
    for transform in self.transforms:
        return transform(x, generator("Compose", rng))
    return x

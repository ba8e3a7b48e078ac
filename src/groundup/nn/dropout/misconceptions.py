"""What people write instead of dropout."""

import numpy as np
from numpy.typing import DTypeLike

from groundup.core import Array, misconception
from groundup.nn.dropout.dropout import Dropout, Dropout2d, inverted_mask


@misconception(
    "inverted_mask",
    "You keep what should go: with p = 0.25 three numbers of four stay, in your mask it is one of four.",
    see="A mask with mean 1",
)
def other_side(u: Array, p: float, dtype: DTypeLike) -> Array:
    return (u < p).astype(dtype) * (1 / (1 - p) if p < 1 else 0.0)


@misconception(
    "inverted_mask",
    "What stays is not scaled up, so the mean of your mask is 1 - p: the layer behind sees less in training.",
    see="No scale",
)
def not_scaled(u: Array, p: float, dtype: DTypeLike) -> Array:
    return (u >= p).astype(dtype)


@misconception(
    "inverted_mask",
    "You divide by the share that goes. What has to be made up for is that only the others are left.",
    see="A mask with mean 1",
)
def scaled_by_what_goes(u: Array, p: float, dtype: DTypeLike) -> Array:
    return (u >= p).astype(dtype) / (p or 1)


@misconception(
    "inverted_mask",
    "You scale down what stays. That belongs to the older form, which scales in evaluation; here the mean must stay 1.",
    see="Scale while training, not later",
)
def scaled_down(u: Array, p: float, dtype: DTypeLike) -> Array:
    return (u >= p).astype(dtype) * (1 - p)


@misconception(
    "inverted_mask",
    "A number u that is p itself is dropped by you. With p = 0 a u of 0 would go, and nothing may.",
    see="A mask with mean 1",
)
def strictly_above(u: Array, p: float, dtype: DTypeLike) -> Array:
    return (u > p).astype(dtype) * (1 / (1 - p) if p < 1 else 0.0)


@misconception(
    "inverted_mask",
    "With p = 1 your scale is a division by zero, and zero times that is no number. Nothing stays: the mask is zero.",
    see="A mask with mean 1",
)
def divided_by_zero(u: Array, p: float, dtype: DTypeLike) -> Array:
    with np.errstate(all="ignore"):
        mask: Array = (u >= p).astype(dtype) / np.asarray(1 - p, dtype)
        return mask


@misconception(
    "inverted_mask",
    "Your mask is float64 whatever is asked for, and turns everything that it touches into float64.",
    see="Build",
)
def always_double(u: Array, p: float, dtype: DTypeLike) -> Array:
    return inverted_mask(u, p, "float64")


@misconception(
    "Dropout.forward",
    "You drop in evaluation, too: the same image would get another answer each time it is asked.",
    see="Dropping at the wrong time",
)
def never_at_rest(self: Dropout, x: Array) -> Array:
    mask = inverted_mask(self.uniform(x.shape), self.p, x.dtype)
    self.keep(mask, x.shape)
    return x * mask


@misconception(
    "Dropout.forward",
    "You scale in evaluation as well. The mask has made up for what was dropped already: here x goes through as it is.",
    see="Scale while training, not later",
)
def scaled_twice(self: Dropout, x: Array) -> Array:
    if not self.training:
        self.keep(None, x.shape)
        return x * (1 - self.p)
    return never_at_rest.wrong(self, x)  # type: ignore[no-any-return]


@misconception(
    "Dropout.forward",
    "All rows of your batch lose the same numbers: the mask has no batch axis.",
    see="A mask with mean 1",
)
def one_mask_for_all_rows(self: Dropout, x: Array) -> Array:
    if not self.training:
        self.keep(None, x.shape)
        return x
    mask = np.broadcast_to(inverted_mask(self.uniform(x.shape)[:1], self.p, x.dtype), x.shape)
    self.keep(mask, x.shape)
    return x * mask


@misconception(
    "Dropout.forward",
    "The mask is drawn once and used for every batch: you train one smaller network, and the rest of it never.",
    see="One mask for ever",
)
def drawn_once(self: Dropout, x: Array) -> Array:
    if not self.training:
        self.keep(None, x.shape)
        return x
    if "_once" not in vars(self):
        self._once = inverted_mask(self.uniform(x.shape), self.p, x.dtype)  # type: ignore[attr-defined]
    mask = self._once  # type: ignore[attr-defined]
    self.keep(mask, x.shape)
    return x * mask  # type: ignore[no-any-return]


@misconception(
    "Dropout.backward",
    "The gradient goes through as if nothing had been dropped: numbers that had no say in the loss are blamed for it.",
    see="The way back",
)
def mask_forgotten(self: Dropout, dy: Array) -> Array:
    self.kept_all()
    return dy


@misconception(
    "Dropout.backward",
    "You draw a new mask for the way back. The derivative is that of the forward pass that happened.",
    see="The way back",
)
def drawn_again(self: Dropout, dy: Array) -> Array:
    mask, _ = self.kept_all()
    return dy if mask is None else dy * inverted_mask(self.uniform(dy.shape), self.p, dy.dtype)


@misconception(
    "Dropout.backward",
    "What stayed was scaled up on the way forward, but not on your way back.",
    see="The way back",
)
def scale_forgotten(self: Dropout, dy: Array) -> Array:
    mask, _ = self.kept_all()
    return dy if mask is None else dy * (mask > 0)


@misconception(
    "Dropout2d.uniform",
    "Each pixel is drawn for itself: that is Dropout, and a pixel's neighbours still tell what it was.",
    see="Whole channels",
)
def every_pixel(self: Dropout2d, shape: tuple[int, ...]) -> Array:
    return self.rng.random(shape)


@misconception(
    "Dropout2d.uniform",
    "All channels of an image share one fate: you leave out whole images.",
    see="Whole channels",
)
def whole_images(self: Dropout2d, shape: tuple[int, ...]) -> Array:
    return self.rng.random((shape[0], 1, 1, 1))


@misconception(
    "Dropout2d.uniform",
    "The same channels go in every image of the batch: each image is to draw for itself.",
    see="Whole channels",
)
def same_in_every_image(self: Dropout2d, shape: tuple[int, ...]) -> Array:
    return self.rng.random((1, shape[1], 1, 1))

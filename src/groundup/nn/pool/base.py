"""What pooling layers share that is no pooling: arguments for each axis, and signals as images of height 1."""

from typing import Any

import numpy as np

from groundup.core import Array, Layer, ShapeError, expect_rank, expect_shape

Pair = tuple[int, int]


def whole(value: Any) -> bool:
    """A whole number, and not True or False."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def per_axis(who: str, name: str, value: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """``value`` for each of ``axes`` axes. Raises TypeError or ValueError naming the argument."""
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * axes
    if not all(whole(v) for v in values):
        raise TypeError(f"{who}: expected {name} to be a whole number or {axes} of them, got {value!r}; round it first")
    if len(values) != axes:
        raise ValueError(f"{who}: expected {name} for {axes} axes of space, got {value!r}; is it the 1d or 2d layer?")
    if min(values) < least:
        raise ValueError(f"{who}: expected {name} of at least {least}, got {value!r}; sizes count pixels")
    return tuple(int(v) for v in values)


def expect_flag(who: str, **flags: Any) -> None:
    """True or False. Raises TypeError: a number in its place is most likely another argument."""
    for name, value in flags.items():
        if not isinstance(value, bool | np.bool_):
            raise TypeError(f"{who}: expected {name} to be True or False, got {value!r}; are the arguments in order?")


def expect_padding(who: str, padding: tuple[int, ...], kernel: tuple[int, ...], dilation: tuple[int, ...]) -> None:
    """At most half of what a window spans, so that no window lies outside the image. Raises ValueError."""
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    if any(p > span // 2 for p, span in zip(padding, spans, strict=True)):
        raise ValueError(
            f"{who}: expected padding of at most half the window {spans}, got {padding}; a window would see no image"
        )


def expect_windows(who: str, sizes: tuple[int, ...], out: Pair, spans: Pair) -> None:
    """At least one window an axis. Raises ShapeError."""
    if min(out) < 1:
        raise ShapeError(
            f"{who}: expected an image of at least {spans}, padding included, got {sizes}; pool less often"
        )


class Pool(Layer):
    """What the layers share: images in, images out. A layer of one axis of space sets ``axes = 1``."""

    axes = 2

    def image(self, what: str, x: Any) -> Array:
        """(N, C, H, W), from (N, C, L) where there is one axis. Raises ShapeError and DtypeError naming ``what``."""
        image: Array = expect_rank(f"{type(self).__name__}.{what}", x, "NCHW" if self.axes == 2 else "NCL")
        return image if self.axes == 2 else image[:, :, None]

    def gradient(self, dy: Any, shape: tuple[int, ...]) -> Array:
        """dy as an image, where the output had this shape of an image."""
        outside = shape if self.axes == 2 else (*shape[:2], shape[3])
        image: Array = expect_shape(f"{type(self).__name__}.backward", dy, outside, like="y")
        return image if self.axes == 2 else image[:, :, None]

    def shaped(self, image: Array) -> Array:
        """An image as it goes out: without the height that was added."""
        return image if self.axes == 2 else image[:, :, 0]

    def pair(self, sizes: tuple[int, ...], above: int = 1) -> Pair:
        """Sizes along the axes of space for (rows, columns); ``above`` is for the row that was added."""
        return (above, sizes[0]) if self.axes == 1 else (sizes[0], sizes[1])

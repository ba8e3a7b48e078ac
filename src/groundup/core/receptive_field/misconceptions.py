"""What people think that a network sees."""

from collections.abc import Iterable, Sequence

import numpy as np

from groundup.core.misconception import misconception
from groundup.core.receptive_field import receptive_field as library
from groundup.core.receptive_field.receptive_field import Field, Window
from groundup.core.types import Array


@misconception(
    "Field.then",
    "The whole kernel is added: the first number of a window brings its own field, only the others add to it.",
    see="One more layer",
)
def whole_kernel_added(self: Field, window: Window) -> Field:
    size = self.size + window.kernel * window.dilation * self.stride
    return Field(size, self.stride * window.stride, self.padding + window.padding * self.stride)


@misconception(
    "Field.then",
    "You multiply the fields. A window of three numbers sees little more than one of them, since their fields overlap.",
    see="One more layer",
)
def fields_multiplied(self: Field, window: Window) -> Field:
    size = self.size * ((window.kernel - 1) * window.dilation + 1)
    return Field(size, self.stride * window.stride, self.padding + window.padding * self.stride)


@misconception(
    "Field.then",
    "The numbers of a window lie the strides of all earlier layers apart; you count them as if it were one pixel.",
    see="One more layer",
)
def stride_of_before_forgotten(self: Field, window: Window) -> Field:
    size = self.size + (window.kernel - 1) * window.dilation
    return Field(size, self.stride * window.stride, self.padding + window.padding * self.stride)


@misconception(
    "Field.then",
    "You let a layer's own stride widen its own field: it moves the next window, and widens the fields behind it.",
    see="One more layer",
)
def own_stride_too_soon(self: Field, window: Window) -> Field:
    stride = self.stride * window.stride
    size = self.size + (window.kernel - 1) * window.dilation * stride
    return Field(size, stride, self.padding + window.padding * stride)


@misconception(
    "Field.then",
    "Dilation is left out: the numbers of a window lie that much further apart.",
    see="One more layer",
)
def dilation_forgotten(self: Field, window: Window) -> Field:
    return library.Field(self.size, self.stride, self.padding).then(
        Window(window.kernel, window.stride, window.padding)
    )


@misconception(
    "Field.then",
    "Strides are added where they multiply: every second number of every second number is every fourth.",
    see="One more layer",
)
def strides_added(self: Field, window: Window) -> Field:
    size = self.size + (window.kernel - 1) * window.dilation * self.stride
    return Field(size, self.stride + window.stride, self.padding + window.padding * self.stride)


@misconception(
    "Field.then",
    "Padding of a deep layer is counted as if its numbers were pixels.",
    see="One more layer",
)
def padding_in_its_own_numbers(self: Field, window: Window) -> Field:
    size = self.size + (window.kernel - 1) * window.dilation * self.stride
    return Field(size, self.stride * window.stride, self.padding + window.padding)


@misconception(
    "Field.pixels",
    "Your field begins in the image: padding lets the first one begin before it.",
    see="Where it lies",
)
def padding_forgotten(self: Field, i: int) -> tuple[int, int]:
    return i * self.stride, i * self.stride + self.size - 1


@misconception(
    "Field.pixels",
    "Your last pixel is the first one that is *not* seen.",
    see="Where it lies",
)
def one_too_many(self: Field, i: int) -> tuple[int, int]:
    return i * self.stride - self.padding, i * self.stride - self.padding + self.size


@misconception(
    "Field.pixels",
    "Fields do not stand side by side: from one number to the next it is a stride, not a whole field.",
    see="Where it lies",
)
def side_by_side(self: Field, i: int) -> tuple[int, int]:
    return i * self.size - self.padding, (i + 1) * self.size - self.padding - 1


@misconception(
    "through",
    "You begin with a field of nothing: before the first layer a number sees itself, one pixel.",
    see="Where it lies",
)
def from_nothing(windows: Iterable[Window]) -> Field:
    field = library.through(windows)
    return Field(field.size - 1, field.stride, field.padding)


@misconception(
    "through",
    "You go from the last layer to the first: the one at the input comes first.",
    see="Where it lies",
)
def last_layer_first(windows: Iterable[Window]) -> Field:
    return library.through(list(windows)[::-1])


@misconception(
    "paths",
    "Every pixel of your field counts once. Many paths lead to those in the middle, one to those at its ends.",
    see="How much of it counts",
)
def all_alike(windows: Sequence[Window]) -> Array:
    return np.ones(library.through(windows).size)


@misconception(
    "paths",
    "You overwrite where windows overlap: the paths that arrive over different numbers add up.",
    see="How much of it counts",
)
def overwritten(windows: Sequence[Window]) -> Array:
    return np.minimum(library.paths(windows), 1)


@misconception(
    "paths",
    "Going back, you put the numbers of a layer next to each other: they look at the layer below a stride apart.",
    see="How much of it counts",
)
def stride_forgotten(windows: Sequence[Window]) -> Array:
    return library.paths([Window(w.kernel, 1, w.padding, w.dilation) for w in windows])


@misconception(
    "paths",
    "You count from the input to the output: the last layer is the first to spread the count.",
    see="How much of it counts",
)
def first_layer_first(windows: Sequence[Window]) -> Array:
    return library.paths(list(windows)[::-1])

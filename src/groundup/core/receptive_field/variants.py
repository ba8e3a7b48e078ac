"""The receptive field found another way, and just as right."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import accumulate
from math import prod

import numpy as np

from groundup.core.misconception import variant
from groundup.core.receptive_field.receptive_field import Field, Window
from groundup.core.types import Array


@variant("Field.then", "by the pixels at both ends of the window")
def by_both_ends(self: Field, window: Window) -> Field:
    first, _ = self.pixels(-window.padding)
    _, last = self.pixels(-window.padding + (window.kernel - 1) * window.dilation)
    return replace(self, size=last - first + 1, stride=self.stride * window.stride, padding=-first)


@variant("Field.then", "one number of the window after the other")
def one_number_after_the_other(self: Field, window: Window) -> Field:
    size = self.size
    for _ in range(window.kernel - 1):
        size += window.dilation * self.stride
    reach = sum((self.stride for _ in range(window.padding)), start=self.padding)
    return type(self)(size, stride=window.stride * self.stride, padding=reach)


@variant("Field.pixels", "the ends of a range")
def ends_of_a_range(self: Field, i: int) -> tuple[int, int]:
    seen = range(-self.padding, self.size - self.padding)
    return seen[0] + self.stride * i, seen[-1] + self.stride * i


@variant("Field.pixels", "the last pixel first")
def last_pixel_first(self: Field, i: int) -> tuple[int, int]:
    last = self.size - 1 + self.stride * i - self.padding
    return last - (self.size - 1), last


@variant("through", "a fold")
def by_a_fold(windows: Iterable[Window]) -> Field:
    return reduce(lambda field, window: field.then(window), windows, Field())


@variant("through", "sums over all layers, by the product of the strides below")
def sums_over_layers(windows: Iterable[Window]) -> Field:
    layers = list(windows)
    below = list(accumulate((w.stride for w in layers), lambda a, b: a * b, initial=1))
    steps = list(zip(layers, below, strict=False))
    size = 1 + sum((w.kernel - 1) * w.dilation * j for w, j in steps)
    return Field(size, prod(w.stride for w in layers), sum(w.padding * j for w, j in steps))


@variant("paths", "counts by place, in a dictionary")
def counts_by_place(windows: Sequence[Window]) -> Array:
    ways = Counter({0: 1})
    for window in windows[::-1]:
        below: Counter[int] = Counter()
        for place, count in ways.items():
            for k in range(window.kernel):
                below[place * window.stride + k * window.dilation] += count
        ways = below
    return np.array([float(ways[place]) for place in range(max(ways) + 1)])


@variant("paths", "from the input: a product of polynomials")
def product_of_polynomials(windows: Sequence[Window]) -> Array:
    count, stride = np.ones(1), 1
    for window in windows:
        kernel = np.zeros((window.kernel - 1) * window.dilation * stride + 1)
        kernel[:: window.dilation * stride] = 1
        count, stride = np.convolve(count, kernel), stride * window.stride
    return count
